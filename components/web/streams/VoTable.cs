using System.Buffers;
using System.Text;
using System.Text.Json.Serialization.Metadata;
using OpsDb.Kernel;

namespace OpsDb.Web;

/// <summary>
/// Rows as IVOA VOTable 1.4 has them (https://www.ivoa.net/documents/VOTable/20191021/), as TABLEDATA in UTF-8: a FIELD for each field, with
/// its <see cref="VoFieldAttribute"/> where it has one, then a TR for each row. A value is written as in JSON, text without its quotation
/// marks; null is an empty TD, and so is empty text; an object or an array is compact JSON. What XML 1.0 cannot have in it is U+FFFD.
/// </summary>
internal sealed class VoTable() : RowFormat("application/x-votable+xml", "as a VOTable 1.4")
{
    private static readonly SearchValues<byte> Escaped = SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(b => (byte)b)
        .Except("\t\n"u8.ToArray()), .. "&<>"u8, 0xEF]);

    public override string ContentTypeHeader => "application/x-votable+xml; charset=utf-8; serialization=tabledata";

    public override IRowWriter<T> Begin<T>(IBufferWriter<byte> body)
    {
        body.Write(Writer<T>.Header);
        return new Writer<T>(body);
    }

    private static string Field(JsonPropertyInfo field)
    {
        var known = field.AttributeProvider?.GetCustomAttributes(typeof(VoFieldAttribute), true).OfType<VoFieldAttribute>().SingleOrDefault();
        var unit = known?.Unit is { } given ? $" unit=\"{given}\"" : "";
        var meaning = known is null ? "" : $"{unit} ucd=\"{known.Ucd}\" utype=\"{known.Utype}\"";
        return $"<FIELD name=\"{field.Name}\" {DataType(Nullable.GetUnderlyingType(field.PropertyType) ?? field.PropertyType)}{meaning}/>";
    }

    /// <summary>What is ASCII always is <c>char</c>; a number with more digits than a double has is text.</summary>
    private static string DataType(Type type) => type switch
    {
        _ when type == typeof(int) => "datatype=\"int\"",
        _ when type == typeof(long) => "datatype=\"long\"",
        _ when type == typeof(double) => "datatype=\"double\"",
        _ when type == typeof(bool) => "datatype=\"boolean\"",
        _ when type == typeof(DateTimeOffset) => "datatype=\"char\" arraysize=\"*\" xtype=\"timestamp\"",
        _ when type == typeof(Guid) || type == typeof(decimal) || type == typeof(byte[]) || type.IsEnum => "datatype=\"char\" arraysize=\"*\"",
        _ => "datatype=\"unicodeChar\" arraysize=\"*\"",
    };

    private sealed class Writer<T>(IBufferWriter<byte> body) : FieldWriter<T>(body)
    {
        // The namespace has stayed that of 1.3.
        public static byte[] Header { get; } = Encoding.UTF8.GetBytes(
            $"""
            <?xml version="1.0" encoding="UTF-8"?>
            <VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3">
            <RESOURCE type="results">
            <INFO name="QUERY_STATUS" value="OK"/>
            <TABLE name="{Json.SnakeCase(typeof(T).Name)}">
            {string.Join('\n', Fields.Select(Field))}
            <DATA><TABLEDATA>

            """);

        public override void End() => Body.Write("</TABLEDATA></DATA>\n</TABLE>\n</RESOURCE>\n</VOTABLE>\n"u8);

        protected override void BeginRow() => Body.Write("<TR>"u8);

        protected override void BeginField(int n) => Body.Write("<TD>"u8);

        protected override void WriteText(ReadOnlySpan<byte> text)
        {
            for (int at; (at = text.IndexOfAny(Escaped)) >= 0;)
            {
                Body.Write(text[..at]);
                text = text[at..];
                // U+FFFE and U+FFFF, which XML does not have, among all that begins with the same byte.
                var length = text[0] != 0xEF ? 1 : 3;
                Body.Write(text[0] switch
                {
                    (byte)'&' => "&amp;"u8,
                    (byte)'<' => "&lt;"u8,
                    (byte)'>' => "&gt;"u8,
                    (byte)'\r' => "&#13;"u8,
                    0xEF when !(text[1] == 0xBF && text[2] >= 0xBE) => text[..3],
                    _ => "\uFFFD"u8,
                });
                text = text[length..];
            }
            Body.Write(text);
        }

        protected override void WriteJson(ReadOnlySpan<byte> json) => WriteText(json);

        protected override void EndField() => Body.Write("</TD>"u8);

        protected override void EndRow() => Body.Write("</TR>\n"u8);
    }
}
