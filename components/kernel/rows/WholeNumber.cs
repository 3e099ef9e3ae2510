using System.Buffers.Text;
using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace OpsDb.Kernel;

/// <summary>Whole numbers in JSON: 12, 12.0 and 1.2e1 are the same number, as JSON Schema has it. 12.5 is none, and nothing is ever rounded.</summary>
internal static class WholeNumber
{
    // More than any type of a column holds.
    private const int MaxDigits = 20;

    /// <param name="number">The text of a JSON number.</param>
    /// <param name="isWhole">Whether it is whole; it may still be beyond the range.</param>
    /// <returns>Null when it is not whole, or beyond 64 bits.</returns>
    public static long? Read(ReadOnlySpan<byte> number, out bool isWhole)
    {
        isWhole = true;
        if (Utf8Parser.TryParse(number, out long plain, out var length) && length == number.Length)
            return plain;
        var text = Encoding.ASCII.GetString(number);
        var mark = text.IndexOfAny(['e', 'E']);
        var mantissa = mark < 0 ? text : text[..mark];
        var point = mantissa.IndexOf('.', StringComparison.Ordinal);
        var digits = mantissa.Replace(".", "", StringComparison.Ordinal).TrimStart('-').TrimStart('0');
        if (digits.Length == 0)
            return 0;
        var fraction = point < 0 ? 0 : mantissa.Length - point - 1;
        // An exponent beyond 32 bits is beyond any range, or makes a fraction of any number.
        if (mark >= 0 && !int.TryParse(text[(mark + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var exponent))
            exponent = text[mark + 1] == '-' ? int.MinValue / 2 : int.MaxValue / 2;
        else
            exponent = mark < 0 ? 0 : int.Parse(text[(mark + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        var zeros = (long)exponent - fraction;
        var trimmed = digits.TrimEnd('0');
        zeros += digits.Length - trimmed.Length;
        isWhole = zeros >= 0;
        if (!isWhole || zeros + trimmed.Length > MaxDigits)
            return null;
        var shortest = $"{(text[0] == '-' ? "-" : "")}{trimmed}{new string('0', (int)zeros)}";
        return long.TryParse(shortest, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : null;
    }

    /// <summary>Whole numbers by <see cref="Read"/>, in the range of the type.</summary>
    internal sealed class Converter<T> : JsonConverter<T> where T : struct, IBinaryInteger<T>, IMinMaxValue<T>
    {
        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.Number && WholeNumber.Read(reader.ValueSpan, out _) is { } value
                && value >= long.CreateSaturating(T.MinValue) && value <= long.CreateSaturating(T.MaxValue)
                ? T.CreateChecked(value)
                : throw new UnacceptableValueException("is not a whole number");

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteNumberValue(long.CreateChecked(value));
    }
}
