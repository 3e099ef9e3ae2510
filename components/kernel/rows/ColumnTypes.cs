using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace OpsDb.Kernel;

/// <summary>A type whose values the driver takes as they are, and whose order is their own.</summary>
internal abstract class PlainType<T>(string sql, string sentence, string schemaType, string? schemaFormat = null)
    : ColumnType(typeof(T), sql, sentence, schemaType, schemaFormat) where T : notnull
{
    public override string Text(object value) => string.Create(CultureInfo.InvariantCulture, $"{value}");

    public override int Compare(object a, object b) => Comparer<T>.Default.Compare((T)a, (T)b);

    public override Array Parameters(IReadOnlyCollection<object> values) => values.Cast<T>().ToArray();
}

internal sealed class TextType() : PlainType<string>("text", "text", "string")
{
    public override bool HasNoCommas => false;

    public override string Sorted(string column) => $"{column} collate \"C\"";

    public override string Text(object value) => (string)value;

    public override object? Parse(string text) => text.Contains('\0') ? null : text;

    public override int Compare(object a, object b) => ByCodePoint((string)a, (string)b);

    public override string? Fault(JsonElement value) => value.ValueKind == JsonValueKind.String ? null : NotA(value);

    /// <summary>By code point, as the bytes of UTF-8 sort; UTF-16 would put surrogates before U+E000.</summary>
    public static int ByCodePoint(string a, string b)
    {
        var length = Math.Min(a.Length, b.Length);
        for (var i = 0; i < length; i++)
        {
            if (a[i] == b[i])
                continue;
            var surrogates = char.IsSurrogate(a[i]).CompareTo(char.IsSurrogate(b[i]));
            return surrogates != 0 && a[i] >= '\uD800' && b[i] >= '\uD800' ? surrogates : a[i].CompareTo(b[i]);
        }
        return a.Length.CompareTo(b.Length);
    }
}

/// <summary>By its name, see <see cref="EnumText"/>; it sorts by the name as well.</summary>
internal sealed class EnumType(Type type) : ColumnType(type, "text", EnumText.Describe(type), "string")
{
    public override string Sorted(string column) => $"{column} collate \"C\"";

    // Dapper reads the names of the program, whatever their case.
    public override string Selected(string column) => $"replace({column}, '_', '') as {column}";

    public override string Text(object value) => EnumText.Of((Enum)value);

    public override object? Parse(string text) => EnumText.Find(Type, text);

    public override int Compare(object a, object b) => TextType.ByCodePoint(Text(a), Text(b));

    public override object Parameter(object value) => Text(value);

    public override Array Parameters(IReadOnlyCollection<object> values) => values.Select(Text).ToArray();

    public override string? Fault(JsonElement value) => value.ValueKind == JsonValueKind.String && Parse(value.GetString()!) is not null ? null : Not(value);

    // A list of them would be read by Dapper, which cannot.
    private protected override bool IsListed => false;
}

internal sealed class WholeType<T>(string sql, string format) : PlainType<T>(sql, "a whole number", "integer", format)
    where T : struct, IBinaryInteger<T>, IMinMaxValue<T>
{
    public override object? Parse(string text) => T.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : null;

    public override string? Fault(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Number)
            return NotA(value);
        if (WholeNumber.Read(JsonMarshal.GetRawUtf8Value(value), out var isWhole) is { } number
            && number >= long.CreateChecked(T.MinValue) && number <= long.CreateChecked(T.MaxValue))
            return null;
        return Not(value, isWhole ? string.Create(CultureInfo.InvariantCulture, $" from {T.MinValue} to {T.MaxValue}") : "");
    }
}

internal sealed class DoubleType() : PlainType<double>("double precision", "a number", "number", "double")
{
    public override string Text(object value) => ((double)value).ToString("R", CultureInfo.InvariantCulture);

    public override object? Parse(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) ? value : null;

    public override string? Fault(JsonElement value) => value.ValueKind == JsonValueKind.Number ? null : NotA(value);
}

/// <summary>A decimal number with all its digits, as many as the program's own type holds.</summary>
internal sealed class NumericType() : PlainType<decimal>("numeric", "a decimal number", "number")
{
    private const NumberStyles Form = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    public override object? Parse(string text) =>
        decimal.TryParse(text, Form, CultureInfo.InvariantCulture, out var value) && Digits(text) == Digits(Text(value)) ? value : null;

    public override string? Fault(JsonElement value) =>
        value.ValueKind != JsonValueKind.Number ? NotA(value)
        : Parse(value.GetRawText()) is null ? Not(value, " of at most 28 digits, at most 28 of them behind the point")
        : null;

    /// <summary>Those that count: when they are the same, nothing was rounded.</summary>
    private static string Digits(string number) =>
        number.Split('e', 'E')[0].Replace(".", "", StringComparison.Ordinal).TrimStart('-', '+').Trim('0');
}

internal sealed class BooleanType() : PlainType<bool>("boolean", "true or false", "boolean")
{
    public override string Text(object value) => (bool)value ? "true" : "false";

    public override object? Parse(string text) => text switch { "true" => true, "false" => false, _ => null };

    public override string? Fault(JsonElement value) => value.ValueKind is JsonValueKind.True or JsonValueKind.False ? null : NotA(value);
}

internal sealed class UuidType() : PlainType<Guid>("uuid", "a UUID", "string", "uuid")
{
    public override object? Parse(string text) => Guid.TryParseExact(text, "D", out var value) ? value : null;

    // What is stored is what was sent: in a body it has one form.
    public override string? Fault(JsonElement value) =>
        value.ValueKind == JsonValueKind.String && Parse(value.GetString()!) is Guid id && id.ToString() == value.GetString()
            ? null
            : Not(value, ", 32 lower-case hexadecimal digits like 01a1fcfb-0428-75f8-8edd-158ada4a3776");
}

internal sealed class InstantType() : PlainType<DateTimeOffset>("timestamptz", "an instant like 2026-01-31T23:59:59Z", "string", "date-time")
{
    public override string Text(object value) => Instant.Format((DateTimeOffset)value);

    public override object? Parse(string text) => Instant.TryParse(text, out var value) ? value : null;

    public override object Parameter(object value) => Instant.Round((DateTimeOffset)value);

    public override Array Parameters(IReadOnlyCollection<object> values) => values.Cast<DateTimeOffset>().Select(Instant.Round).ToArray();

    public override object FromDriver(object value) => value is DateTime utc ? new DateTimeOffset(DateTime.SpecifyKind(utc, DateTimeKind.Utc)) : value;

    public override string? Fault(JsonElement value) =>
        value.ValueKind == JsonValueKind.String ? Instant.Fault(value.GetString()!) : $"{Instant.Form}, not {JsonForm.Kind(value)}";
}

/// <summary>A day of the calendar, without a time or a zone.</summary>
internal sealed class DateType() : PlainType<DateOnly>("date", "a date like 2026-01-31", "string", "date")
{
    private const string Form = "yyyy-MM-dd";

    public override string Text(object value) => ((DateOnly)value).ToString(Form, CultureInfo.InvariantCulture);

    public override object? Parse(string text) =>
        DateOnly.TryParseExact(text, Form, CultureInfo.InvariantCulture, DateTimeStyles.None, out var value) ? value : null;

    public override object FromDriver(object value) => value is DateTime day ? DateOnly.FromDateTime(day) : value;

    public override string? Fault(JsonElement value) => value.ValueKind == JsonValueKind.String && Parse(value.GetString()!) is not null ? null : Not(value);
}

/// <summary>Any JSON, compared as jsonb compares it: the order of members and the way in which a number is written do not count.</summary>
internal sealed class JsonbType() : PlainType<JsonElement>("jsonb", "JSON", "object")
{
    public override bool IsOrdered => false;

    public override string? Text(JsonElement value) => value.ValueKind == JsonValueKind.Null ? null : value.GetRawText();

    public override string Text(object value) => ((JsonElement)value).GetRawText();

    public override object? Parse(string text)
    {
        try
        {
            return JsonElement.Parse(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public override int Compare(object a, object b) => throw new NotSupportedException("JSON has no order here.");

    public override object FromDriver(object value) => value is string text ? JsonElement.Parse(text) : value;

    public override string? Fault(JsonElement value) => null;

    private protected override bool IsListed => false;
}

/// <summary>Some bytes, such as a checksum, written as lower-case hexadecimal digits.</summary>
internal sealed class BytesType() : PlainType<byte[]>("bytea", "bytes as lower-case hexadecimal digits", "string")
{
    public override string FromText(string text) => $"decode({text}, 'hex')";

    public override string InJson(string column) => $"encode({column}, 'hex') as {column}";

    public override string Text(object value) => Convert.ToHexStringLower((byte[])value);

    public override object? Parse(string text)
    {
        if (text.Length % 2 != 0 || text.AsSpan().ContainsAnyExcept("0123456789abcdef"))
            return null;
        return Convert.FromHexString(text);
    }

    public override int Compare(object a, object b) => ((byte[])a).AsSpan().SequenceCompareTo((byte[])b);

    public override string? Fault(JsonElement value) => value.ValueKind == JsonValueKind.String && Parse(value.GetString()!) is not null ? null : Not(value);

    private protected override bool IsListed => false;
}

/// <summary>A secret in the form in which it is kept. What a refusal says of it does not repeat it.</summary>
internal sealed class SealedType() : ColumnType(typeof(Sealed), "text", "a sealed secret", "string")
{
    public override bool IsOrdered => false;

    public override string Text(object value) => ((Sealed)value).Text;

    public override object? Parse(string text) => Sealed.Find(text);

    public override int Compare(object a, object b) => throw new NotSupportedException("Secrets have no order.");

    public override object Parameter(object value) => Text(value);

    public override Array Parameters(IReadOnlyCollection<object> values) => values.Select(Text).ToArray();

    public override object FromDriver(object value) =>
        value as Sealed ?? Sealed.Find((string)value) ?? throw new InvalidOperationException("A column of secrets has something that is not sealed.");

    public override string? Fault(JsonElement value) => value.ValueKind == JsonValueKind.String && Parse(value.GetString()!) is not null ? null : NotA(value);

    private protected override bool IsListed => false;
}

/// <summary>A list of values, none of them null.</summary>
internal sealed class ArrayType<T>(ColumnType element) : ColumnType(typeof(T[]), $"{element.Sql}[]", $"a list, each {element.Sentence}", "array")
    where T : notnull
{
    public override bool IsOrdered => false;

    public override ColumnType Element => element;

    public override string FromText(string text) =>
        $"case when {text} is not null "
        + $"then array(select {element.FromText("e")} from json_array_elements_text({text}::json) with ordinality as l(e, n) order by n) end";

    public override string Text(object value) => Json.ToElement((T[])value).GetRawText();

    public override object? Parse(string text) => null;

    public override int Compare(object a, object b) => throw new NotSupportedException("Lists have no order here.");

    public override object Parameter(object value) => element.Parameters([.. ((T[])value).Cast<object>()]);

    public override Array Parameters(IReadOnlyCollection<object> values) => throw new NotSupportedException("There are no lists of lists.");

    public override object FromDriver(object value) => value as T[] ?? ((Array)value).Cast<object>().Select(v => (T)element.FromDriver(v)).ToArray();

    public override string? Fault(JsonElement value) => value.ValueKind == JsonValueKind.Array ? null : $"is a list, not {JsonForm.Kind(value)}";

    private protected override bool IsListed => false;
}
