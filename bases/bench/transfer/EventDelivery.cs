using System.Text.Json;

namespace OpsDb.Bench;

/// <summary>How long it takes from the moment at which a start was recorded until a listener is told of it, while there are many.</summary>
internal static class EventDelivery
{
    private const int PerSecond = 500, Writers = 20;

    private const string Data = "data: ";

    public static async Task<IReadOnlyList<Row>> MeasureAsync(BenchRun run, CancellationToken ct)
    {
        var site = await run.SiteAsync(ct);
        var api = await site.StartMainApiAsync("telling-main", ct, withRedis: true);
        var jobs = site.StartRelayOfEvents();
        using var listening = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var told = new List<(DateTimeOffset Recorded, double Milliseconds)>();
        var listener = ListenAsync(site, api, told, listening.Token);
        // Until the job has begun, the listener is there, and the compiler has done its work.
        await LoadAsync(site, api, run.Scale.Turn, ct);
        await UntilAsync(() => Of(told, DateTimeOffset.MinValue).Count > 0, ct);
        var began = DateTimeOffset.UtcNow;
        var count = await LoadAsync(site, api, run.Scale.Turn * 4, ct);
        await UntilAsync(() => Of(told, began).Count >= count, ct);
        await listening.CancelAsync();
        await listener;
        await jobs.StopAsync(TimeSpan.FromSeconds(15));
        await ServedPrograms.StopAsync(api);
        var measured = Of(told, began);
        return
        [
            new("events_delivered", measured.Count / (run.Scale.Turn * 4).TotalSeconds, "1/s", PerSecond, "ratio >= 0.95"),
            new("events_p99", Quantile.Of(measured, 0.99), "ms", Quantile.Of(measured, 0.5), "value <= 250 ms"),
        ];
    }

    /// <returns>How many starts there were.</returns>
    private static async Task<int> LoadAsync(BenchSite site, Endpoint api, TimeSpan time, CancellationToken ct)
    {
        var end = Task.Delay(time, ct);
        var loads = Enumerable.Range(0, Writers).Select(_ => site.NewLoad().AtRateAsync(PerSecond / Writers, api, end));
        return (await Task.WhenAll(loads)).Sum(l => l.Count);
    }

    private static async Task ListenAsync(BenchSite site, Endpoint api, List<(DateTimeOffset Recorded, double Milliseconds)> told, CancellationToken ct)
    {
        using var http = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{api.Port}/api/v1/events?entity=executions");
        request.Headers.Authorization = new("Bearer", site.Token);
        request.Headers.Accept.ParseAdd("text/event-stream");
        try
        {
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
            using var reader = new StreamReader(await response.EnsureSuccessStatusCode().Content.ReadAsStreamAsync(ct));
            while (await reader.ReadLineAsync(ct) is { } line)
            {
                if (!line.StartsWith(Data, StringComparison.Ordinal))
                    continue;
                var now = DateTimeOffset.UtcNow;
                var message = JsonSerializer.Deserialize<JsonElement>(line.AsSpan(Data.Length));
                if (!message.TryGetProperty("row", out var row) || row.ValueKind != JsonValueKind.Object)
                    continue;
                var recorded = row.GetProperty("created_at").GetDateTimeOffset();
                lock (told)
                    told.Add((recorded, (now - recorded).TotalMilliseconds));
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // All were told.
        }
    }

    /// <summary>Of what was recorded from then on; what is older the job has found when it began.</summary>
    private static List<double> Of(List<(DateTimeOffset Recorded, double Milliseconds)> told, DateTimeOffset from)
    {
        lock (told)
            return [.. told.Where(t => t.Recorded >= from).Select(t => t.Milliseconds)];
    }

    private static async Task UntilAsync(Func<bool> isSo, CancellationToken ct)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!isSo())
        {
            if (TimeProvider.System.GetElapsedTime(started) > TimeSpan.FromSeconds(30))
                throw new BenchException("30 s after the last start not all of them had been told.");
            await Task.Delay(20, ct);
        }
    }
}
