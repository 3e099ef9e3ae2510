using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace OpsDb.Kernel;

/// <summary>
/// A body of lines (NDJSON) as the JSON that it stands for: the first line is an object with everything but one list, each line after it
/// is an item of that list. Empty lines are passed over.
/// </summary>
public static class IncomingLines
{
    private static readonly JsonReaderOptions AnyDepth = new() { MaxDepth = int.MaxValue };

    /// <param name="list">The member that the lines are items of.</param>
    /// <returns>JSON whose form <see cref="IncomingJson"/> checks; nothing when there are no lines.</returns>
    /// <exception cref="RefusalException">malformed-body: it is not UTF-8, or a line is not one JSON value.</exception>
    public static ReadOnlyMemory<byte> ToJson(ReadOnlyMemory<byte> utf8, string list)
    {
        var rest = IncomingJson.Text(utf8).Span;
        // A comma takes the place of each line's end.
        var json = new ArrayBufferWriter<byte>(rest.Length + list.Length + 16);
        var isFirst = true;
        for (var number = 1; !rest.IsEmpty; number++)
        {
            var end = rest.IndexOf((byte)'\n');
            var line = (end < 0 ? rest : rest[..end]).TrimEnd(" \t\r"u8);
            rest = end < 0 ? [] : rest[(end + 1)..];
            if (line.IsEmpty)
                continue;
            var isEmptyObject = RequireOneValue(line, number, isFirst);
            if (isFirst)
            {
                json.Write(line[..^1]);
                json.Write(Encoding.UTF8.GetBytes($"{(isEmptyObject ? "" : ",")}\"{list}\":["));
            }
            else
            {
                if (json.WrittenSpan[^1] != (byte)'[')
                    json.Write(","u8);
                json.Write(line);
            }
            isFirst = false;
        }
        if (!isFirst)
            json.Write("]}"u8);
        return json.WrittenMemory;
    }

    /// <summary>A body of text as an object with one member, which is the text.</summary>
    /// <exception cref="RefusalException">malformed-body: it is not UTF-8.</exception>
    public static ReadOnlyMemory<byte> TextToJson(ReadOnlyMemory<byte> utf8, string member) =>
        JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string> { [member] = Encoding.UTF8.GetString(IncomingJson.Text(utf8).Span) });

    /// <summary>Two lines that are nothing alone could be something together.</summary>
    /// <returns>Whether it is an object without members.</returns>
    private static bool RequireOneValue(ReadOnlySpan<byte> line, int number, bool isFirst)
    {
        try
        {
            var reader = new Utf8JsonReader(line, AnyDepth);
            reader.Read();
            if (isFirst && reader.TokenType != JsonTokenType.StartObject)
                throw IncomingJson.Wrong("", "begins with a line that is no object");
            var isObject = reader.TokenType == JsonTokenType.StartObject;
            reader.Read();
            var isEmptyObject = isObject && reader.TokenType == JsonTokenType.EndObject;
            while (reader.Read())
            {
            }
            return isEmptyObject;
        }
        catch (JsonException e)
        {
            var where = string.Create(CultureInfo.InvariantCulture, $"line {number}, byte {e.BytePositionInLine + 1}");
            throw IncomingJson.Wrong("", $"is not one JSON value on each line ({where})");
        }
    }
}
