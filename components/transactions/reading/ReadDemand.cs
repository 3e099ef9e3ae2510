using OpsDb.Kernel;

namespace OpsDb.Transactions;

/// <summary>What a request demands of the state that it is answered from.</summary>
/// <param name="AtLeast">The state that a read must contain; null when the newest that this site has will do.</param>
/// <param name="Wait">How long to wait for it.</param>
/// <param name="MayBeStale">Whether an older state is better than none.</param>
internal sealed record ReadDemand(ConsistencyToken? AtLeast, TimeSpan Wait, bool MayBeStale)
{
    private static readonly TimeSpan DefaultWait = TimeSpan.FromSeconds(5);

    /// <summary>The newest state that this site has.</summary>
    public static ReadDemand Newest { get; } = new(null, DefaultWait, false);

    /// <exception cref="RefusalException">malformed-header.</exception>
    public static ReadDemand Of(Freshness freshness) =>
        new(freshness.AtLeast is { } token ? ConsistencyToken.Parse(token) : null, freshness.Wait ?? DefaultWait, freshness.Stale);
}
