namespace OpsDb.Bench;

/// <summary>
/// From the moment the link is up again until the main database has all starts, over a round trip of 200 ms; beside a loop of
/// batches of 1,000 that inserts the same rows through the same link and does nothing else, and beside COPY.
/// </summary>
internal static class Drain
{
    public static readonly TimeSpan RoundTrip = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);

    public static async Task<IReadOnlyList<Row>> MeasureAsync(BenchRun run, int transactions, string target, CancellationToken ct)
    {
        var site = await run.SiteAsync(ct);
        site.Servers.Relay.Down();
        await site.Load.CountAsync(transactions, site.Api, Starts.Connections);
        var seconds = await TimeAsync(site, ct);
        var floor = await BareTables.InsertAsync(site, transactions, ct);
        return [new($"drain_{transactions}_rtt200", seconds, "s", floor, target), await AgainstCopyAsync(site, transactions, seconds, ct)];
    }

    /// <summary>Puts the link up, with its delay, and waits until everything has been drained.</summary>
    /// <returns>Seconds.</returns>
    public static async Task<double> TimeAsync(BenchSite site, CancellationToken ct)
    {
        var target = await PositionAsync(site, ct) + await site.PendingAsync(ct);
        site.Servers.Relay.Delay(RoundTrip);
        // The processor's next try is not yet due: the link is up for the one and for the other alike.
        var started = TimeProvider.System.GetTimestamp();
        site.Servers.Relay.Up();
        while (await PositionAsync(site, ct) < target)
            await Task.Delay(Poll, ct);
        return TimeProvider.System.GetElapsedTime(started).TotalSeconds;
    }

    /// <summary>The rate of a drain beside COPY of the same rows through the same link.</summary>
    public static async Task<Row> AgainstCopyAsync(BenchSite site, int transactions, double seconds, CancellationToken ct) =>
        new($"drain_{transactions}_vs_copy", transactions / seconds, "tx/s", transactions / await BareTables.CopyAsync(site, transactions, ct), "none");

    private static Task<long> PositionAsync(BenchSite site, CancellationToken ct) =>
        site.MainAsync<long>($"select coalesce(max(position), 0) from site_watermark where site = '{BenchSite.Name}'", ct);
}
