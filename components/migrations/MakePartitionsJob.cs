using OpsDb.Kernel;

namespace OpsDb.Migrations;

/// <summary>Makes the partitions of this year and the next ones, so that no year begins without.</summary>
/// <param name="owner">The connection of the tables' owner; only the owner may make partitions.</param>
public sealed class MakePartitionsJob(string owner, TimeProvider time) : IJob
{
    public string Name => "make-partitions";

    public string Description => "Makes the yearly partitions of the raw data files for this year and the next five.";

    public string Schedule => "0 30 2 * * ?";

    public bool RunsAt(SiteType site) => site == SiteType.Main;

    public async Task<JobResult> RunAsync(CancellationToken ct)
    {
        var year = time.GetUtcNow().Year;
        return new((await Migrator.MakePartitionsAsync(owner, new(year, year + Years.KeptAhead), ct)).Count);
    }
}
