using System.CommandLine;

namespace OpsDb.Bench;

/// <summary>The options of every command that measures.</summary>
internal sealed class MeasureOptions
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

/// <summary>What is to be measured, and how it is told.</summary>
/// <param name="Only">Names; empty for all.</param>
internal sealed record Measurement(IReadOnlyList<Benchmark> Candidates, IReadOnlyList<string> Only, bool Json, bool Quick)
{
    /// <summary>Whether those run, too, that run only when they are asked for.</summary>
    public bool Long { get; init; }

    public IEnumerable<Benchmark> Benchmarks => Candidates.Where(b => Only.Count == 0 ? Long || !b.IsLong : b.Names.Intersect(Only).Any());
}
