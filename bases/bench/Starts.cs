namespace OpsDb.Bench;

/// <summary>How fast a site accepts starts over 16 connections, beside the bare endpoint and what the disk needs to keep 4 KiB.</summary>
internal static class Starts
{
    public const int Connections = 16;
    private const string Target = "ratio >= 0.35, p99 <= 20 ms";

    public static async Task<IReadOnlyList<Row>> MeasureAsync(BenchRun run, CancellationToken ct)
    {
        var site = await run.WarmSiteAsync(ct);
        var disk = DiskSync.Measure(site.Redis.Data, run.Scale.Syncs);
        var linked = await Turns.MeasureAsync("start_16", Target, () => ForATurnAsync(run, site, ct), Floor);
        site.Servers.Relay.Down();
        // What is pending cannot leave meanwhile, and the processor's retries are far apart.
        var cutOff = await Turns.MeasureAsync("start_16_cut_off", Target, () => site.Load.ForAsync(run.Scale.Turn, site.Api, Connections), Floor);
        return [linked, cutOff, new("start_16_p99", linked.P99Ms!.Value, "ms", disk.P99Ms, "value <= 10 ms")];

        Task<LoadResult> Floor() => site.Load.ForAsync(run.Scale.Turn, site.Floor, Connections);
    }

    /// <summary>One turn of starts with the link up; afterwards nothing is pending.</summary>
    public static async Task<LoadResult> ForATurnAsync(BenchRun run, BenchSite site, CancellationToken ct)
    {
        var result = await site.Load.ForAsync(run.Scale.Turn, site.Api, Connections);
        await site.DrainedAsync(ct);
        return result;
    }
}
