using OpsDb.Kernel;

namespace OpsDb.Platform;

internal sealed class MaintenanceGate(KnownMaintenance maintenance, Site site, TimeProvider time) : IWriteGate
{
    /// <summary>A maintenance takes minutes, and whoever was refused need not ask every second.</summary>
    private static readonly TimeSpan Later = TimeSpan.FromSeconds(60);

    public async Task RequireOpenAsync(KindAttribute mark, CancellationToken ct)
    {
        if (await maintenance.FindAsync() is { } known && known.Refuses(mark, site, time.GetUtcNow()))
            throw new OutageException(PlatformProblems.Maintenance, $"This site refuses writes for maintenance: {known.Reason}") { RetryAfter = Later };
    }
}
