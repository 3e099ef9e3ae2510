using OpsDb.Jobs;
using OpsDb.Kernel;
using OpsDb.Stores;

namespace OpsDb.DataFlow;

/// <summary>
/// Brings to an end what interrupted workers have left: pieces of files that nobody writes any more, and objects that do not say yet that their
/// work was given up. Their items themselves other workers take when the claims end.
/// </summary>
internal sealed class RecoverStalledJob(
    WorkPlacesReader placesReader, IReader<WorkItem, Guid> items, IEnumerable<IWorkStage> stages, StoreKinds stores,
    WorkOptions work) : IJob
{
    private const int MaxItems = 1000;

    /// <summary>Longer than any file takes to be written.</summary>
    private static readonly TimeSpan Left = TimeSpan.FromDays(2);

    public string Name => "recover-stalled";

    public string Description => "Deletes what interrupted writers have left, and tells objects that their work was given up.";

    public string Schedule => "30 0/5 * * * ?";

    public bool RunsAt(SiteType site) => true;

    public string Lease => work.LeaseOf(this);

    public async Task<JobResult> RunAsync(CancellationToken ct)
    {
        if (await placesReader.ReadAsync(ct) is not { } places)
            return new(0);
        var (done, failures) = (0, new List<string>());
        foreach (var location in places.Locations)
        {
            try
            {
                done += await stores.Open(location).TidyAsync(Left, ct);
            }
            catch (Exception e) when (e is StoreException or StoreAwayException)
            {
                failures.Add($"{location.Name}: {e.Message}");
            }
        }
        foreach (var stage in stages)
        {
            object[] queues = [.. places.Locations.Where(stage.WorksAt).Select(l => places.QueueOf(l, stage.Operation))];
            if (queues.Length == 0)
                continue;
            var given = await items.ListAsync(
                ListQuery<WorkItem>.Everything.WhereOneOf("queue", queues).Where("state", WorkItemState.Quarantined).AtMost(MaxItems), ct);
            foreach (var item in given.Items)
                await stage.FailedAsync(item, ct);
        }
        return JobResult.Of(done, failures);
    }
}
