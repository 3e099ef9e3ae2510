using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace OpsDb.Bench;

/// <summary>The figures of the newest runs on one machine, as they are kept in bench/results.json and shown in bench/results.md.</summary>
/// <param name="Versions">Of the programs that took part, by name.</param>
internal sealed record BenchResults(Machine Machine, IReadOnlyDictionary<string, string> Versions, IReadOnlyList<Row> Rows)
{
    private static readonly JsonSerializerOptions Indented = new(Row.Json) { WriteIndented = true };

    /// <summary>Shown beside the rows that miss what they must be.</summary>
    [JsonIgnore]
    public Notes Notes { get; init; } = Notes.None;

    /// <exception cref="BenchException">It is not such a file.</exception>
    public static BenchResults Parse(string json)
    {
        try
        {
            return JsonSerializer.Deserialize<BenchResults>(json, Row.Json) is { Machine: not null, Versions: not null, Rows: not null } results
                ? results
                : throw new JsonException("something is missing");
        }
        catch (JsonException e)
        {
            throw new BenchException($"The results that were kept cannot be read ({e.Message}); remove them or take them back from git.");
        }
    }

    /// <summary>These results, completed by rows of earlier ones that were not measured again; rows of another machine stay behind.</summary>
    public BenchResults After(BenchResults? earlier)
    {
        if (earlier is null || earlier.Machine != Machine)
            return this;
        var measured = Rows.ToDictionary(r => r.Name);
        var kept = earlier.Rows.Select(r => measured.Remove(r.Name, out var again) ? again : r).ToList();
        return this with { Rows = [.. kept, .. Rows.Where(r => measured.ContainsKey(r.Name))] };
    }

    public string ToJson() => JsonSerializer.Serialize(this, Indented) + "\n";

    public string ToMarkdown()
    {
        var text = new StringBuilder();
        Line($"# Results of `build/bench all`");
        Line($"");
        Line($"What each row means is in [docs/performance.md](../docs/performance.md). Only ratios can be compared with another run.");
        Line($"");
        Line($"Machine: {Machine.Processor}, {Machine.Cores} cores, {Machine.MemoryGib} GiB of memory, Linux {Machine.Kernel}.");
        Line($"");
        Line($"Versions: {string.Join(", ", Versions.Select(v => $"{v.Key} {v.Value}"))}.");
        Line($"");
        Line($"| row | value | unit | floor | ratio | must be | p99 ms | cpu µs | floor's | measured |");
        Line($"|---|---|---|---|---|---|---|---|---|---|");
        foreach (var row in Rows)
        {
            FormattableString figures = $"| `{row.Name}` | {row.Value} | {row.Unit} | {row.Floor} | {row.Ratio} | {row.Target}";
            Line($"{figures} | {row.P99Ms} | {row.CpuUs} | {row.FloorCpuUs} | {row.Measured:yyyy-MM-dd} |");
        }
        Line($"");
        var misses = Rows.Select(r => (r.Name, Missed: MustBe.Missed(r))).Where(r => r.Missed.Count > 0).ToList();
        if (misses.Count > 0)
        {
            Line($"Rows that miss what they must be:");
            Line($"");
            foreach (var (name, missed) in misses)
                Line($"- `{name}` ({string.Join(", ", missed)}): {Notes[name] ?? "nobody has said why yet."}");
            Line($"");
        }
        Line($"Commands: `build/bench all`, which runs, besides programs of its own:");
        Line($"");
        foreach (var command in Rows.Select(r => r.Command).OfType<string>().Distinct())
            Line($"- `{command}`");
        return text.ToString();

        void Line(FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
    }
}
