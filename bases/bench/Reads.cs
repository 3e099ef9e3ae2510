using System.Text.Json;

namespace OpsDb.Bench;

/// <summary>
/// Reading with 10,000 pending beside reading with none: two sites on the same replica, the link down at both, asked in
/// turns request by request. The page holds the newest executions, which at the one site are all pending.
/// </summary>
internal static class Reads
{
    private const int Pending = 10_000, Gets = 2000, Lists = 200;
    private const int WarmUp = 1000;
    private const string Executions = "/api/v1/executions";

    public static async Task<IReadOnlyList<Row>> MeasureAsync(BenchSite site, CancellationToken ct)
    {
        var quiet = await site.StartApiAsync("quiet", ct);
        await site.DrainedAsync(ct);
        using var http = new HttpClient { DefaultRequestHeaders = { Authorization = new("Bearer", site.Token) } };
        var replicated = await IdsAsync(quiet);
        site.Servers.Relay.Down();
        await site.Load.CountAsync(Pending, site.Api, 16);
        var pending = await IdsAsync(site.Api);

        using var loaded = new HttpConnection(site.Api.Port);
        using var empty = new HttpConnection(quiet.Port);
        var gets = InTurns(Gets,
            i => empty.Exchange(RequestTemplate.Get(site.Token, $"{Executions}/{replicated[i % replicated.Count]}")),
            i => loaded.Exchange(RequestTemplate.Get(site.Token, $"{Executions}/{(i % 2 == 0 ? pending : replicated)[i % replicated.Count]}")));
        var list = RequestTemplate.Get(site.Token, $"{Executions}?limit=100");
        var lists = InTurns(Lists, _ => empty.Exchange(list), _ => loaded.Exchange(list));
        return
        [
            new("get_pending_10000", gets.Value, "ms", gets.Floor, "ratio <= 2"),
            new("list_pending_10000", lists.Value, "ms", lists.Floor, "ratio <= 2"),
        ];

        async Task<List<string>> IdsAsync(Endpoint api)
        {
            var page = await http.GetStringAsync(new Uri($"http://127.0.0.1:{api.Port}{Executions}?limit=500"), ct);
            return [.. JsonSerializer.Deserialize<JsonElement>(page).GetProperty("items").EnumerateArray().Select(e => e.GetProperty("id").GetString()!)];
        }
    }

    private static (double Floor, double Value) InTurns(int count, Func<int, TimeSpan> floor, Func<int, TimeSpan> value)
    {
        List<double> floors = [], values = [];
        // The first are for the compiler.
        for (var i = -WarmUp; i < count; i++)
        {
            var (one, other) = (floor(Math.Abs(i)), value(Math.Abs(i)));
            if (i < 0)
                continue;
            floors.Add(one.TotalMilliseconds);
            values.Add(other.TotalMilliseconds);
        }
        return (Median(floors), Median(values));
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
