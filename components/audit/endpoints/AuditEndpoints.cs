using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using OpsDb.Web;

namespace OpsDb.Audit.Endpoints;

public static class AuditEndpoints
{
    /// <summary>No read: who may read everything may not read who did what, and from where.</summary>
    private const string Permission = "audit:entries";

    public static void MapAudit(this IEndpointRouteBuilder app) => app.MapResource("/audit", "Audit",
        "Who did what to tokens and to whatever else is audited, who was refused, and what operators decided. Entries are only ever added, and "
        + "chained by their hashes: audit verify finds what was edited or is missing.")
        .MapGet("/", EntityHandlers.List<AuditEntry, Guid>()).Needs(Permission).Lists<AuditEntry>("Lists entries of the audit trail");
}
