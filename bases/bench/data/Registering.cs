namespace OpsDb.Bench;

/// <summary>
/// Many files of one execution in one request, at main and at a site that is cut off, each time into a table that has no others but the
/// ones before; and the most by which the API's memory grows in the first such request.
/// </summary>
internal static class Registering
{
    private const int Rounds = 3;

    public static async Task<IReadOnlyList<Row>> MeasureAsync(BenchRun run, CancellationToken ct)
    {
        var site = await run.SiteAsync(ct);
        var data = await BenchData.WithAsync(site, 0, ct);
        return [.. await AtMainAsync(run, site, data, ct), .. await CutOffAsync(run, site, data, ct)];
    }

    /// <summary>Beside COPY of the same rows.</summary>
    private static async Task<IReadOnlyList<Row>> AtMainAsync(BenchRun run, BenchSite site, BenchData data, CancellationToken ct)
    {
        var api = await site.StartMainApiAsync("registering-main", ct);
        var rows = await MeasureAsync(run, site, data, api, "main", "value <= 10 s",
            async registration =>
            {
                var (seconds, growth) = await SendAsync(site, api, registration, ct);
                return new(seconds, await BareFiles.CopyAsync(site, registration.Execution, ct), growth);
            }, ct);
        await ServedPrograms.StopAsync(api);
        return rows;
    }

    /// <summary>Beside the same bytes stored in the same Redis by one SET.</summary>
    private static async Task<IReadOnlyList<Row>> CutOffAsync(BenchRun run, BenchSite site, BenchData data, CancellationToken ct)
    {
        var api = await site.StartApiAsync("registering", ct);
        await using var redis = SiteLog.Redis(site);
        await redis.PingAsync();
        var again = new List<(double Seconds, long GrownBytes)>();
        var rows = await MeasureAsync(run, site, data, api, "cut_off", "value <= 5 s",
            async registration =>
            {
                site.Servers.Relay.Down();
                var (seconds, growth) = await SendAsync(site, api, registration, ct);
                var started = TimeProvider.System.GetTimestamp();
                await redis.SetAsync("bench:registration", registration.Body, TimeSpan.FromSeconds(1));
                var floor = TimeProvider.System.GetElapsedTime(started);
                // A script that had no answer sends the same again, with another key: the files are pending.
                again.Add(await SendAsync(site, api, registration, ct));
                site.Servers.Relay.Up();
                await site.DrainedAsync(api, ct);
                return new(seconds, floor.TotalSeconds, growth);
            }, ct);
        await ServedPrograms.StopAsync(api);
        return
        [
            .. rows,
            new($"register_{run.Scale.Registered}_again", Quantile.Of([.. again.Select(a => a.Seconds)], 0.5), "s", rows[0].Value, "ratio <= 1.5"),
            new("register_growth_again", again[0].GrownBytes / Memory.Mebibyte, "MiB", rows[1].Floor, "value <= 400 MiB"),
        ];
    }

    private static async Task<IReadOnlyList<Row>> MeasureAsync(
        BenchRun run, BenchSite site, BenchData data, Endpoint api, string place, string target, Func<Registration, Task<Registered>> register,
        CancellationToken ct)
    {
        await Registration.WarmUpAsync(site, data, api, ct);
        await site.DrainedAsync(ct);
        var registrations = await Registration.NewAsync(data, Rounds, run.Scale.Registered, ct);
        var all = new List<Registered>();
        foreach (var registration in registrations)
            all.Add(await register(registration));
        return
        [
            new($"register_{run.Scale.Registered}_{place}", Median(r => r.Seconds), "s", Median(r => r.Floor), target),
            new($"register_growth_{place}", all[0].GrownBytes / Memory.Mebibyte, "MiB", registrations[0].BodyMebibytes, "value <= 300 MiB"),
        ];

        double Median(Func<Registered, double> figure) => Quantile.Of([.. all.Select(figure)], 0.5);
    }

    private static async Task<(double Seconds, long GrownBytes)> SendAsync(BenchSite site, Endpoint api, Registration registration, CancellationToken ct)
    {
        var seconds = 0.0;
        var grown = await Memory.GrowthAsync(api.Process, async () => seconds = await registration.SendAsync(site, api, ct));
        return (seconds, grown);
    }

    /// <param name="Floor">Seconds.</param>
    private sealed record Registered(double Seconds, double Floor, long GrownBytes);
}
