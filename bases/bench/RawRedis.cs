using System.Globalization;
using OpsDb.Servers;

namespace OpsDb.Bench;

/// <summary>
/// The site's starts beside what Redis itself takes from redis-benchmark, an entry of the same size by XADD over as many
/// connections; and that beside the disk, which Redis waits for once for all that arrives together.
/// </summary>
internal static class RawRedis
{
    public static async Task<IReadOnlyList<Row>> MeasureAsync(BenchRun run, CancellationToken ct)
    {
        var site = await run.WarmSiteAsync(ct);
        var row = await Turns.MeasureAsync("start_16_vs_xadd", "none",
            () => Starts.ForATurnAsync(run, site, ct), () => AddAsync(site, Starts.Connections, run.Scale.Appends, ct));
        var disk = DiskSync.Measure(site.Redis.Data, run.Scale.Syncs);
        return
        [
            row with { Command = $"redis-benchmark {string.Join(' ', Arguments(Starts.Connections, run.Scale.Appends))} <{FloorCommand.PayloadBytes} bytes>" },
            new("xadd_16", row.Floor, "req/s", 1000 / disk.MedianMs, "none"),
        ];
    }

    /// <summary>Adds entries to a stream, each connection waiting for its answer before the next.</summary>
    public static async Task<LoadResult> AddAsync(BenchSite site, int connections, int count, CancellationToken ct)
    {
        var program = Path.Combine(Path.GetDirectoryName(await ServerBinaries.FindRedisAsync(ct))!, "redis-benchmark");
        if (!File.Exists(program))
            throw new SkippedException("redis-benchmark is not beside redis-server: apt-get install redis-tools");
        var redis = site.Servers.Redis;
        string[] server = ["-h", redis.Host, "-p", $"{redis.Port}", "-a", redis.Password];
        var output = await ProgramRun.ReadAsync([program, .. server, .. Arguments(connections, count), new string('x', FloorCommand.PayloadBytes)], ct: ct);
        // A line of names, then one of figures: the command, and calls a second first.
        return LoadResult.Of(count, double.Parse(output.TrimEnd().Split('\n')[^1].Split("\",\"")[1], CultureInfo.InvariantCulture));
    }

    private static string[] Arguments(int connections, int count) => ["-c", $"{connections}", "-n", $"{count}", "--csv", "XADD", "bench:raw", "*", "t"];
}
