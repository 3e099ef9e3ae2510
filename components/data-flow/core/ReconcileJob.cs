using OpsDb.Jobs;
using OpsDb.Kernel;
using OpsDb.Stores;

namespace OpsDb.DataFlow;

/// <summary>Tells of what the catalogue and the locations of the site do not agree in. It changes nothing: what is to be repaired a person says.</summary>
internal sealed class ReconcileJob(WorkPlacesReader placesReader, Reconciler reconciler, WorkOptions work) : IJob
{
    private const int MaxTold = 20;

    public string Name => "reconcile";

    public string Description => "Compares the catalogue with what is at the locations of the site, and tells of the differences.";

    public string Schedule => "0 0 5 ? * SUN";

    public bool RunsAt(SiteType site) => true;

    public string Lease => work.LeaseOf(this);

    public async Task<JobResult> RunAsync(CancellationToken ct)
    {
        if (await placesReader.ReadAsync(ct) is not { } places)
            return new(0);
        var (compared, found) = (0, new List<string>());
        foreach (var location in places.Locations)
        {
            var kinds = new Dictionary<DiscrepancyKind, (int Count, string First)>();
            try
            {
                await foreach (var one in reconciler.CompareAsync(location, ct))
                    kinds[one.Kind] = kinds.TryGetValue(one.Kind, out var known) ? known with { Count = known.Count + 1 } : (1, one.Key);
                compared++;
            }
            catch (Exception e) when (e is StoreException or StoreAwayException)
            {
                found.Add($"{location.Name}: {e.Message}");
            }
            found.AddRange(kinds.OrderBy(k => k.Key).Take(MaxTold)
                .Select(k => $"{location.Name}: {k.Value.Count} {EnumText.Of(k.Key)}, the first is {k.Value.First} (opsdb-jobs reconcile {location.Name})"));
        }
        return JobResult.Of(compared, found);
    }
}
