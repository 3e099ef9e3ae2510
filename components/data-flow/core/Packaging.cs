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
    WorkPlacesReader placesReader, WorkBook book, StoreKinds stores, ICommands commands) : DataStage<RawDataPackage>(packages, book, commands)
{
    private readonly IReader<RawDataPackage, Guid> packages = packages;

    public override string Operation => "packaging";

    public override bool NeedsMain => false;

    protected override string Doing => "packing";

    public override bool WorksAt(DataLocation location) => location.LocationType == LocationType.Source;

    public override async Task<IReadOnlyList<WorkOffer>> FindAsync(WorkPlaces places, CancellationToken ct)
    {
        var waiting = ListQuery<RawDataPackage>.Everything.Where("finalized", true).WhereOneOf("build_status", Unfinished).AtMost(MaxFound);
        var offers = new List<WorkOffer>();
        // Those of other sites must not keep this one's from being found.
        await foreach (var page in packages.PagesAsync(waiting, ct))
        {
            foreach (var package in page)
            {
                if (await FirstFileAsync(package, ct) is { } file && places.Locations.FirstOrDefault(l => l.Id == file.SourceLocationId) is { } source)
                    offers.Add(new(places.QueueOf(source, Operation), Operation, source.Id, package.Id) { Since = package.Since });
            }
            if (offers.Count >= MaxFound)
                break;
        }
        return offers;
    }

    protected override WorkStatus StatusOf(RawDataPackage subject) => subject.BuildStatus;

    protected override ICommand<RawDataPackage> Move(Guid id, WorkStatus status, Said said) =>
        new MovePackage { Id = id, BuildStatus = status, NextStep = said.NextStep, Reason = said.Reason, Deadline = said.Deadline };

    protected override async Task DoAsync(WorkItem item, RawDataPackage subject, CancellationToken ct)
    {
        var places = await placesReader.ReadAsync(ct) ?? throw new WorkFailedException("the catalogue does not know the site any more");
        var buffer = places.First(LocationType.Buffer) ?? throw new WorkFailedException($"the site {places.Site.ShortName} has no buffer that is in use");
        var (to, key) = (stores.Open(buffer), PackedFiles.KeyOf(subject.Id));
        var checksum = subject.Checksum;
        if (subject.BuildStatus != WorkStatus.Completed)
        {
            checksum = await PackAsync(item, subject, stores.Open(await locations.GetAsync(item.DataLocationId, ct)), to, key, ct);
            await StepAsync(item, new MovePackage
            {
                Id = subject.Id,
                BuildStatus = WorkStatus.Completed,
                Checksum = checksum,
                ChecksumAlgorithm = ChecksumAlgorithm.Sha256,
                NextStep = "transfer",
            }, "recording the copy", ct);
        }
        else if (!(await to.ChecksumAsync(key, ct)).AsSpan().SequenceEqual(checksum))
        {
            // Whoever packed it was interrupted before the copy was recorded; what is there is looked at instead of believed.
            throw new WorkFailedException($"the packed file {key} at {buffer.Name} is not the one that was recorded", isFinal: true);
        }
        await DoneAsync(item, new NoteCopy(buffer.Id) { RawDataPackageId = subject.Id, Checksum = checksum }, ct);
    }

    private async Task<byte[]> PackAsync(WorkItem item, RawDataPackage package, IStore source, IStore buffer, string key, CancellationToken ct)
    {
        var all = await files.ListAsync(ListQuery<RawDataFile>.Everything.Where("raw_data_package_id", package.Id), ct);
        List<RawDataFile> sorted = [.. all.Items.OrderBy(f => f.RelativePath, StringComparer.Ordinal)];
        if (sorted.Find(f => f.SourceLocationId != item.DataLocationId) is { } elsewhere)
            throw new WorkFailedException($"the file {elsewhere.RelativePath} is at another location than the others of its package", isFinal: true);
        var execution = await executions.GetAsync(package.ExecutedObsUnitId, ct);
        var manifest = new PackageManifest(PackageManifest.PresentForm, package, execution, sorted);
        return (await buffer.WriteAsync(key, item.Ticket(), (stream, token) => PackageTar.WriteAsync(stream, manifest, source, token), null, ct)).Sha256;
    }

    private async Task<RawDataFile?> FirstFileAsync(RawDataPackage package, CancellationToken ct) =>
        (await files.ListAsync(ListQuery<RawDataFile>.Everything.Where("raw_data_package_id", package.Id).AtMost(1), ct)).Items.FirstOrDefault();
}

/// <summary>Packs what instruments have written.</summary>
internal sealed class PackageJob(
    IServiceScopeFactory scopes, IWorkClaims claims, WorkOptions options, JobRunner runner, TimeProvider time, ILogger<StageJob<PackagingStage>> logger)
    : StageJob<PackagingStage>(scopes, claims, options, runner, time, logger)
{
    public override string Name => "package";

    public override string Description => "Packs the files of finalized packages into the buffer of the site.";
}
