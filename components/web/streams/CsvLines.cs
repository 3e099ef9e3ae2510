using System.Buffers;
using System.Text;

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

    private sealed class Writer<T>(IBufferWriter<byte> body) : FieldWriter<T>(body)
    {
        public static byte[] Header { get; } = Encoding.UTF8.GetBytes($"{string.Join(',', Fields.Select(f => f.Name))}\r\n");

        public override void End()
        {
        }

        protected override void BeginRow()
        {
        }

        protected override void BeginField(int n)
        {
            if (n > 0)
                Body.Write(","u8);
        }

        protected override void WriteText(ReadOnlySpan<byte> text)
        {
            var isMarked = !text.IsEmpty && Marked.Contains(text[0]);
            if (text.IsEmpty || text.ContainsAny(Quoted))
                WriteQuoted(text, isMarked);
            else
            {
                if (isMarked)
                    Body.Write("'"u8);
                Body.Write(text);
            }
        }

        protected override void WriteJson(ReadOnlySpan<byte> json) => WriteQuoted(json, isMarked: false);

        protected override void EndField()
        {
        }

        protected override void EndRow() => Body.Write("\r\n"u8);

        private void WriteQuoted(ReadOnlySpan<byte> text, bool isMarked)
        {
            Body.Write(isMarked ? "\"'"u8 : "\""u8);
            for (int quote; (quote = text.IndexOf((byte)'"')) >= 0; text = text[(quote + 1)..])
            {
                Body.Write(text[..quote]);
                Body.Write("\"\""u8);
            }
            Body.Write(text);
            Body.Write("\""u8);
        }
    }
}
