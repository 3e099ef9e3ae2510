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
        files.MapGet("/", EntityHandlers.List<RawDataFile, Guid>()).Needs(Read).Lists<RawDataFile>("Lists files");
        files.MapGet("/summary", Summarize).Needs(Read).WithSummary("Counts files and their bytes").WithName("summarizeRawDataFiles")
            .WithDescription("By nothing, which is one group, or by several things at once; those that are pending at the site are counted. "
                + $"Up to {FileSummaryQuery.MaxGroups} groups; with more, `truncated` is true.")
            .TakesFilters<RawDataFile>(FileSummaryQuery.GroupBy).Produces<FileSummary>().ReadsState().Refuses(400, 401, 403, 503);
        files.MapGet("/{id:guid}", EntityHandlers.Get<RawDataFile, Guid>()).Needs(Read).Gets<RawDataFile>("Gets a file").TakesAsOf();
        files.MapHistory<RawDataFile, Guid>(Read);
        files.MapPatch("/{id:guid}", EntityHandlers.Change<RawDataFile, Guid>()).Needs(Write).Patches<RawDataFile>("Changes a file");

        var packages = app.MapResource("/raw-data-packages", Tag);
        packages.MapPost("/", CreateOne).Needs(Write).Creates<RawDataPackage>("Begins a package").AnswersKnown<RawDataPackage>();
        packages.MapGet("/", EntityHandlers.List<RawDataPackage, Guid>()).Needs(Read).Lists<RawDataPackage>("Lists packages");
        packages.MapGet("/{id:guid}", EntityHandlers.Get<RawDataPackage, Guid>()).Needs(Read).Gets<RawDataPackage>("Gets a package").TakesAsOf();
        packages.MapHistory<RawDataPackage, Guid>(Read);
        packages.MapPatch("/{id:guid}", EntityHandlers.Change<RawDataPackage, Guid>()).Needs(Write).Patches<RawDataPackage>("Changes a package");
        packages.MapPost("/{id:guid}/finalize", FinalizePackage).Needs(Write)
            .Changes<RawDataPackage>("Says that no more files come into a package").WithName("finalizeRawDataPackage");
        packages.MapPost("/{id:guid}/move", MovePackage).Needs(Write)
            .Changes<RawDataPackage>("Says how far the packing or the moving of a package is").WithName("moveRawDataPackage");

        app.MapResource("/executions", Tag).MapPost("/{id:guid}/data", RegisterData).Needs(Write)
            .Registers("Registers files of an execution and their package").WithName("registerDataOfExecution");
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
        Created(context, await commands.SubmitAsync(request.Body, request.Submission, ct), "raw-data-files");

    private static async Task<IResult> RegisterMany(Request<RegisterFiles> request, ICommands commands, HttpContext context, CancellationToken ct) =>
        Responses.Done(context, await commands.SubmitAsync(request.Body, request.Submission, ct));

    private static async Task<IResult> RegisterData(Guid id, Request<RegisterData> request, ICommands commands, HttpContext context, CancellationToken ct) =>
        Responses.Done(context, await commands.SubmitAsync(request.Body with { ExecutionId = id }, request.Submission, ct));

    private static async Task<IResult> CreateOne(Request<CreatePackage> request, ICommands commands, HttpContext context, CancellationToken ct) =>
        Created(context, await commands.SubmitAsync(request.Body, request.Submission, ct), "raw-data-packages");

    private static async Task<IResult> FinalizePackage(
        Guid id, Request<FinalizePackage> request, ICommands commands, HttpContext context, CancellationToken ct) =>
        Responses.Changed(context, await commands.SubmitAsync(request.Body with { Id = id }, request.Submission, ct));

    private static async Task<IResult> MovePackage(Guid id, Request<MovePackage> request, ICommands commands, HttpContext context, CancellationToken ct) =>
        Responses.Changed(context, await commands.SubmitAsync(request.Body with { Id = id }, request.Submission, ct));

    /// <summary>200 with what was there before this request.</summary>
    private static IResult Created<T>(HttpContext context, Receipt<T> receipt, string resource) where T : Row<Guid>
    {
        var address = $"/api/v1/{resource}/{receipt.Result.Id}";
        return receipt.Transaction == receipt.Result.Sync?.Transaction
            ? Responses.Created(context, receipt, address)
            : Responses.Known(context, receipt, address);
    }
}
