using System.CommandLine;

namespace OpsDb.Bench;

/// <summary>The options of every command that measures.</summary>
internal sealed class MeasureOptions
{
    private readonly IReadOnlyList<Benchmark> benchmarks;
    private readonly Option<bool> json = new("--json") { Description = "One JSON object per row." };
    private readonly Option<bool> quick = new("--quick") { Description = "Small counts, to see that everything works; the figures say nothing." };
    private readonly Option<bool> isLong;
    private readonly Option<string[]> only = new("--only") { Description = "Only these benchmarks.", AllowMultipleArgumentsPerToken = true };

    public MeasureOptions(IReadOnlyList<Benchmark> benchmarks)
    {
        this.benchmarks = benchmarks;
        only.AcceptOnlyFromAmong([.. benchmarks.SelectMany(b => b.Names)]);
        var names = benchmarks.Where(b => b.IsLong).SelectMany(b => b.Names);
        isLong = new("--long") { Description = $"Also what takes more than ten minutes: {string.Join(", ", names)}." };
    }

    public Command AddTo(Command command)
    {
        foreach (var option in (Option[])[json, quick, only])
            command.Options.Add(option);
        if (benchmarks.Any(b => b.IsLong))
            command.Options.Add(isLong);
        return command;
    }

    public Measurement Read(ParseResult result) => new(benchmarks, result.GetValue(only) ?? [], result.GetValue(json), result.GetValue(quick))
    {
        Long = result.GetValue(isLong),
    };
}

/// <summary>What is to be measured, and how it is told.</summary>
/// <param name="Only">Names; empty for all.</param>
internal sealed record Measurement(IReadOnlyList<Benchmark> Candidates, IReadOnlyList<string> Only, bool Json, bool Quick)
{
    /// <summary>Whether those run, too, that run only when they are asked for.</summary>
    public bool Long { get; init; }

    public IEnumerable<Benchmark> Benchmarks => Candidates.Where(b => Only.Count == 0 ? Long || !b.IsLong : b.Names.Intersect(Only).Any());
}
