using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpsDb.Copies;
using OpsDb.Jobs;
using OpsDb.Kernel;
using OpsDb.Locations;
using OpsDb.Stores;

namespace OpsDb.DataFlow;

/// <summary>How often what is kept is looked at.</summary>
/// <param name="Age">A copy that was verified longer ago is read again.</param>
public sealed record VerifyOptions(TimeSpan Age)
{
    public static VerifyOptions Read(Settings settings) => new(
        settings.Seconds("VERIFY_AGE", 7_776_000, 0, 315_360_000, "how long ago a kept package was read when it is read again and compared with its checksum"));
}

/// <summary>
/// Reads kept packages again, the ones that were read longest ago first. One that is not what it should be, or is gone, is no verified copy any more from then
/// on, and no other copy is deleted on its account.
/// </summary>
internal sealed class VerificationStage(
    IReader<PhysicalCopy, Guid> copies, IReader<DataLocation, int> locations, WorkBook book, StoreKinds stores, ICommands commands, VerifyOptions options,
    TimeProvider time) : IWorkStage
{
    private const int MaxFound = 100;

    public string Operation => "verification";

    public bool WorksAt(DataLocation location) => location.LocationType is LocationType.Buffer or LocationType.LongTermArchive;

    public async Task<IReadOnlyList<WorkOffer>> FindAsync(WorkPlaces places, CancellationToken ct)
    {
        var (offers, before) = (new List<WorkOffer>(), time.GetUtcNow() - options.Age);
        foreach (var location in places.Locations.Where(WorksAt))
        {
            var oldest = await copies.ListAsync(ListQuery<PhysicalCopy>.Parse(new Dictionary<string, IReadOnlyList<string>> { ["sort"] = ["verified_at"] })
                .Where("data_location_id", location.Id).Where("status", CopyStatus.Present).Where("verified", true).AtMost(MaxFound), ct);
            offers.AddRange(oldest.Items.Where(c => c.RawDataPackageId is not null && c.VerifiedAt < before)
                .Select(c => places.Offer(location.Id, Operation, c) with { Since = c.VerifiedAt + options.Age }));
        }
        return offers;
    }

    public async Task DoAsync(WorkItem item, CancellationToken ct)
    {
        var copy = await copies.GetAsync(item.SubjectId, ct);
        if (copy is not { Status: CopyStatus.Present, RawDataPackageId: { } package })
        {
            await SubmitAsync(new Nothing(), item, ct);
            return;
        }
        var (store, key) = (stores.Open(await locations.GetAsync(item.DataLocationId, ct)), PackedFiles.KeyOf(package));
        byte[] sum;
        try
        {
            sum = await store.FindAsync(key, ct) is null ? Reconciler.Gone : await store.ChecksumAsync(key, ct);
        }
        catch (StoreException e)
        {
            throw new WorkFailedException(e.Message, cause: e);
        }
        var verified = await SubmitAsync(new VerifyCopy(sum) { Id = copy.Id }, item, ct);
        if (verified.VerifiedAt is null)
            throw new WorkFailedException($"{key} is not what it should be: {(sum == Reconciler.Gone ? "it is gone" : verified.Reason)}", isFinal: true);
    }

    /// <summary>The copy itself says that it is not right.</summary>
    public Task FailedAsync(WorkItem after, CancellationToken ct) => Task.CompletedTask;

    private async Task<T> SubmitAsync<T>(ICommand<T> command, WorkItem item, CancellationToken ct) =>
        (await commands.SubmitAsync(command, new(Actor.Jobs) { Also = (changes, token) => book.DoneAsync(changes, item, token) }, ct)).Result;
}

/// <summary>Looks at what is kept.</summary>
internal sealed class VerifyAtRestJob(
    IServiceScopeFactory scopes, IWorkClaims claims, WorkOptions options, JobRunner runner, TimeProvider time, ILogger<StageJob<VerificationStage>> logger)
    : StageJob<VerificationStage>(scopes, claims, options, runner, time, logger)
{
    public override string Name => "verify-at-rest";

    public override string Description => "Reads packages again that were verified longest ago, and tells of those that are not right any more.";

    public override string Schedule => "40 0/10 * * * ?";
}
