namespace OpsDb.Bench;

/// <summary>How fast a site accepts starts over 16 connections, beside the bare endpoint; in turns, so that what else the machine does hits both.</summary>
internal static class Starts
{
    private const int Connections = 16;
    // By count and not by time, so that the compiler has come equally far however busy the machine is. After fewer it still
    // takes a third of the API's processor time.
    private const int WarmUp = 40_000;
    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(4);

    public static async Task<IReadOnlyList<Row>> MeasureAsync(BenchSite site, CancellationToken ct)
    {
        await site.Load.CountAsync(WarmUp, site.Floor, Connections);
        await site.Load.CountAsync(WarmUp, site.Api, Connections);
        await site.DrainedAsync(ct);
        var linked = await InTurnsAsync(site, "start_16", site.DrainedAsync, ct);
        site.Servers.Relay.Down();
        // What is pending cannot leave meanwhile, and the processor's retries are far apart.
        var cutOff = await InTurnsAsync(site, "start_16_cut_off", _ => Task.CompletedTask, ct);
        site.Servers.Relay.Up();
        await site.DrainedAsync(ct);
        return [linked, cutOff];
    }

    private static async Task<Row> InTurnsAsync(BenchSite site, string name, Func<CancellationToken, Task> settle, CancellationToken ct)
    {
        var floor = await site.Load.ForAsync(Turn, site.Floor, Connections);
        LoadResult? value = null;
        for (var turn = 0; turn < 2; turn++)
        {
            var next = await site.Load.ForAsync(Turn, site.Api, Connections);
            value = value is null ? next : value + next;
            await settle(ct);
            floor += await site.Load.ForAsync(Turn, site.Floor, Connections);
        }
        return new(name, value!.PerSecond, "req/s", floor.PerSecond, "ratio >= 0.35, p99 <= 20 ms", value.Percentile(0.99), value.CpuMicroseconds, floor.CpuMicroseconds);
    }
}
