using System.Text.Json;
using static OpsDb.Verify.JsonSteps;

namespace OpsDb.Verify;

/// <summary>Reads which rows are meant.</summary>
internal static class ConditionReader
{
    /// <param name="entity">Null when the line has not named it yet, which is wrong.</param>
    public static void Read(ref Utf8JsonReader reader, Entity? entity, List<Condition> conditions)
    {
        if (!Opens(ref reader))
            return;
        while (NextName(ref reader))
        {
            var field = (entity ?? throw new JsonException("entity comes first")).Field(reader.ValueSpan);
            reader.Read();
            if (reader.TokenType == JsonTokenType.StartArray)
            {
                var values = new List<long>();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                    values.Add(Code.Value(ref reader, out _));
                conditions.Add(new(field, values, 0, 0));
            }
            else if (reader.TokenType == JsonTokenType.StartObject)
                conditions.Add(ReadRange(ref reader, field));
            else
                conditions.Add(new(field, [Code.Value(ref reader, out _)], 0, 0));
        }
    }

    private static Condition ReadRange(ref Utf8JsonReader reader, int field)
    {
        var (from, before) = (long.MinValue, long.MaxValue);
        while (NextName(ref reader))
        {
            var isFrom = reader.ValueTextEquals("from"u8);
            if (!isFrom && !reader.ValueTextEquals("before"u8))
                throw new JsonException("a range has from and before");
            reader.Read();
            var value = Code.Value(ref reader, out var isText);
            if (isText)
                throw new JsonException("a range is of numbers or instants");
            (from, before) = isFrom ? (value, before) : (from, value);
        }
        return new(field, null, from, before);
    }
}
