using System.Buffers;
using System.Text;
using System.Text.Json;
using OpsDb.Kernel;

namespace OpsDb.Web;

/// <summary>
/// Rows as RFC 4180 has them, in UTF-8: a line with the names that the fields have in JSON, then a line for each row. A value is written
/// as in JSON, text without its quotation marks; null is nothing and empty text <c>""</c>; an object or an array is compact JSON.
/// A spreadsheet would execute text that begins like a formula: an apostrophe is put in front of it, and of text that begins with an
/// apostrophe, so that who takes one away always has the text itself. Numbers are left as they are.
/// </summary>
internal sealed class CsvLines() : RowFormat("text/csv", "as comma-separated values below a line of names")
{
    private static readonly SearchValues<byte> Quoted = SearchValues.Create(",\"\r\n"u8);
    private static readonly SearchValues<byte> Marked = SearchValues.Create("=+-@\t\r\n'"u8);

    public override string ContentTypeHeader => "text/csv; charset=utf-8; header=present";

    public override IRowWriter<T> Begin<T>(IBufferWriter<byte> body)
    {
        body.Write(Writer<T>.Header);
        return new Writer<T>(body);
    }

    private sealed class Writer<T> : IRowWriter<T>
    {
        private static readonly byte[][] Names = [.. Json.Published.GetTypeInfo(typeof(T)).Properties
            .Where(p => p.Get is not null).Select(p => Encoding.UTF8.GetBytes(p.Name))];

        private readonly ArrayBufferWriter<byte> row = new();
        private readonly Utf8JsonWriter json;
        private readonly IBufferWriter<byte> body;

        public Writer(IBufferWriter<byte> body)
        {
            this.body = body;
            json = new(row, new() { Encoder = Json.Published.Encoder, SkipValidation = true });
        }

        public static byte[] Header { get; } = Encoding.UTF8.GetBytes($"{string.Join(',', Names.Select(Encoding.UTF8.GetString))}\r\n");

        /// <summary>By its JSON, in which fields come in the order of the names, and some may be missing.</summary>
        public void Write(T row)
        {
            this.row.ResetWrittenCount();
            JsonSerializer.Serialize(json, row, Json.Published);
            json.Flush();
            json.Reset();
            var reader = new Utf8JsonReader(this.row.WrittenSpan, new JsonReaderOptions { MaxDepth = Json.Published.MaxDepth });
            reader.Read();
            reader.Read();
            for (var n = 0; n < Names.Length; n++)
            {
                if (n > 0)
                    body.Write(","u8);
                if (reader.TokenType != JsonTokenType.PropertyName || !reader.ValueTextEquals(Names[n]))
                    continue;
                reader.Read();
                WriteValue(ref reader);
                reader.Read();
            }
            body.Write("\r\n"u8);
        }

        public void End()
        {
        }

        public void Dispose() => json.Dispose();

        private void WriteValue(ref Utf8JsonReader reader)
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.Null:
                    break;
                case JsonTokenType.String:
                    // Without its escapes it is no longer.
                    var text = ArrayPool<byte>.Shared.Rent(reader.ValueSpan.Length);
                    WriteText(text.AsSpan(0, reader.CopyString(text)));
                    ArrayPool<byte>.Shared.Return(text);
                    break;
                case JsonTokenType.StartObject or JsonTokenType.StartArray:
                    var start = (int)reader.TokenStartIndex;
                    reader.Skip();
                    WriteQuoted(row.WrittenSpan[start..(int)reader.BytesConsumed], isMarked: false);
                    break;
                default:
                    body.Write(reader.ValueSpan);
                    break;
            }
        }

        private void WriteText(ReadOnlySpan<byte> text)
        {
            var isMarked = !text.IsEmpty && Marked.Contains(text[0]);
            if (text.IsEmpty || text.ContainsAny(Quoted))
                WriteQuoted(text, isMarked);
            else
            {
                if (isMarked)
                    body.Write("'"u8);
                body.Write(text);
            }
        }

        private void WriteQuoted(ReadOnlySpan<byte> text, bool isMarked)
        {
            body.Write(isMarked ? "\"'"u8 : "\""u8);
            for (int quote; (quote = text.IndexOf((byte)'"')) >= 0; text = text[(quote + 1)..])
            {
                body.Write(text[..quote]);
                body.Write("\"\""u8);
            }
            body.Write(text);
            body.Write("\""u8);
        }
    }
}
