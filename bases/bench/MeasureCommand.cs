using System.CommandLine;
using OpsDb.Cli;

namespace OpsDb.Bench;

/// <summary>The commands that measure: the same benchmarks, some of them or all.</summary>
internal static class MeasureCommand
{
    /// <summary>Where results are kept.</summary>
    private const string Kept = "bench";

    private const string ShowSummary = "Write bench/results.md again, with what bench/notes says now. Measures nothing.";

    private const string WriteSummary =
        "Measure the write path of a secondary site: starts the servers, the site's API and a bare endpoint, and ends them again. Takes about three minutes.";

    private const string DataSummary = "Measure how raw data is registered, listed and looked up at 1,000,000 files, in the same way.";

    private const string TransferSummary =
        "Measure packing and moving beside cp and sha256sum, and how soon events are told. Needs 20 GB of disk.";

    private const string PlanningSummary =
        "Measure the sky beside astropy and astronomy-engine, what can be observed of 10,000 obs units, and a cone among 1,000,000 sources.";

    private const string AuthSummary = "Measure what it costs to know who is calling: by a token, by a session, and which programmes they see.";

    private const string AllSummary = "Measure everything, keep the results in bench/ and say which ratios got worse. Takes about half an hour.";

    public static Command Write() => Some("write", WriteSummary, b => b.IsOfWritePath);

    public static Command Data() => Some("data", DataSummary, b => b.IsOfData);

    public static Command Transfer() => Some("transfer", TransferSummary, b => b.IsOfTransfer);

    public static Command Planning() => Some("planning", PlanningSummary, b => b.IsOfPlanning);

    public static Command Auth() => Some("auth", AuthSummary, b => b.IsOfAccess);

    private static Command Some(string name, string summary, Func<Benchmark, bool> isOne)
    {
        var options = new MeasureOptions([.. Benchmark.All.Where(isOne)]);
        return options.AddTo(new Command(name, summary))
            .Does(async (r, ct) =>
            {
                var rows = new List<Row>();
                await MeasureAsync(options.Read(r), rows, ct);
                await WarnAsync(options.Read(r), rows, ct);
            });
    }

    public static Command All()
    {
        var options = new MeasureOptions(Benchmark.All);
        return options.AddTo(new Command("all", AllSummary)).Does(async (r, ct) =>
        {
            var chosen = options.Read(r);
            var folder = new ResultsFolder(chosen.Quick ? "artifacts/bench" : Kept);
            var earlier = await folder.ReadAsync(ct);
            var rows = new List<Row>();
            try
            {
                await MeasureAsync(chosen, rows, ct);
            }
            finally
            {
                // What was measured before a failure took long, too.
                if (rows.Count > 0)
                    await folder.KeepAsync(rows, earlier, CancellationToken.None);
                await WarnAsync(chosen, rows, CancellationToken.None);
            }
        });
    }

    public static Command Show() => new Command("show", ShowSummary).Does(async (_, ct) =>
    {
        var folder = new ResultsFolder(Kept);
        var results = await folder.ReadAsync(ct) ?? throw new BenchException($"No results are kept in {Kept}/.");
        await folder.ShowAsync(results, ct);
    });

    /// <summary>Says of each row that misses what it must be, and has no note, that it does.</summary>
    private static async Task WarnAsync(Measurement chosen, IEnumerable<Row> rows, CancellationToken ct)
    {
        if (chosen.Quick)
            return;
        foreach (var line in (await Notes.ReadAsync(ct)).Missing(rows))
            await Console.Error.WriteLineAsync(line);
    }

    private static async Task MeasureAsync(Measurement chosen, List<Row> rows, CancellationToken ct)
    {
        if (!chosen.Json)
            Console.WriteLine(Row.Header);
        await using var run = new BenchRun(chosen.Quick ? Scale.Quick : Scale.Full);
        foreach (var benchmark in chosen.Benchmarks)
        {
            try
            {
                foreach (var row in await run.MeasureAsync(benchmark, ct))
                {
                    rows.Add(row);
                    Console.WriteLine(chosen.Json ? row.ToJson() : row.ToString());
                }
            }
            catch (SkippedException e)
            {
                await Console.Error.WriteLineAsync($"{string.Join(", ", benchmark.Names)}: skipped, {e.Message}");
            }
        }
    }
}
