using Microsoft.AspNetCore.Routing;

namespace OpsDb.Web;

/// <summary>What somebody needs to read the rows of an entity.</summary>
public static class ReadPermissions
{
    /// <summary>The permissions that the entity's list needs; none when there is no list of it.</summary>
    public static IReadOnlyList<string> Of(EndpointDataSource endpoints, Type row) => endpoints.Endpoints
        .FirstOrDefault(e => e.Metadata.GetMetadata<ListOf>()?.Row == row && e.Metadata.GetMetadata<Alias>() is null)
        ?.Metadata.GetMetadata<Access>()?.All.ToList() ?? [];
}
