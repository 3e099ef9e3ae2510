using OpsDb.Kernel;

namespace OpsDb.Jobs;

/// <summary>Deletes what is kept for some time only.</summary>
internal sealed class PurgeJob(IEnumerable<IPurge> purges) : IJob
{
    public string Name => "purge";

    public string Description => "Deletes what is kept for some time only: messages that were delivered, and what is over.";

    public string Schedule => "0 40 3 * * ?";

    public bool RunsAt(SiteType site) => site == SiteType.Main;

    public async Task<JobResult> RunAsync(CancellationToken ct)
    {
        var gone = 0;
        foreach (var purge in purges)
        {
            while (await purge.PurgeAsync(ct) is > 0 and var some)
            {
                gone += some;
                ct.ThrowIfCancellationRequested();
            }
        }
        return new(gone);
    }
}
