using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpsDb.Copies;
using OpsDb.Jobs;
using OpsDb.Kernel;
using OpsDb.Locations;
using OpsDb.RawData;
using OpsDb.Stores;
using OpsDb.Transfers;

namespace OpsDb.DataFlow;

/// <summary>
/// Puts packages from the buffers of a site into its long-term archives: copied, read again, and noted only when what was read is right. Beside each
/// is a description.
/// </summary>
internal sealed class ArchiveStage(
    IReader<ArchiveTransfer, Guid> transfers, IReader<RawDataPackage, Guid> packages, Sidecars sidecars,
    IReader<PhysicalCopy, Guid> copies, IReader<DataLocation, int> locations, WorkBook book, StoreKinds stores, ICommands commands)
    : DataStage<ArchiveTransfer>(transfers, book, commands)
{
    private readonly IReader<ArchiveTransfer, Guid> transfers = transfers;
    private readonly ICommands commands = commands;

    public override string Operation => "long_term_archive_transfer";

    protected override string Doing => "archiving";

    public override bool WorksAt(DataLocation location) => location.LocationType == LocationType.LongTermArchive;

    public override async Task<IReadOnlyList<WorkOffer>> FindAsync(WorkPlaces places, CancellationToken ct)
    {
        var offers = new List<WorkOffer>();
        foreach (var archive in places.Locations.Where(WorksAt))
        {
            foreach (var buffer in places.Locations.Where(l => l.LocationType == LocationType.Buffer))
                await BeginAsync(buffer, archive, ct);
            var open = await transfers.ListAsync(ListQuery<ArchiveTransfer>.Everything.Where("destination_location_id", archive.Id)
                .WhereOneOf("status", Unfinished).AtMost(MaxFound), ct);
            offers.AddRange(open.Items.Select(t => places.Offer(archive.Id, Operation, t)));
        }
        return offers;
    }

    protected override bool IsOver(ArchiveTransfer subject) => subject.Status == WorkStatus.Completed;

    protected override WorkStatus StatusOf(ArchiveTransfer subject) => subject.Status;

    protected override ICommand<ArchiveTransfer> Move(Guid id, WorkStatus status, Said said) =>
        new MoveArchiveTransfer(status) { Id = id, NextStep = said.NextStep, Reason = said.Reason, Deadline = said.Deadline };

    protected override async Task DoAsync(WorkItem item, ArchiveTransfer subject, CancellationToken ct)
    {
        var package = await packages.GetAsync(subject.RawDataPackageId, ct);
        var (from, to) = (stores.Open(await locations.GetAsync(subject.OriginLocationId, ct)), stores.Open(await locations.GetAsync(item.DataLocationId, ct)));
        var key = PackedFiles.KeyOf(package.Id);
        await from.CopyAsync(key, to, item, package.Checksum!, ct);
        await to.RequireAsync(key, package.Checksum!, ct);
        await sidecars.WriteAsync(package, to, item.Ticket(), ct);
        await DoneAsync(item, new MoveArchiveTransfer(WorkStatus.Completed) { Id = subject.Id, Checksum = package.Checksum }, ct);
    }

    /// <summary>
    /// Makes archive transfers of the packages that have come into a buffer and are not yet on their way into an archive. What came last is looked at first,
    /// until nothing of a page is new, and the oldest is begun first: before what is on its way there is nothing that is not.
    /// </summary>
    private async Task BeginAsync(DataLocation buffer, DataLocation archive, CancellationToken ct)
    {
        var query = ListQuery<PhysicalCopy>.Parse(new Dictionary<string, IReadOnlyList<string>> { ["sort"] = ["-since"] })
            .Where("data_location_id", buffer.Id).Where("status", CopyStatus.Present).Where("verified", true).AtMost(MaxFound);
        var come = new List<Guid>();
        await foreach (var page in copies.PagesAsync(query, ct))
        {
            object[] here = [.. page.Select(c => c.RawDataPackageId).OfType<Guid>()];
            var known = here.Length == 0 ? [] : (await transfers.ListAsync(ListQuery<ArchiveTransfer>.Everything
                .Where("destination_location_id", archive.Id).WhereOneOf("raw_data_package_id", here), ct)).Items.Select(t => t.RawDataPackageId).ToHashSet();
            var before = come.Count;
            come.AddRange(here.Cast<Guid>().Where(p => !known.Contains(p)));
            if (here.Length > 0 && come.Count == before)
                break;
        }
        come.Reverse();
        foreach (var package in come)
            await commands.SubmitAsync(new CreateArchiveTransfer(package, buffer.Id, archive.Id), new(Actor.Jobs), ct);
    }
}

/// <summary>Puts packages into the archives of the site.</summary>
internal sealed class ArchiveJob(
    IServiceScopeFactory scopes, IWorkClaims claims, WorkOptions options, JobRunner runner, TimeProvider time, ILogger<StageJob<ArchiveStage>> logger)
    : StageJob<ArchiveStage>(scopes, claims, options, runner, time, logger)
{
    public override string Name => "archive";

    public override string Description => "Puts the packages in the buffers of the site into its long-term archives.";
}
