namespace OpsDb.Bench;

/// <summary>A row of starts over 16 connections.</summary>
/// <param name="IsCutOff">Whether the link is down meanwhile.</param>
internal sealed record StartRow(string Name, string Target, bool IsCutOff, KeyForm Keys);

/// <summary>How fast a site accepts starts over 16 connections, beside the bare endpoint and what the disk needs to keep 4 KiB.</summary>
internal static class Starts
{
    public const int Connections = 16;

    public static IReadOnlyList<StartRow> Rows { get; } =
    [
        new("start_16", "ratio >= 0.30, p99 <= 10 ms, cpu <= 2.7 x floor's", false, KeyForm.Uuid),
        new("start_16_cut_off", "ratio >= 0.45, p99 <= 10 ms, cpu <= 2.7 x floor's", true, KeyForm.Uuid),
        new("start_16_free_keys", "none", false, KeyForm.Free),
    ];

    public static async Task<IReadOnlyList<Row>> MeasureAsync(BenchRun run, CancellationToken ct)
    {
        var site = await run.WarmSiteAsync(ct);
        var disk = DiskSync.Measure(site.Redis.Data, run.Scale.Syncs);
        var rows = await Turns.MeasureAsync(
            [.. Rows.Select(r => new Contender(r.Name, r.Target, () => ForATurnAsync(run.Scale, site, site.Api, r, ct)))],
            () => site.Load.ForAsync(run.Scale.Turn, site.Floor, Connections));
        return [.. rows, new("start_16_p99", rows[0].P99Ms!.Value, "ms", disk.P99Ms, "value <= 10 ms")];
    }

    /// <summary>One turn of <c>start_16</c>; afterwards nothing is pending.</summary>
    public static Task<LoadResult> ForATurnAsync(BenchRun run, BenchSite site, CancellationToken ct) => ForATurnAsync(run.Scale, site, site.Api, Rows[0], ct);

    /// <summary>One turn; afterwards the link is up and nothing is pending.</summary>
    public static async Task<LoadResult> ForATurnAsync(Scale scale, BenchSite site, Endpoint api, StartRow row, CancellationToken ct)
    {
        if (row.IsCutOff)
            site.Servers.Relay.Down();
        var result = await site.Load.ForAsync(scale.Turn, api, Connections, row.Keys);
        site.Servers.Relay.Up();
        await site.DrainedAsync(api, ct);
        return result;
    }
}
