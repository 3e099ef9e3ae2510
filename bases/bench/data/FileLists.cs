using System.Text.Json;

namespace OpsDb.Bench;

/// <summary>Lists of many files at main.</summary>
internal static class FileLists
{
    public const string Files = "/api/v1/raw-data-files";

    private const int Page = 100, LargestPage = 1000, Rounds = 2, WarmUps = 50;

    /// <summary>All of them as lines, beside psql, which copies them out in the same order; in turns.</summary>
    public static async Task<IReadOnlyList<Row>> MeasureLinesAsync(BenchRun run, CancellationToken ct)
    {
        var (site, files) = (await run.SiteAsync(ct), run.Scale.Files);
        await BenchData.WithAsync(site, files, ct);
        var api = await site.StartMainApiAsync("lines", ct);
        using var http = new HttpClient { DefaultRequestHeaders = { Authorization = new("Bearer", site.Token), Accept = { new("application/x-ndjson") } } };
        for (var i = 0; i < WarmUps; i++)
            await ReadLinesAsync(http, api, $"?limit={LargestPage}", LargestPage, ct);
        List<double> values = [], floors = [await BareFiles.ListAsync(site, ct)];
        var (bytes, grown) = (0L, 0L);
        for (var round = 0; round < Rounds; round++)
        {
            var grows = await Memory.GrowthAsync(api.Process, async () =>
            {
                var started = TimeProvider.System.GetTimestamp();
                bytes = await ReadLinesAsync(http, api, "", files, ct);
                values.Add(TimeProvider.System.GetElapsedTime(started).TotalSeconds);
            });
            grown = Math.Max(grown, grows);
            floors.Add(await BareFiles.ListAsync(site, ct));
        }
        await ServedPrograms.StopAsync(api);
        return
        [
            new Row($"list_{files}_ndjson", files / values.Average(), "rows/s", files / floors.Average(), "ratio >= 0.5")
            {
                Command = $"psql -X -q -o /dev/null -c '{BareFiles.ListCommand}'",
            },
            new($"list_{files}_growth", grown / Memory.Mebibyte, "MiB", bytes / Memory.Mebibyte, "value <= 100 MiB"),
        ];
    }

    /// <summary>A page far into the list beside the first, request by request.</summary>
    public static async Task<IReadOnlyList<Row>> MeasurePagesAsync(BenchRun run, CancellationToken ct)
    {
        var site = await run.SiteAsync(ct);
        await BenchData.WithAsync(site, run.Scale.Files, ct);
        var api = await site.StartMainApiAsync("pages", ct);
        var far = await FarPageAsync(run, site, api, ct);
        using var connection = new HttpConnection(api.Port);
        var took = Turns.ByRequest(run.Scale.Lists, run.Scale.Lists,
            SingleReads.Ask(connection, site.Token, _ => $"{Files}?limit={Page}"), SingleReads.Ask(connection, site.Token, _ => far));
        await ServedPrograms.StopAsync(api);
        return [new($"page_{run.Scale.Files / Page}", Quantile.Of(took[1], 0.5), "ms", Quantile.Of(took[0], 0.5), "ratio <= 1.5", Quantile.Of(took[1], 0.99))];
    }

    /// <summary>The address of the last page of the files that are there before more are made.</summary>
    public static async Task<string> FarPageAsync(BenchRun run, BenchSite site, Endpoint api, CancellationToken ct)
    {
        using var http = new HttpClient { DefaultRequestHeaders = { Authorization = new("Bearer", site.Token) } };
        var after = "";
        for (var left = run.Scale.Files - Page; left > 0; left -= LargestPage)
        {
            var page = await http.GetByteArrayAsync(new Uri($"http://127.0.0.1:{api.Port}{Files}?limit={Math.Min(left, LargestPage)}{after}"), ct);
            using var json = JsonDocument.Parse(page);
            after = $"&after={json.RootElement.GetProperty("next").GetString() ?? throw new BenchException("The list of files ended too early.")}";
        }
        return $"{Files}?limit={Page}{after}";
    }

    /// <returns>Bytes.</returns>
    /// <exception cref="BenchException">It was refused, or the list has another number of rows.</exception>
    private static async Task<long> ReadLinesAsync(HttpClient http, Endpoint api, string query, int wanted, CancellationToken ct)
    {
        var address = new Uri($"http://127.0.0.1:{api.Port}{Files}{query}");
        using var response = await http.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, ct);
        await using var body = await response.EnsureSuccessStatusCode().Content.ReadAsStreamAsync(ct);
        var buffer = new byte[1 << 16];
        var (bytes, lines) = (0L, 0L);
        while (await body.ReadAsync(buffer, ct) is > 0 and var count)
            (bytes, lines) = (bytes + count, lines + buffer.AsSpan(0, count).Count((byte)'\n'));
        return lines == wanted ? bytes : throw new BenchException($"The list has {lines} files, not {wanted}.");
    }
}
