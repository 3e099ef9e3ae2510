using System.Globalization;
using System.Text.RegularExpressions;

namespace OpsDb.Bench;

/// <summary>
/// What a row must be, as its target says it: conditions like <c>ratio >= 0.30</c>, <c>p99 &lt;= 10 ms</c> or
/// <c>cpu &lt;= 2.7 x floor's</c> with commas between, or <c>none</c>.
/// </summary>
internal static partial class MustBe
{
    /// <summary>The figures of the row that are not what they must be, in words; of one that was not measured nothing is said.</summary>
    /// <exception cref="BenchException">The target cannot be read.</exception>
    public static IReadOnlyList<string> Missed(Row row) =>
        row.Target == "none" ? [] : [.. row.Target.Split(", ").Select(c => Missed(row, c)).OfType<string>()];

    private static string? Missed(Row row, string condition)
    {
        var parts = Condition().Match(condition);
        if (!parts.Success)
            throw new BenchException($"{row.Name}: '{condition}' is no condition.");
        var (name, bound) = (parts.Groups["figure"].Value, double.Parse(parts.Groups["bound"].Value, CultureInfo.InvariantCulture));
        var (figure, unit) = name switch
        {
            "ratio" => (row.Ratio, ""),
            "value" => (row.Value, $" {row.Unit}"),
            "p99" => (row.P99Ms, " ms"),
            _ when parts.Groups["floors"].Success => (row.CpuUs / row.FloorCpuUs, " x floor's"),
            _ => (row.CpuUs, " µs"),
        };
        var isMet = figure is not { } measured || (parts.Groups["sign"].Value == "<=" ? measured <= bound : measured >= bound);
        return isMet ? null : string.Create(CultureInfo.InvariantCulture, $"{name} {figure:0.###}{unit}");
    }

    [GeneratedRegex("^(?<figure>ratio|value|p99|cpu) (?<sign><=|>=) (?<bound>[0-9.]+)( (?<floors>x floor's)| ms| s| MiB| µs)?$", RegexOptions.ExplicitCapture)]
    private static partial Regex Condition();
}
