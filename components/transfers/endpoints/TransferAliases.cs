using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using OpsDb.Kernel;
using OpsDb.Web;

namespace OpsDb.Transfers.Endpoints;

/// <summary>The addresses that clients of older systems use for transfers and staging.</summary>
internal static class TransferAliases
{
    private const string Read = "read:staging", Write = "write:transfers", Stage = "write:staging", Jobs = "/api/v1/staging-jobs";

    public static void MapTransferAliases(this IEndpointRouteBuilder app)
    {
        app.MapGet("/api/transfer/overview", TransferEndpoints.Overview).ShowsOverview()
            .IsAliasOf("/api/v1/transfers/overview").WithName("getTransferOverviewAlias");
        app.MapGet("/api/transfer/ws/overview", TransferEndpoints.Overview).ShowsOverview().WithMetadata(new TicketParameter("token"))
            .IsAliasOf("/api/v1/transfers/overview").WithName("tellTransferOverviewAlias");
        app.MapPost("/api/transfer/data-transfer/{id:guid}/reset", WorkEndpoints.Restart<DataTransfer>(RestartKind.Reset)).Needs(Write)
            .Changes<DataTransfer>("Lets a data transfer that is not done be tried again from its beginning")
            .IsAliasOf("/api/v1/data-transfers/{id}/reset").WithName("resetDataTransferAlias");

        app.MapPost("/staging", TransferEndpoints.Ask).Needs(Stage).Creates<StagingJob>("Asks for packages to be staged")
            .IsAliasOf(Jobs).WithName("createStagingJobAlias");
        app.MapGet("/staging", EntityHandlers.List<StagingJob, Guid>()).Needs(Read).Lists<StagingJob>("Lists staging jobs")
            .IsAliasOf(Jobs).WithName("listStagingJobsAlias");
        app.MapGet("/staging/{id:guid}", EntityHandlers.Get<StagingJob, Guid>()).Needs(Read).Gets<StagingJob>("Gets a staging job").TakesAsOf()
            .IsAliasOf($"{Jobs}/{{id}}").WithName("getStagingJobAlias");
        app.MapPost("/staging/{id:guid}/retry", WorkEndpoints.Restart<StagingJob>(RestartKind.Retry)).Needs(Write)
            .Changes<StagingJob>("Lets what has failed of a staging job be tried again")
            .IsAliasOf($"{Jobs}/{{id}}/retry").WithName("retryStagingJobAlias");
        app.MapPost("/staging/{id:guid}/release", TransferEndpoints.Release).Needs(Stage)
            .Changes<StagingJob>("Says that what was staged is no longer needed")
            .IsAliasOf($"{Jobs}/{{id}}/release").WithName("releaseStagingJobAlias");
        app.MapDelete("/staging/{id:guid}", Cancel).Needs(Stage).Changes<StagingJob>("Cancels a staging job: releases it, whatever its state")
            .IsAliasOf($"{Jobs}/{{id}}/release").WithName("cancelStagingJobAlias");
    }

    private static async Task<IResult> Cancel(Guid id, Request<NoBody> request, ICommands commands, HttpContext context, CancellationToken ct) =>
        Responses.Changed(context, await commands.SubmitAsync(new ReleaseStagingJob { Id = id }, request.Submission, ct));
}
