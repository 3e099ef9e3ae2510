using System.CommandLine;
using OpsDb.Cli;

namespace OpsDb.Bench;

/// <summary>The commands that measure: the same benchmarks, some of them or all.</summary>
internal static class MeasureCommand
{
    public static Command Write()
    {
        var options = new MeasureOptions([.. Benchmark.All.Where(b => b.IsOfWritePath)]);
        return options.AddTo(new Command("write", "Measure the write path of a secondary site: starts the servers, the site's API and a bare endpoint, and ends them again. Takes about three minutes."))
            .Does((r, ct) => MeasureAsync(options.Read(r), ct));
    }

    public static Command All()
    {
        var options = new MeasureOptions(Benchmark.All);
        var isLong = new Option<bool>("--long") { Description = "Also what takes more than ten minutes: pending." };
        var command = options.AddTo(new Command("all", "Measure everything, keep the results in bench/ and say which ratios got worse. Takes about a quarter of an hour."));
        command.Options.Add(isLong);
        return command.Does(async (r, ct) =>
        {
            var chosen = options.Read(r);
            var rows = await MeasureAsync(chosen with { Long = r.GetValue(isLong) }, ct);
            await new ResultsFolder(chosen.Quick ? "artifacts/bench" : "bench").KeepAsync(rows, ct);
        });
    }

    private static async Task<IReadOnlyList<Row>> MeasureAsync(Measurement chosen, CancellationToken ct)
    {
        var rows = new List<Row>();
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
        return rows;
    }

    /// <summary>The options that both commands have.</summary>
    private sealed class MeasureOptions
    {
        private readonly IReadOnlyList<Benchmark> benchmarks;
        private readonly Option<bool> json = new("--json") { Description = "One JSON object per row." };
        private readonly Option<bool> quick = new("--quick") { Description = "Small counts, to see that everything works; the figures say nothing." };
        private readonly Option<string[]> only = new("--only") { Description = "Only these benchmarks.", AllowMultipleArgumentsPerToken = true };

        public MeasureOptions(IReadOnlyList<Benchmark> benchmarks)
        {
            this.benchmarks = benchmarks;
            only.AcceptOnlyFromAmong([.. benchmarks.SelectMany(b => b.Names)]);
        }

        public Command AddTo(Command command)
        {
            foreach (var option in (Option[])[json, quick, only])
                command.Options.Add(option);
            return command;
        }

        public Measurement Read(ParseResult result) => new(benchmarks, result.GetValue(only) ?? [], result.GetValue(json), result.GetValue(quick));
    }

    /// <param name="Only">Names; empty for all.</param>
    private sealed record Measurement(IReadOnlyList<Benchmark> Candidates, IReadOnlyList<string> Only, bool Json, bool Quick)
    {
        public bool Long { get; init; }

        public IEnumerable<Benchmark> Benchmarks => Candidates.Where(b => Only.Count == 0 ? Long || !b.IsLong : b.Names.Intersect(Only).Any());
    }
}
