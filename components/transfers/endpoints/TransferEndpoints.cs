using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using OpsDb.Kernel;
using OpsDb.Web;

namespace OpsDb.Transfers.Endpoints;

public static class TransferEndpoints
{
    private const string Tag = "Transfers", Write = "write:transfers", Stage = "write:staging";

    public static void MapTransfers(this IEndpointRouteBuilder app)
    {
        app.MapEntity<DataTransferRoute, int, CreateDataTransferRoute>(Tag, "transfers",
            "How bytes move: the ways between sites, the bundles on them, their copying and unpacking, archiving and staging.");
        app.MapEntity<DataTransferLog, Guid, CreateDataTransferLog>(Tag, "transfers");

        app.MapResource("/executions", Tag).MapGet("/{id:guid}/lineage", Lineage)
            .Needs("read:executions", "read:raw_data", "read:transfers", "read:copies").WithName("getLineageOfExecution")
            .WithSummary("Tells what became of the data of an execution")
            .WithDescription("Files, packages, bundles, transfers, archives and copies in one answer, pending writes included; of 10,000 files at most.")
            .Produces<Lineage>().IsTagged().ReadsState().Refuses(400, 401, 403, 404, 503);

        var transfers = app.MapWork<DataTransfer>(Tag, "transfers");
        transfers.MapPost("/", Create).Needs(Write).Creates<DataTransfer>("Lets a data transfer package go somewhere");
        transfers.MapPost("/{id:guid}/move", Move).Needs(Write).Changes<DataTransfer>("Says how far a data transfer is").WithName("moveDataTransfer");

        var archiving = app.MapWork<ArchiveTransfer>(Tag, "transfers");
        archiving.MapPost("/", Archive).Needs(Write).Creates<ArchiveTransfer>("Lets a raw data package be archived");
        archiving.MapPost("/{id:guid}/move", MoveArchiving).Needs(Write)
            .Changes<ArchiveTransfer>("Says how far the archiving is").WithName("moveArchiveTransfer");

        var staging = app.MapWork<StagingJob>("Staging", "staging",
            "Archived data where they can be worked on, for as long as they are needed.", operated: "transfers");
        staging.MapPost("/", Ask).Needs(Stage).Creates<StagingJob>("Asks for packages to be staged");
        staging.MapPost("/{id:guid}/move", MoveStaging).Needs(Write).Changes<StagingJob>("Says how far the staging is").WithName("moveStagingJob");
        staging.MapPost("/{id:guid}/release", Release).Needs(Stage)
            .Changes<StagingJob>("Says that what was staged is no longer needed").WithName("releaseStagingJob");

        app.MapResource("/transfers", Tag).MapGet("/overview", Overview).ShowsOverview().WithName("getTransferOverview");
        app.MapTransferAliases();
    }

    internal static RouteHandlerBuilder ShowsOverview(this RouteHandlerBuilder endpoint) => endpoint.Needs("read:transfers")
        .WithSummary("Counts packages, transfers, archiving and staging by their states")
        .WithDescription($"Of one moment; what is pending at the site is counted. {LiveState.About}")
        .Produces<TransferOverview>(StatusCodes.Status200OK, "application/json", LiveChannel.EventStream).ReadsState().Refuses(400, 401, 403, 503);

    internal static async Task<IResult> Overview(ITransferOverviews overviews, HttpContext context, CancellationToken ct) => LiveChannel.IsWantedBy(context)
        ? await LiveState.TellAsync<ITransferOverviews>(context, async (o, end) => await o.ReadAsync(end))
        : Responses.Ok(await overviews.ReadAsync(ct));

    private static async Task<IResult> Lineage(Guid id, LineageReader lineage, HttpContext context, CancellationToken ct) =>
        Responses.Content(context, await lineage.ReadAsync(id, ct));

    private static async Task<IResult> Create(Request<CreateDataTransfer> request, ICommands commands, HttpContext context, CancellationToken ct) =>
        Created(context, await commands.SubmitAsync(request.Body, request.Submission, ct), "data-transfers");

    private static async Task<IResult> Move(Guid id, Request<MoveDataTransfer> request, ICommands commands, HttpContext context, CancellationToken ct) =>
        Responses.Changed(context, await commands.SubmitAsync(request.Body with { Id = id }, request.Submission, ct));

    private static async Task<IResult> Archive(Request<CreateArchiveTransfer> request, ICommands commands, HttpContext context, CancellationToken ct) =>
        Created(context, await commands.SubmitAsync(request.Body, request.Submission, ct), "archive-transfers");

    private static async Task<IResult> MoveArchiving(
        Guid id, Request<MoveArchiveTransfer> request, ICommands commands, HttpContext context, CancellationToken ct) =>
        Responses.Changed(context, await commands.SubmitAsync(request.Body with { Id = id }, request.Submission, ct));

    internal static async Task<IResult> Ask(Request<CreateStagingJob> request, ICommands commands, HttpContext context, CancellationToken ct) =>
        Created(context, await commands.SubmitAsync(request.Body with { RequestedBy = request.Submission.Actor.User }, request.Submission, ct), "staging-jobs");

    private static async Task<IResult> MoveStaging(Guid id, Request<MoveStagingJob> request, ICommands commands, HttpContext context, CancellationToken ct) =>
        Responses.Changed(context, await commands.SubmitAsync(request.Body with { Id = id }, request.Submission, ct));

    internal static async Task<IResult> Release(Guid id, Request<ReleaseStagingJob> request, ICommands commands, HttpContext context, CancellationToken ct) =>
        Responses.Changed(context, await commands.SubmitAsync(request.Body with { Id = id }, request.Submission, ct));

    private static IResult Created<T>(HttpContext context, Receipt<T> receipt, string resource) where T : Row<Guid> =>
        Responses.Created(context, receipt, $"/api/v1/{resource}/{receipt.Result.Id}");
}
