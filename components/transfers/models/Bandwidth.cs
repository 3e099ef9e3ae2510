using System.Text.Json;

namespace OpsDb.Transfers;

/// <summary>How much a route may carry, by the hour of the day: an array of objects, of which the first counts whose hours fit.</summary>
public static class Bandwidth
{
    private const int MaxRules = 24, HoursOfDay = 24;

    private static readonly string[] Fields = ["from_hour", "to_hour", "bytes_per_second"];

    /// <summary>What a refusal says of the form.</summary>
    public const string Form = "is an array of at most 24 objects with from_hour and to_hour, whole hours of UTC from 0 to 24, and bytes_per_second above 0";

    /// <returns>Bytes/s; null for as much as it can.</returns>
    public static long? At(JsonElement? limits, DateTimeOffset now)
    {
        if (limits is not { ValueKind: JsonValueKind.Array } rules)
            return null;
        var hour = now.UtcDateTime.Hour;
        foreach (var rule in rules.EnumerateArray())
        {
            var (from, to) = (rule.GetProperty("from_hour").GetInt32(), rule.GetProperty("to_hour").GetInt32());
            // From 20 to 6 is over midnight; from an hour to itself is all day.
            if (from < to ? hour >= from && hour < to : hour >= from || hour < to)
                return rule.GetProperty("bytes_per_second").GetInt64();
        }
        return null;
    }

    internal static bool IsRight(JsonElement? limits) => limits is null
        || limits is { ValueKind: JsonValueKind.Array } rules && rules.GetArrayLength() <= MaxRules && rules.EnumerateArray().All(IsRule);

    private static bool IsRule(JsonElement rule) => rule.ValueKind == JsonValueKind.Object
        && rule.EnumerateObject().Select(f => f.Name).Order().SequenceEqual(Fields.Order())
        && IsWithin(rule, "from_hour", 0, HoursOfDay) && IsWithin(rule, "to_hour", 0, HoursOfDay) && IsWithin(rule, "bytes_per_second", 1, long.MaxValue);

    private static bool IsWithin(JsonElement rule, string field, long least, long most) =>
        rule.GetProperty(field) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt64(out var number) && number >= least && number <= most;
}
