using System.ComponentModel;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using OpsDb.Kernel;
using OpsDb.Web;

namespace OpsDb.RawData.Endpoints;

public static class RawDataEndpoints
{
    private const string Tag = "Raw data", Read = "read:raw_data", Write = "write:raw_data";

    public static void MapRawData(this IEndpointRouteBuilder app)
    {
        var files = app.MapResource("/raw-data-files", Tag,
            "What instruments have written: files, and the packages in which they are moved. "
            + "These writes are never lost: a site that is cut off takes them, too.");
        files.MapPost("/", RegisterOne).Needs(Write).Creates<RawDataFile>("Registers a file").AnswersKnown<RawDataFile>().WithName("registerRawDataFile");
        files.MapPost("/bulk", RegisterMany).Needs(Write).Registers("Registers files").WithName("registerRawDataFiles");
        files.MapPost("/known", Known).Needs(Read).WithSummary("Tells which files are known").WithName("findKnownRawDataFiles").TakesMany()
            .WithDescription("Up to 10,000 checksums and paths at once; what is pending at the site is known, too. What is not in the answer is not known.")
            .Produces<KnownFiles>().ReadsState().Refuses(400, 401, 403, 413, 415, 422, 503);
        files.MapReads<RawDataFile, Guid>(Read);
        files.MapGet("/summary", Summarize).Needs(Read).WithSummary("Counts files and their bytes").WithName("summarizeRawDataFiles")
            .WithDescription("By nothing, which is one group, or by several things at once; those that are pending at the site are counted. "
                + $"Up to {FileSummaryQuery.MaxGroups} groups; with more, `truncated` is true.")
            .TakesFilters<RawDataFile>(FileSummaryQuery.GroupBy).Produces<FileSummary>().ReadsState().Refuses(400, 401, 403, 503);
        files.MapPatch("/{id:guid}", EntityHandlers.Change<RawDataFile, Guid>()).Needs(Write).Patches<RawDataFile>("Changes a file");

        var packages = app.MapWork<RawDataPackage>(Tag, "raw_data");
        packages.MapPost("/", CreateOne).Needs(Write).Creates<RawDataPackage>("Begins a package").AnswersKnown<RawDataPackage>();
        packages.MapPost("/{id:guid}/finalize", FinalizePackage).Needs(Write)
            .Changes<RawDataPackage>("Says that no more files come into a package").WithName("finalizeRawDataPackage");
        packages.MapPost("/{id:guid}/move", MovePackage).Needs(Write)
            .Changes<RawDataPackage>("Says how far the packing or the moving of a package is").WithName("moveRawDataPackage");

        app.MapResource("/obscore", Tag).MapReads<ObsCoreRecord, Guid>(Read);
        packages.MapPost("/{id:guid}/obscore", Describe).Needs(Write).Creates<ObsCoreRecord>("Derives the ObsCore record of a package")
            .AnswersKnown<ObsCoreRecord>().Refuses(404).WithName("describeRawDataPackage")
            .WithDescription("Of what the records know of its observation now; what the body gives goes before that, and what neither tells stays as it was.");
        packages.MapGet("/{id:guid}/obscore", EntityHandlers.Get<ObsCoreRecord, Guid>()).Needs(Read)
            .Gets<ObsCoreRecord>("Gets the ObsCore record of a package").TakesAsOf().WithName("getObsCoreRecordOfRawDataPackage");
        packages.MapPatch("/{id:guid}/obscore", EntityHandlers.Change<ObsCoreRecord, Guid>()).Needs(Write)
            .Patches<ObsCoreRecord>("Changes the ObsCore record of a package");

        var bundles = app.MapWork<DataTransferPackage>("Transfers", "transfers");
        bundles.MapPost("/", Bundle).Needs("write:transfers").Creates<DataTransferPackage>("Bundles raw data packages").WithName("createDataTransferPackage");
        bundles.MapPost("/{id:guid}/move", MoveBundle).Needs("write:transfers")
            .Changes<DataTransferPackage>("Says how far the bundling is").WithName("moveDataTransferPackage");

        app.MapResource("/executions", Tag).MapPost("/{id:guid}/data", RegisterData).Needs(Write)
            .Registers("Registers files of an execution and their package").TakesLines("files").WithName("registerDataOfExecution");
        app.MapRawDataAliases();
    }

    private static RouteHandlerBuilder Registers(this RouteHandlerBuilder endpoint, string summary) => endpoint
        .WithSummary(summary)
        .WithDescription("All of them or none, in one transaction: 1 to 100,000 files. A file that is registered already with the same content is no change; "
            + "with another content, the whole request is refused. What is wrong with a file is told as `files[3].checksum`, of the first 20 that are.")
        .TakesMany().Produces<RegisteredFiles>(StatusCodes.Status200OK).Produces<RegisteredFiles>(StatusCodes.Status202Accepted)
        .Refuses(400, 401, 403, 404, 409, 413, 415, 422, 503);

    private static async Task<IResult> Summarize(
        [FromQuery(Name = FileSummaryQuery.GroupBy), Description("One or several of program, day, module and state, comma separated.")] string? by,
        IFileSummaries summaries, HttpContext context, CancellationToken ct) =>
        Responses.Ok(await summaries.SumAsync(FileSummaryQuery.Parse(Responses.Parameters(context)), ct));

    private static async Task<IResult> Known(Question<KnownFilesQuery> question, KnownFilesReader files, CancellationToken ct) =>
        Responses.Ok(await files.FindAsync(question.Body, ct));

    private static async Task<IResult> RegisterOne(Request<RegisterFile> request, ICommands commands, HttpContext context, CancellationToken ct) =>
        Responses.CreatedOrKnown(context, await commands.SubmitAsync(request.Body, request.Submission, ct), "raw-data-files");

    private static async Task<IResult> RegisterMany(Request<RegisterFiles> request, ICommands commands, HttpContext context, CancellationToken ct) =>
        Responses.Done(context, await commands.SubmitAsync(request.Body, request.Submission, ct));

    private static async Task<IResult> RegisterData(Guid id, Request<RegisterData> request, ICommands commands, HttpContext context, CancellationToken ct) =>
        Responses.Done(context, await commands.SubmitAsync(request.Body with { ExecutionId = id }, request.Submission, ct));

    internal static async Task<IResult> CreateOne(Request<CreatePackage> request, ICommands commands, HttpContext context, CancellationToken ct) =>
        Responses.CreatedOrKnown(context, await commands.SubmitAsync(request.Body, request.Submission, ct), "raw-data-packages");

    private static async Task<IResult> FinalizePackage(
        Guid id, Request<FinalizePackage> request, ICommands commands, HttpContext context, CancellationToken ct) =>
        Responses.Changed(context, await commands.SubmitAsync(request.Body with { Id = id }, request.Submission, ct));

    private static async Task<IResult> MovePackage(Guid id, Request<MovePackage> request, ICommands commands, HttpContext context, CancellationToken ct) =>
        Responses.Changed(context, await commands.SubmitAsync(request.Body with { Id = id }, request.Submission, ct));

    private static async Task<IResult> Describe(Guid id, Request<DescribePackage> request, ICommands commands, HttpContext context, CancellationToken ct)
    {
        var receipt = await commands.SubmitAsync(request.Body with { Id = id }, request.Submission, ct);
        var address = $"/api/v1/raw-data-packages/{id}/obscore";
        return receipt is { Transaction: not null, Result.Version: 1 } ? Responses.Created(context, receipt, address)
            : Responses.Known(context, receipt, address);
    }

    private static async Task<IResult> Bundle(Request<BundlePackages> request, ICommands commands, HttpContext context, CancellationToken ct)
    {
        var receipt = await commands.SubmitAsync(request.Body, request.Submission, ct);
        return Responses.Created(context, receipt, $"/api/v1/data-transfer-packages/{receipt.Result.Id}");
    }

    private static async Task<IResult> MoveBundle(Guid id, Request<MoveBundle> request, ICommands commands, HttpContext context, CancellationToken ct) =>
        Responses.Changed(context, await commands.SubmitAsync(request.Body with { Id = id }, request.Submission, ct));
}
