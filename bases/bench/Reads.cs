using System.Text.Json;

namespace OpsDb.Bench;

/// <summary>
/// Reading with many pending beside reading with none: two sites on the same replica, the link down at both, asked in
/// turns request by request. The page holds the newest executions, which at the one site are all pending.
/// </summary>
internal static class Reads
{
    public const string Executions = "/api/v1/executions";

    public static async Task<IReadOnlyList<Row>> MeasureAsync(BenchRun run, CancellationToken ct)
    {
        var site = await run.SiteAsync(ct);
        return await BesideAsync(site, run.Scale.Pending, run.Scale.Gets, run.Scale.Lists, "ratio <= 2",
            () => site.Load.CountAsync(run.Scale.Pending, site.Api, Starts.Connections), ct);
    }

    /// <param name="accept">Makes so many transactions pending; the link is down.</param>
    /// <param name="gets">Single reads that are timed; half as many of each kind come before, for the compiler.</param>
    /// <param name="lists">Pages and counts that are timed.</param>
    public static async Task<IReadOnlyList<Row>> BesideAsync(
        BenchSite site, int pending, int gets, int lists, string target, Func<Task> accept, CancellationToken ct)
    {
        var quiet = await site.StartApiAsync("quiet", ct);
        using var http = new HttpClient { DefaultRequestHeaders = { Authorization = new("Bearer", site.Token) } };
        var replicated = await IdsAsync(quiet);
        site.Servers.Relay.Down();
        await accept();
        var waiting = await IdsAsync(site.Api);

        using var loaded = new HttpConnection(site.Api.Port);
        using var empty = new HttpConnection(quiet.Port);
        Row[] rows =
        [
            InTurns("get", gets, (connection, i) => $"{Executions}/{(connection == loaded && i % 2 == 0 ? waiting : replicated)[i % replicated.Count]}"),
            InTurns("list", lists, (_, _) => $"{Executions}?limit=100"),
            InTurns("count", lists, (_, _) => $"{Executions}?limit=1&count=true"),
        ];
        await ServedPrograms.StopAsync(quiet);
        return rows;

        Row InTurns(string name, int count, Func<HttpConnection, int, string> path)
        {
            var took = Turns.ByRequest(gets / 2, count, Ask(empty), Ask(loaded));
            return new($"{name}_pending_{pending}", Quantile.Of(took[1], 0.5), "ms", Quantile.Of(took[0], 0.5), target);

            Func<int, double> Ask(HttpConnection connection) => SingleReads.Ask(connection, site.Token, i => path(connection, i));
        }

        async Task<List<string>> IdsAsync(Endpoint api)
        {
            var page = await http.GetStringAsync(new Uri($"http://127.0.0.1:{api.Port}{Executions}?limit=500"), ct);
            return [.. JsonSerializer.Deserialize<JsonElement>(page).GetProperty("items").EnumerateArray().Select(e => e.GetProperty("id").GetString()!)];
        }
    }
}
