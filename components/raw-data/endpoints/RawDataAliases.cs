using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using OpsDb.Executions;
using OpsDb.Kernel;
using OpsDb.Web;

namespace OpsDb.RawData.Endpoints;

/// <summary>The addresses that clients of older systems use for raw data, and for executions with their data.</summary>
internal static class RawDataAliases
{
    private const string Read = "read:raw_data", Write = "write:raw_data";
    private const int MaxExecutions = 100, MaxRows = 10_000;

    public static void MapRawDataAliases(this IEndpointRouteBuilder app)
    {
        app.MapPost("/raw_data_files", RegisterOne).Needs(Write).Creates<AliasAnswer>("Registers a file").AnswersKnown<AliasAnswer>()
            .IsAliasOf("/api/v1/raw-data-files").WithName("registerRawDataFileAlias");
        app.MapPost("/raw_data_files/bulk", RegisterMany).Needs(Write).WithSummary("Registers files")
            .WithDescription("The body is the list of 1 to 100,000 files: all of them or none, in one transaction. What is wrong is told as `[3].checksum`.")
            .TakesMany().Produces<FilesAlias>(StatusCodes.Status201Created).Produces<FilesAlias>()
            .Refuses(400, 401, 403, 404, 409, 412, 413, 415, 422, 503)
            .IsAliasOf("/api/v1/raw-data-files/bulk").WithName("registerRawDataFilesAlias");
        app.MapGet("/raw_data_files/{id:guid}", EntityHandlers.Get<RawDataFile, Guid>()).Needs(Read).Gets<RawDataFile>("Gets a file").TakesAsOf()
            .IsAliasOf("/api/v1/raw-data-files/{id}").WithName("getRawDataFileAlias");

        app.MapPost("/raw_data_package", Begin).Needs(Write).Creates<AliasAnswer>("Begins a package").AnswersKnown<AliasAnswer>()
            .IsAliasOf("/api/v1/raw-data-packages").WithName("createRawDataPackageAlias");
        app.MapPost("/api/v1/raw_data_packages", RawDataEndpoints.CreateOne).Needs(Write)
            .Creates<RawDataPackage>("Begins a package").AnswersKnown<RawDataPackage>()
            .IsAliasOf("/api/v1/raw-data-packages").WithName("beginRawDataPackageAlias");
        app.MapGet("/raw_data_package/{id:guid}", GetPackage).Needs(Read).WithSummary($"Gets a package with its files, up to {MaxRows}")
            .Produces<RawDataPackageDetail>().IsTagged().ReadsState().Refuses(401, 403, 404, 503)
            .IsAliasOf("/api/v1/raw-data-packages/{id}").WithName("getRawDataPackageAlias");
        app.MapPut("/raw_data_package/{id:guid}/finalize", FinalizePackage).Needs(Write)
            .Changes<RawDataPackage>("Says that no more files come into a package")
            .WithDescription("Unless `take_all` is false, files of its execution and module that are in no package come into it first: the older addresses "
                + "register files without their package.")
            .IsAliasOf("/api/v1/raw-data-packages/{id}/finalize").WithName("finalizeRawDataPackageAlias");
        app.MapGet("/api/transfer/raw-packages", EntityHandlers.List<RawDataPackage, Guid>()).Needs(Read).Lists<RawDataPackage>("Lists raw data packages")
            .IsAliasOf("/api/v1/raw-data-packages").WithName("listRawDataPackagesAlias");

        app.MapGet("/executed_obs_units/{obs_unit_id:int}", ListExecutions).Needs("read:executions")
            .WithSummary($"Lists the newest executions of an obs unit, up to {MaxExecutions}, with their data")
            .WithDescription($"Up to {MaxRows} packages and as many files, the same number of each execution; `is_truncated` tells that there are more. "
                + $"A token without the scope `{Read}` gets none of them.")
            .Produces<IReadOnlyList<ExecutionDetail>>().ReadsState().Refuses(400, 401, 403, 503)
            .IsAliasOf("/api/v1/obs-units/{obs_unit_id}/executions").WithName("listExecutedObsUnits");
    }

    private static async Task<IResult> RegisterOne(Request<RegisterFile> request, ICommands commands, HttpContext context, CancellationToken ct) =>
        Responses.CreatedOrKnownAlias(context, await commands.SubmitAsync(request.Body, request.Submission, ct), "raw-data-files");

    private static async Task<IResult> RegisterMany(
        Request<IReadOnlyList<RegisterFile>> request, ICommands commands, HttpContext context, CancellationToken ct)
    {
        var receipt = await commands.SubmitAsync(new RegisterFiles(request.Body) { Called = "" }, request.Submission, ct);
        Responses.Describe(context, receipt);
        return Responses.Json(receipt.Transaction is null ? StatusCodes.Status200OK : StatusCodes.Status201Created,
            new FilesAlias(receipt.Result.Count, receipt.State));
    }

    private static async Task<IResult> Begin(Request<CreatePackage> request, ICommands commands, HttpContext context, CancellationToken ct) =>
        Responses.CreatedOrKnownAlias(context, await commands.SubmitAsync(request.Body, request.Submission, ct), "raw-data-packages");

    private static async Task<IResult> FinalizePackage(
        Guid id, Request<FinalizeAlias> request, ICommands commands, HttpContext context, CancellationToken ct)
    {
        var command = new FinalizePackage { Id = id, FileCount = request.Body.FileCount, TakeAll = request.Body.TakeAll };
        return Responses.Changed(context, await commands.SubmitAsync(command, request.Submission, ct));
    }

    private static async Task<IResult> GetPackage(
        Guid id, IReader<RawDataPackage, Guid> packages, IReader<RawDataFile, Guid> files, HttpContext context, CancellationToken ct)
    {
        var package = await packages.GetAsync(id, ct);
        var page = await files.ListAsync(
            DerivedRows<RawDataFile>.Of(package.ExecutedObsUnitId).Where("raw_data_package_id", id) with { Limit = MaxRows }, ct);
        return Responses.Content(context, new RawDataPackageDetail(package.Id, package.ExecutedObsUnitId, package.InstrumentModuleId, package.PartNumber,
            package.BuildStatus, package.State, package.FinalizedAt, package.FileCount, package.SizeBytes, package.Metadata, package.Sync, page.Items,
            page.Next is not null));
    }

    private static async Task<IResult> ListExecutions(
        [FromRoute(Name = "obs_unit_id")] int obsUnitId, IReader<Execution, Guid> executions, IReadTogether reader, HttpContext context, CancellationToken ct)
    {
        var page = await executions.ListAsync(ListQuery<Execution>.Everything.Where("obs_unit_id", obsUnitId) with { Limit = MaxExecutions }, ct);
        var data = page.Items.Select(e => (Execution: e, Packages: Of<RawDataPackage>(e), Files: Of<RawDataFile>(e))).ToList();
        var mayRead = context.Principal().Allows(Read);
        if (mayRead && data.Count > 0)
            await reader.ReadAsync([.. data.SelectMany(d => (RowsOf[])[d.Packages, d.Files])], ct);
        return Responses.Ok(data.Select(d => new ExecutionDetail(d.Execution.Id, d.Execution.ObsUnitId, d.Execution.Status, d.Execution.StartTime,
            d.Execution.EndTime, d.Execution.Comment, d.Execution.Sync, d.Packages.Rows, d.Files.Rows,
            !mayRead || d.Packages.HasMore || d.Files.HasMore)).ToList());

        RowsOf<T> Of<T>(Execution execution) where T : Row<Guid>, IRow<T> =>
            new(DerivedRows<T>.Of(execution.Id).Where("executed_obs_unit_id", execution.Id) with { Limit = MaxRows / page.Items.Count });
    }

    /// <summary>What became of files that were registered together, as clients of the older address expect it.</summary>
    /// <param name="Count">How many the request named.</param>
    /// <param name="Status">Where the write is.<example>buffered</example></param>
    private sealed record FilesAlias(int Count, SyncState Status);

    /// <summary>No more files come into the package.</summary>
    private sealed record FinalizeAlias
    {
        /// <summary>How many files it should have; refused when it has another number.</summary>
        public int? FileCount { get; init; }

        /// <summary>Whether files of its execution and module that are in no package come into it first.</summary>
        public bool TakeAll { get; init; } = true;
    }

    /// <summary>A package in the form that clients of the older address expect.</summary>
    /// <param name="RawDataFiles">That are in it.</param>
    /// <param name="IsTruncated">Whether it has more files than these.</param>
    private sealed record RawDataPackageDetail(
        Guid Id, Guid ExecutedObsUnitId, int InstrumentModuleId, int PartNumber, WorkStatus BuildStatus, Whereabouts State, DateTimeOffset? FinalizedAt,
        int? FileCount, long? SizeBytes, JsonElement? Metadata, Sync? Sync, IReadOnlyList<RawDataFile> RawDataFiles, bool IsTruncated);

    /// <summary>An execution in the form that clients of the older address expect.</summary>
    /// <param name="RawDataPackages">Its packages.</param>
    /// <param name="RawDataFiles">Its files, in packages or not.</param>
    /// <param name="IsTruncated">Whether it has, or may have, more of them than these.</param>
    private sealed record ExecutionDetail(
        Guid Id, int ObsUnitId, ExecutionStatus Status, DateTimeOffset StartTime, DateTimeOffset? EndTime, string? Comment, Sync? Sync,
        IReadOnlyList<RawDataPackage> RawDataPackages, IReadOnlyList<RawDataFile> RawDataFiles, bool IsTruncated);
}
