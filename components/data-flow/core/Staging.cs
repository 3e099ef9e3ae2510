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
/// Unpacks archived packages where somebody has asked for them. A package that is there for somebody else is not unpacked again; what is interrupted goes
/// on with the next package.
/// </summary>
internal sealed class StagingStage(
    IReader<StagingJob, Guid> jobs, IReader<RawDataPackage, Guid> packages, IReader<PhysicalCopy, Guid> copies, IReader<DataLocation, int> locations,
    Sources sources, WorkBook book, StoreKinds stores, ICommands commands) : DataStage<StagingJob>(jobs, book, commands)
{
    public override string Operation => "staging";

    protected override string Doing => "staging";

    public override bool WorksAt(DataLocation location) => location.LocationType == LocationType.Processing;

    public override async Task<IReadOnlyList<WorkOffer>> FindAsync(WorkPlaces places, CancellationToken ct)
    {
        var open = await OpenAsync(places, "status", ct, q => q.Where("released", false));
        return [.. open.Select(j => places.Offer(j.DestinationLocationId, Operation, j))];
    }

    protected override bool IsOver(StagingJob subject) => subject.ReleasedAt is not null || subject.Status == WorkStatus.Completed;

    protected override WorkStatus StatusOf(StagingJob subject) => subject.Status;

    protected override ICommand<StagingJob> Move(Guid id, WorkStatus status, Said said) =>
        new MoveStagingJob(status) { Id = id, NextStep = said.NextStep, Reason = said.Reason, Deadline = said.Deadline };

    protected override async Task DoAsync(WorkItem item, StagingJob subject, CancellationToken ct)
    {
        var destination = await locations.GetAsync(item.DataLocationId, ct);
        var (to, origin) = (stores.Open(destination), (DataLocation?)null);
        var members = await packages.FindManyAsync(subject.RawDataPackageIds, ct);
        foreach (var id in subject.RawDataPackageIds)
            origin = await UnpackAsync(members[id], destination, to, item, ct) ?? origin;
        await DoneAsync(item, new MoveStagingJob(WorkStatus.Completed)
        {
            Id = subject.Id,
            OriginLocationId = origin?.Id,
            NextStep = "release it when it is no longer needed",
        }, ct);
    }

    /// <returns>From where it was unpacked; null when it was there.</returns>
    private async Task<DataLocation?> UnpackAsync(RawDataPackage package, DataLocation destination, IStore to, WorkItem item, CancellationToken ct)
    {
        var former = await copies.FindAsync(PhysicalCopy.IdOf(package.Id, destination.Id), ct);
        if (former is { Status: CopyStatus.DeletionScheduled or CopyStatus.DeletionInProgress })
            throw new WorkFailedException($"{StagedTree.FolderOf(package.Id)}, which was staged before, is just being deleted");
        if (await to.FindAsync(StagedTree.ManifestOf(package.Id), ct) is not null)
            return null;
        return await sources.FirstAsync(package.Id, destination, from => StagedTree.UnpackAsync(package, from, to, item.Ticket(), ct), ct);
    }
}

/// <summary>Brings archived data to where they are worked on.</summary>
internal sealed class StageRequestsJob(
    IServiceScopeFactory scopes, IWorkClaims claims, WorkOptions options, JobRunner runner, TimeProvider time, ILogger<StageJob<StagingStage>> logger)
    : StageJob<StagingStage>(scopes, claims, options, runner, time, logger)
{
    public override string Name => "stage";

    public override string Description => "Unpacks archived packages at the locations of type processing for which somebody has asked.";
}
