using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpsDb.Copies;
using OpsDb.Jobs;
using OpsDb.Kernel;
using OpsDb.Locations;
using OpsDb.RawData;
using OpsDb.Stores;

namespace OpsDb.DataFlow;

/// <summary>
/// Frees disks: deletes copies that the main database lets go, the oldest first, where room is short. It asks the database for each copy twice, when
/// the deletion is scheduled and right before the bytes go; nothing here decides that a copy may go.
/// </summary>
internal sealed class DeletionStage(
    IReader<PhysicalCopy, Guid> copies, IReader<RawDataFile, Guid> files, IReader<DataLocation, int> locations, IDeletionObstacles obstacles, Fullness fullness,
    WorkBook book, StoreKinds stores, ICommands commands) : IWorkStage
{
    private const int MaxFound = 500;

    public string Operation => "deletion";

    public bool NeedsMain => true;

    public bool WorksAt(DataLocation location) => location.LocationType != LocationType.LongTermArchive;

    public async Task<IReadOnlyList<WorkOffer>> FindAsync(WorkPlaces places, CancellationToken ct)
    {
        var offers = new List<WorkOffer>();
        foreach (var location in places.Locations.Where(WorksAt))
        {
            if (await fullness.IsShortAsync(location, stores, ct))
                await ScheduleAsync(location, ct);
            var open = await copies.ListAsync(ListQuery<PhysicalCopy>.Everything.Where("data_location_id", location.Id)
                .WhereOneOf("status", [CopyStatus.DeletionScheduled, CopyStatus.DeletionInProgress]).AtMost(MaxFound), ct);
            offers.AddRange(open.Items.Select(c => places.Offer(location.Id, Operation, c)));
        }
        return offers;
    }

    public async Task DoAsync(WorkItem item, CancellationToken ct)
    {
        var copy = await copies.GetAsync(item.SubjectId, ct);
        if (copy.Status is not (CopyStatus.DeletionScheduled or CopyStatus.DeletionInProgress))
        {
            // Somebody has set it back, or it is gone.
            await SubmitAsync(new Nothing(), (changes, token) => book.DoneAsync(changes, item, token), ct);
            return;
        }
        if (copy.Status == CopyStatus.DeletionScheduled)
        {
            if (await ObstaclesAsync(copy, ct) is { Length: > 0 } since)
            {
                await SubmitAsync(new MoveCopy(copy.Kept()) { Id = copy.Id, Reason = since }, (changes, token) => book.DoneAsync(changes, item, token), ct);
                return;
            }
            await SubmitAsync(new MoveCopy(CopyStatus.DeletionInProgress) { Id = copy.Id, NextStep = "deletion" },
                (changes, token) => book.StepAsync(changes, item, "deleting", token), ct);
        }
        var (store, key) = (stores.Open(await locations.GetAsync(item.DataLocationId, ct)), await KeyOfAsync(copy, ct));
        try
        {
            if (copy.Status == CopyStatus.DeletionInProgress && await store.FindAsync(key, ct) is not null
                && await ObstaclesAsync(copy, ct) is { Length: > 0 } why)
            {
                // Whoever began it was interrupted, and meanwhile somebody wants it to stay.
                await SubmitAsync(new MoveCopy(CopyStatus.DeletionFailed) { Id = copy.Id, Reason = why, NextStep = "reset it: it stays" },
                    (changes, token) => book.DoneAsync(changes, item, token), ct);
                return;
            }
            if (copy is { LocationType: LocationType.Processing, RawDataPackageId: { } staged })
                await StagedTree.DeleteAsync(staged, store, ct);
            else
                await store.DeleteAsync(key, ct);
        }
        catch (StoreException e)
        {
            throw new WorkFailedException(e.Message, cause: e);
        }
        await SubmitAsync(new MoveCopy(CopyStatus.Deleted) { Id = copy.Id }, (changes, token) => book.DoneAsync(changes, item, token), ct);
    }

    public async Task FailedAsync(WorkItem after, CancellationToken ct)
    {
        if (after.State == WorkItemState.Quarantined && await copies.FindAsync(after.SubjectId, ct) is { Status: CopyStatus.DeletionInProgress } copy)
            await commands.SubmitAsync(new MoveCopy(CopyStatus.DeletionFailed) { Id = copy.Id, Reason = after.Reason, NextStep = after.NextStep },
                new(Actor.Jobs), ct);
    }

    private async Task ScheduleAsync(DataLocation location, CancellationToken ct)
    {
        var query = ListQuery<PhysicalCopy>.Parse(new Dictionary<string, IReadOnlyList<string>> { ["sort"] = ["since"] })
            .Where("data_location_id", location.Id)
            .WhereOneOf("status", [CopyStatus.Present, CopyStatus.Staged, CopyStatus.DeletionPossible]).AtMost(MaxFound);
        var free = new List<PhysicalCopy>();
        // What has to stay must not keep what may go from being found.
        await foreach (var page in copies.PagesAsync(query, ct))
        {
            var found = await obstacles.FindAsync([.. page.Select(c => c.Id)], ct);
            free.AddRange(page.Where(c => found.GetValueOrDefault(c.Id) is { Count: 0 }));
            if (free.Count >= MaxFound)
                break;
        }
        foreach (var copy in free.Take(MaxFound))
        {
            try
            {
                await commands.SubmitAsync(new MoveCopy(CopyStatus.DeletionScheduled)
                {
                    Id = copy.Id,
                    Reason = "the location is short of room",
                    NextStep = "deletion",
                }, new(Actor.Jobs), ct);
            }
            catch (RefusalException)
            {
                // A hold or a staging job was faster.
            }
        }
    }

    /// <summary>What stands in the way by now, but for the state that it is in.</summary>
    private async Task<string> ObstaclesAsync(PhysicalCopy copy, CancellationToken ct) => string.Join("; ",
        (await obstacles.FindAsync([copy.Id], ct)).GetValueOrDefault(copy.Id, []).Where(o => !o.StartsWith("status:", StringComparison.Ordinal)));

    private async Task<string> KeyOfAsync(PhysicalCopy copy, CancellationToken ct) => copy switch
    {
        { RawDataFileId: { } file } => (await files.GetAsync(file, ct)).RelativePath,
        { LocationType: LocationType.Processing, RawDataPackageId: { } staged } => StagedTree.ManifestOf(staged),
        { RawDataPackageId: { } package } => PackedFiles.KeyOf(package),
        _ => BundleJob.KeyOf(copy.DataTransferPackageId!.Value),
    };

    private Task SubmitAsync<T>(ICommand<T> command, Func<Changes, CancellationToken, Task> also, CancellationToken ct) =>
        commands.SubmitAsync(command, new(Actor.Jobs) { Also = also }, ct);
}

/// <summary>
/// Whether a location is short of room: from its <c>warn_percent</c> on, until it is five percent below. Where nobody can tell how full it is, it is not:
/// nothing is deleted for a reason that is not known.
/// </summary>
internal sealed class Fullness(ISiteMemory memory)
{
    private const int DefaultWarn = 70, Hysteresis = 5;

    private static readonly TimeSpan Life = TimeSpan.FromDays(30);

    public async Task<bool> IsShortAsync(DataLocation location, StoreKinds stores, CancellationToken ct)
    {
        StoreSpace? space;
        try
        {
            space = await stores.Open(location).SpaceAsync(ct);
        }
        catch (Exception e) when (e is StoreException or StoreAwayException)
        {
            return false;
        }
        if (space is not { Total: > 0 })
            return false;
        var (name, warn) = (FormattableString.Invariant($"short/{location.Id}"), location.WarnPercent ?? DefaultWarn);
        var used = 100.0 * (space.Total - space.Free) / space.Total;
        var isShort = used >= warn || used >= warn - Hysteresis && await memory.FindAsync(name, ct) is { Length: > 0 };
        await memory.SetAsync(name, isShort ? "short" : "", Life, ct);
        return isShort;
    }
}

/// <summary>Frees disks.</summary>
internal sealed class DeleteJob(
    IServiceScopeFactory scopes, IWorkClaims claims, WorkOptions options, JobRunner runner, TimeProvider time, ILogger<StageJob<DeletionStage>> logger)
    : StageJob<DeletionStage>(scopes, claims, options, runner, time, logger)
{
    public override string Name => "delete";

    public override string Description => "Deletes copies that may go from locations that are short of room.";

    public override string Schedule => "20 * * * * ?";
}
