using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpsDb.Copies;
using OpsDb.Executions;
using OpsDb.Jobs;
using OpsDb.Kernel;
using OpsDb.Locations;
using OpsDb.RawData;
using OpsDb.Stores;

namespace OpsDb.DataFlow;

/// <summary>
/// Packs the files of finalized packages: out of the location where the instrument has written them into the buffer of the site. The steps are
/// packing under a name that nobody else has, moving it to the package's own, the checksum at the package, and the copy at the buffer; each finds
/// what the ones before it have left.
/// </summary>
internal sealed class PackagingStage(
    IReader<RawDataPackage, Guid> packages, IReader<RawDataFile, Guid> files, IReader<Execution, Guid> executions, IReader<DataLocation, int> locations,
    WorkPlacesReader placesReader, WorkBook book, StoreKinds stores, ICommands commands) : IWorkStage
{
    private const int MaxFound = 500;

    private static readonly object[] Unfinished = [WorkStatus.Pending, WorkStatus.Scheduled, WorkStatus.InProgress];

    public string Operation => "packaging";

    public bool WorksAt(DataLocation location) => location.LocationType == LocationType.Source;

    public async Task<IReadOnlyList<WorkOffer>> FindAsync(WorkPlaces places, CancellationToken ct)
    {
        var waiting = await packages.ListAsync(ListQuery<RawDataPackage>.Everything.Where("finalized", true)
            .WhereOneOf("build_status", Unfinished) with { Limit = MaxFound }, ct);
        var offers = new List<WorkOffer>();
        foreach (var package in waiting.Items)
        {
            if (await FirstFileAsync(package, ct) is { } file && places.Locations.FirstOrDefault(l => l.Id == file.SourceLocationId) is { } source)
                offers.Add(new(places.QueueOf(source, Operation), Operation, source.Id, package.Id) { Since = package.Since });
        }
        return offers;
    }

    public async Task DoAsync(WorkItem item, CancellationToken ct)
    {
        var places = await placesReader.ReadAsync(ct) ?? throw new WorkFailedException("the catalogue does not know the site any more");
        var buffer = places.First(LocationType.Buffer) ?? throw new WorkFailedException($"the site {places.Site.ShortName} has no buffer that is in use");
        var package = await packages.GetAsync(item.SubjectId, ct);
        var key = PackedFiles.KeyOf(package);
        var checksum = package.Checksum;
        if (package.BuildStatus != WorkStatus.Completed)
        {
            await BeginAsync(item, package, ct);
            checksum = await PackAsync(item, package, stores.Open(await locations.GetAsync(item.DataLocationId, ct)), stores.Open(buffer), key, ct);
            await SubmitAsync(new MovePackage
            {
                Id = package.Id,
                BuildStatus = WorkStatus.Completed,
                Checksum = checksum,
                ChecksumAlgorithm = ChecksumAlgorithm.Sha256,
                NextStep = "transfer",
            }, (changes, token) => book.StepAsync(changes, item, "recording the copy", token), ct);
        }
        else
        {
            // Whoever packed it was interrupted before the copy was recorded; what is there is looked at instead of believed.
            checksum = await stores.Open(buffer).ChecksumAsync(key, ct);
            if (!checksum.AsSpan().SequenceEqual(package.Checksum))
            {
                throw new WorkFailedException($"the packed file {key} at {buffer.Name} is not the one that was recorded: "
                    + $"its SHA-256 is {Convert.ToHexStringLower(checksum)}", isFinal: true);
            }
        }
        await SubmitAsync(new NoteCopy(buffer.Id) { RawDataPackageId = package.Id, Checksum = checksum },
            (changes, token) => book.DoneAsync(changes, item, token), ct);
    }

    public async Task FailedAsync(WorkItem after, CancellationToken ct)
    {
        if (await packages.FindAsync(after.SubjectId, ct) is not { } package || package.BuildStatus is not (WorkStatus.Scheduled or WorkStatus.InProgress))
            return;
        var isOver = after.State == WorkItemState.Quarantined;
        await commands.SubmitAsync(new MovePackage
        {
            Id = package.Id,
            BuildStatus = isOver ? WorkStatus.Failed : WorkStatus.Pending,
            Reason = after.Reason,
            NextStep = isOver ? after.NextStep : "packing",
            Deadline = isOver ? null : after.NotBefore,
        }, new(Actor.Jobs), ct);
    }

    /// <summary>Says at the package that it is being packed.</summary>
    private async Task BeginAsync(WorkItem item, RawDataPackage package, CancellationToken ct)
    {
        if (package.BuildStatus == WorkStatus.Failed)
            throw new WorkFailedException("the package has failed: a person sets it going again", isFinal: true);
        if (package.BuildStatus == WorkStatus.Pending)
        {
            await SubmitAsync(new MovePackage { Id = package.Id, BuildStatus = WorkStatus.Scheduled, NextStep = "packing" },
                (changes, token) => book.StepAsync(changes, item, "beginning", token), ct);
        }
        if (package.BuildStatus != WorkStatus.InProgress)
        {
            await SubmitAsync(new MovePackage { Id = package.Id, BuildStatus = WorkStatus.InProgress, NextStep = "packing" },
                (changes, token) => book.StepAsync(changes, item, "packing", token), ct);
        }
    }

    private async Task<byte[]> PackAsync(WorkItem item, RawDataPackage package, IStore source, IStore buffer, string key, CancellationToken ct)
    {
        var all = await files.ListAsync(ListQuery<RawDataFile>.Everything.Where("raw_data_package_id", package.Id), ct);
        List<RawDataFile> sorted = [.. all.Items.OrderBy(f => f.RelativePath, StringComparer.Ordinal)];
        if (sorted.Find(f => f.SourceLocationId != item.DataLocationId) is { } elsewhere)
            throw new WorkFailedException($"the file {elsewhere.RelativePath} is at another location than the others of its package", isFinal: true);
        var execution = await executions.GetAsync(package.ExecutedObsUnitId, ct);
        var manifest = new PackageManifest(PackageManifest.PresentForm, package, execution, sorted);
        var written = await buffer.WriteAsync(key, FormattableString.Invariant($"{item.Fence}"),
            (stream, token) => PackageTar.WriteAsync(stream, manifest, source, token), ct);
        return written.Sha256;
    }

    private async Task<RawDataFile?> FirstFileAsync(RawDataPackage package, CancellationToken ct) =>
        (await files.ListAsync(ListQuery<RawDataFile>.Everything.Where("raw_data_package_id", package.Id) with { Limit = 1 }, ct)).Items.FirstOrDefault();

    private Task SubmitAsync<T>(ICommand<T> command, Func<Changes, CancellationToken, Task> also, CancellationToken ct) =>
        commands.SubmitAsync(command, new(Actor.Jobs) { Also = also }, ct);
}

/// <summary>Packs what instruments have written.</summary>
internal sealed class PackageJob(
    IServiceScopeFactory scopes, IWorkClaims claims, WorkOptions options, JobRunner runner, TimeProvider time, ILogger<StageJob<PackagingStage>> logger)
    : StageJob<PackagingStage>(scopes, claims, options, runner, time, logger)
{
    public override string Name => "package";

    public override string Description => "Packs the files of finalized packages into the buffer of the site.";
}
