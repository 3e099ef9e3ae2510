using System.Security.Cryptography;
using System.Text;

namespace OpsDb.Bench;

/// <summary>What is asked about files at main where many are known, beside the selects that answer it; request by request in turns.</summary>
internal static class FileQuestions
{
    /// <summary>Bodies with other checksums each, that not the same rows are read each time.</summary>
    private const int Bodies = 8;

    private const int Asked = 20, LargestAnswer = 1 << 24;

    private const string ByChecksum = "select * from raw_data_file where checksum = any($1)";

    // What a lineage tells: the execution, what it was of, its files with their packages, and what made them.
    private static readonly string[] Lineage =
    [
        "select * from executed_obs_unit where id = $1",
        "select u.* from executed_obs_unit e join obs_unit u on u.id = e.obs_unit_id where e.id = $1",
        "select * from raw_data_file where executed_obs_unit_id = $1",
        "select * from raw_data_package where executed_obs_unit_id = $1",
        "select m.* from instrument_module m where m.id in (select instrument_module_id from raw_data_package where executed_obs_unit_id = $1)",
    ];

    /// <summary>Which of many contents are known: every second one is.</summary>
    public static async Task<IReadOnlyList<Row>> MeasureKnownAsync(BenchRun run, CancellationToken ct)
    {
        var (site, count) = (await run.SiteAsync(ct), run.Scale.Asked);
        await BenchData.WithAsync(site, run.Scale.Files, ct);
        var api = await site.StartMainApiAsync("known", ct);
        List<byte[][]> checksums = [.. Enumerable.Range(0, Bodies).Select(_ => Checksums(count, run.Scale.Files))];
        List<byte[]> requests = [.. checksums.Select(c => RequestTemplate.Post(site.Token, $"{FileLists.Files}/known",
            $$"""{"checksums":["{{string.Join("\",\"", c.Select(Convert.ToHexStringLower))}}"]}"""))];
        using var connection = new HttpConnection(api.Port, LargestAnswer);
        await using var bare = BareFiles.Open(site);
        connection.Exchange(requests[0]);
        if (connection.Text.Split("\"checksum\":").Length - 1 is var known && known != (count + 1) / 2)
            throw new BenchException($"Of {count} checksums {known} are known.");
        var took = Turns.ByRequest(Asked / 2, Asked,
            i => BareFiles.Select(bare, checksums[i % Bodies], ByChecksum), i => connection.Exchange(requests[i % Bodies]).TotalMilliseconds);
        await ServedPrograms.StopAsync(api);
        return [new($"known_{count}", Quantile.Of(took[1], 0.5), "ms", Quantile.Of(took[0], 0.5), "value <= 300 ms")];
    }

    /// <summary>Where the files of one execution are.</summary>
    public static async Task<IReadOnlyList<Row>> MeasureLineageAsync(BenchRun run, CancellationToken ct)
    {
        var site = await run.SiteAsync(ct);
        var data = await BenchData.WithAsync(site, run.Scale.Files, ct);
        var execution = await data.AnyExecutionAsync(ct);
        var api = await site.StartMainApiAsync("lineage", ct);
        var request = RequestTemplate.Get(site.Token, $"{Reads.Executions}/{execution}/lineage");
        using var connection = new HttpConnection(api.Port, LargestAnswer);
        await using var bare = BareFiles.Open(site);
        connection.Send(request);
        while (!connection.Receive())
        {
            // More of it is on its way.
        }
        if (connection.Status == 404)
            throw new SkippedException("the data API has no lineage of executions");
        var took = Turns.ByRequest(run.Scale.Lists, run.Scale.Lists,
            _ => BareFiles.Select(bare, execution, Lineage), _ => connection.Exchange(request).TotalMilliseconds);
        await ServedPrograms.StopAsync(api);
        return [new($"lineage_{BenchData.PerExecution}", Quantile.Of(took[1], 0.5), "ms", Quantile.Of(took[0], 0.5), "value <= 50 ms")];
    }

    /// <summary>Different ones in no order, every second one of a file that is there.</summary>
    private static byte[][] Checksums(int count, int files)
    {
        var numbers = new HashSet<int>();
        while (numbers.Count < count)
            numbers.Add(Random.Shared.Next(files) + (numbers.Count % 2 == 0 ? 0 : files));
        return [.. numbers.Select(n => SHA256.HashData(Encoding.UTF8.GetBytes(BenchData.Content(n))))];
    }
}
