using System.Net.Sockets;
using OpsDb.Tokens;

namespace OpsDb.Bench;

/// <summary>
/// How much starts suffer while somebody without a token asks one address of the same process again and again: the p99 of starts
/// with the flood beside the p99 without it, in turns; and what one such request costs the process.
/// </summary>
internal static class Flood
{
    private const int Connections = 64, Starters = 4;

    /// <summary>Requests a second, all connections together. At a millisecond each they take half of one processor.</summary>
    private const int Rate = 500;

    /// <summary>A row for each kind of thing that anybody may ask.</summary>
    private static readonly Address[] Addresses =
    [
        new("openapi", "/openapi/v1.json"),
        new("health", "/health"),
        new("ready", "/health/ready"),
        new("live", "/health/live"),
        new("problems", "/problems"),
        new("problem", "/problems/not-found"),
        new("docs", "/docs/index.html"),
        new("docs_bundle", "/docs/swagger-ui-bundle.js"),
        new("missing", "/nothing/here", 404),
        new("no_token", "/api/v1/executions", 401),
        new("bad_token", "/api/v1/executions", 401, "opsdb_pat_nonsense"),
        new("unknown_token", "/api/v1/executions", 401, TokenText.Create(TokenKind.Pat)),
    ];

    public static async Task<IReadOnlyList<Row>> MeasureAsync(BenchRun run, CancellationToken ct)
    {
        var site = await run.WarmSiteAsync(ct);
        var rows = new List<Row>();
        foreach (var address in Addresses)
            rows.Add(await MeasureAsync(run, site, address, ct));
        return rows;
    }

    private static async Task<Row> MeasureAsync(BenchRun run, BenchSite site, Address address, CancellationToken ct)
    {
        // Alone: what one request costs, and the compiler's work on it is done.
        await AskAsync(site.Api, address, run.Scale.Turn, ct);
        var alone = await AskAsync(site.Api, address, run.Scale.Turn, ct);
        var calm = await StartsAsync();
        LoadResult? flooded = null;
        for (var turn = 0; turn < 2; turn++)
        {
            using var end = CancellationTokenSource.CreateLinkedTokenSource(ct);
            var flood = AskAsync(site.Api, address, Timeout.InfiniteTimeSpan, end.Token);
            try
            {
                var next = await StartsAsync();
                flooded = flooded is null ? next : flooded + next;
            }
            finally
            {
                await end.CancelAsync();
                await flood;
            }
            calm += await StartsAsync();
        }
        await site.DrainedAsync(ct);
        const string target = "ratio <= 2, cpu <= 1000 µs";
        return new($"flood_{address.Name}", flooded!.Percentile(0.99), "ms", calm.Percentile(0.99), target, CpuUs: alone.CpuMicroseconds);

        Task<LoadResult> StartsAsync() => site.Load.ForAsync(run.Scale.Turn, site.Api, Starters);
    }

    /// <summary>Asks at the rate, or as often as it is answered when that is less.</summary>
    private static Task<LoadResult> AskAsync(Endpoint endpoint, Address address, TimeSpan time, CancellationToken end = default) => Task.Run(() =>
    {
        var clients = Enumerable.Range(0, Connections).Select(_ => new HttpConnection(endpoint.Port, 1 << 21)).ToDictionary(c => c.Socket);
        try
        {
            var cpu = endpoint.OwnProcessorTime;
            var request = address.Request();
            var idle = new Queue<HttpConnection>(clients.Values);
            var busy = new HashSet<Socket>();
            var ready = new List<Socket>(Connections);
            var started = TimeProvider.System.GetTimestamp();
            var (sent, answered) = (0, 0);
            while (true)
            {
                var elapsed = TimeProvider.System.GetElapsedTime(started);
                var goesOn = !end.IsCancellationRequested && (time == Timeout.InfiniteTimeSpan || elapsed < time);
                if (!goesOn && busy.Count == 0)
                    break;
                for (; goesOn && sent < elapsed.TotalSeconds * Rate && idle.TryDequeue(out var client); sent++)
                {
                    client.Send(request);
                    busy.Add(client.Socket);
                }
                // What was not sent in time is not made up for: that many were under way already.
                sent = Math.Max(sent, (int)(elapsed.TotalSeconds * Rate) - Connections);
                if (busy.Count == 0)
                {
                    end.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(1));
                    continue;
                }
                ready.Clear();
                ready.AddRange(busy);
                Socket.Select(ready, null, null, TimeSpan.FromMilliseconds(1));
                foreach (var client in ready.Select(s => clients[s]).Where(c => c.Receive()))
                {
                    if (client.Status != address.Status)
                        throw new BenchException($"{address.Path} was answered with {client.Text}");
                    answered++;
                    busy.Remove(client.Socket);
                    idle.Enqueue(client);
                }
            }
            return new LoadResult(Math.Max(1, answered), TimeProvider.System.GetElapsedTime(started), endpoint.OwnProcessorTime - cpu, []);
        }
        finally
        {
            foreach (var client in clients.Values)
                client.Dispose();
        }
    }, CancellationToken.None);

    /// <param name="Status">Of its answer: another one would be measured as well as the right one.</param>
    private sealed record Address(string Name, string Path, int Status = 200, string? Token = null)
    {
        public byte[] Request() => RequestTemplate.Get(Token, Path);
    }
}
