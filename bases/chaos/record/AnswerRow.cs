using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace OpsDb.Chaos;

/// <summary>One row as an answer shows it.</summary>
/// <param name="Id">As JSON.</param>
/// <param name="State">Where its newest change is, as <c>sync</c> says.</param>
/// <param name="Position">In the site's log; null when it is not pending there, or the write was a direct one.</param>
/// <param name="Json">The whole row; empty when the answer has not told it.</param>
internal readonly record struct AnswerRow(string Id, int Version, string? Transaction, string? State, long? Position, string Status, ReadOnlyMemory<byte> Json)
{
    /// <summary>A row of which the answer tells the id alone.</summary>
    public static AnswerRow OfId(Guid id) => new(Fields.Text(id.ToString()), 0, null, null, null, "", default);

    /// <summary>The row that the answer is.</summary>
    public static AnswerRow Read(ReadOnlyMemory<byte> body)
    {
        var reader = new Utf8JsonReader(body.Span);
        reader.Read();
        return Read(ref reader, body);
    }

    /// <summary>The rows of a page, and the cursor of the next.</summary>
    public static (List<AnswerRow> Rows, string? Next, long? Total) ReadPage(ReadOnlyMemory<byte> body)
    {
        var rows = new List<AnswerRow>();
        string? next = null;
        long? total = null;
        var reader = new Utf8JsonReader(body.Span);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("items"u8))
            {
                reader.Read();
                while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
                    rows.Add(Read(ref reader, body));
            }
            else if (reader.ValueTextEquals("next"u8))
            {
                reader.Read();
                next = reader.GetString();
            }
            else if (reader.ValueTextEquals("total"u8))
            {
                reader.Read();
                total = reader.TokenType == JsonTokenType.Number ? reader.GetInt64() : null;
            }
            else
            {
                reader.Skip();
            }
        }
        return (rows, next, total);
    }

    /// <summary>The row as its entity tag tells of it: version, transaction, state and position; null when it does not.</summary>
    public static AnswerRow? OfTag(string id, string tag) =>
        tag.Trim('"').Split('.') is [var version, var transaction, var state, ..] parts && Guid.TryParseExact(transaction, "n", out var made)
            ? new(id, int.Parse(version, CultureInfo.InvariantCulture), made.ToString(), state, PositionOf(parts), "", default)
            : null;

    private static long? PositionOf(string[] tag) => tag.Length > 3 ? long.Parse(tag[3], CultureInfo.InvariantCulture) : null;

    private static AnswerRow Read(ref Utf8JsonReader reader, ReadOnlyMemory<byte> body)
    {
        var start = (int)reader.TokenStartIndex;
        var (id, version, status) = ("", 0, "");
        string? transaction = null, state = null;
        long? position = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("id"u8))
            {
                reader.Read();
                id = reader.TokenType == JsonTokenType.String ? $"\"{reader.GetString()}\"" : Encoding.UTF8.GetString(reader.ValueSpan);
            }
            else if (reader.ValueTextEquals("version"u8))
            {
                reader.Read();
                version = reader.GetInt32();
            }
            else if (reader.ValueTextEquals("status"u8))
            {
                reader.Read();
                status = reader.GetString() ?? "";
            }
            else if (reader.ValueTextEquals("sync"u8))
            {
                reader.Read();
                (transaction, state, position) = ReadSync(ref reader);
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }
        return new(id, version, transaction, state, position, status, body[start..(int)reader.BytesConsumed]);
    }

    private static (string?, string?, long?) ReadSync(ref Utf8JsonReader reader)
    {
        string? transaction = null, state = null;
        long? position = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isState = reader.ValueTextEquals("state"u8);
            var isTransaction = reader.ValueTextEquals("transaction"u8);
            var isPosition = reader.ValueTextEquals("position"u8);
            reader.Read();
            if (isTransaction)
                transaction = reader.GetString();
            else if (isState)
                state = reader.GetString();
            else if (isPosition && Utf8Parser.TryParse(reader.ValueSpan, out long value, out _))
                position = value;
        }
        return (transaction, state, position);
    }
}
