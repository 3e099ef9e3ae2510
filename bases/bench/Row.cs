using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace OpsDb.Bench;

/// <summary>One figure.</summary>
/// <param name="Floor">What the same machine does at the same time with the least that could do the job.</param>
/// <param name="Target">What the ratio (or the value) must be.</param>
/// <param name="P99Ms">The time within which 99 of 100 requests are answered.</param>
/// <param name="CpuUs">
/// Processor time for one request, which a busy machine disturbs less than the rate: that of the serving process and its Redis, of the flooded
/// process alone in the rows of floods.
/// </param>
/// <param name="FloorCpuUs">The same of the floor.</param>
internal sealed record Row(
    string Name, double Value, string Unit, double Floor, string Target, double? P99Ms = null, double? CpuUs = null, double? FloorCpuUs = null)
{
    public static JsonSerializerOptions Json { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The command that made the floor, where that is a program of others.</summary>
    public string? Command { get; init; }

    /// <summary>The day on which it was measured.</summary>
    public DateOnly? Measured { get; init; }

    /// <summary>Value over floor: of all figures the one that can be compared with another run's.</summary>
    public double Ratio => Math.Round(Value / Floor, 3);

    /// <summary>Rates are better when they are higher; times and memory when they are lower.</summary>
    [JsonIgnore]
    public bool HigherIsBetter => Unit.EndsWith("/s", StringComparison.Ordinal);

    /// <summary>With as many digits as say something.</summary>
    public Row Rounded() =>
        this with { Value = Round(Value), Floor = Round(Floor), P99Ms = Round(P99Ms), CpuUs = Round(CpuUs), FloorCpuUs = Round(FloorCpuUs) };

    public string ToJson() => JsonSerializer.Serialize(this, Json);

    public static string Header => $"{"name",-28}{"value",12} {"unit",-6}{"floor",12}{"ratio",9}{"p99 ms",9}{"cpu µs",9}{"floor",9}  target";

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Name,-28}{Value,12} {Unit,-6}{Floor,12}{Ratio,9:0.000}{P99Ms,9}{CpuUs,9}{FloorCpuUs,9}  {Target}");

    private static double? Round(double? value) => value is { } number ? Round(number) : null;

    private static double Round(double value) => Math.Round(value, value >= 100 ? 0 : value >= 10 ? 1 : 3);
}
