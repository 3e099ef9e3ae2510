using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace OpsDb.Kernel;

/// <summary>
/// The one JSON dialect of OpsDb: bodies, answers, rows in the log and parameters to PostgreSQL. snake_case names,
/// enumerations as snake_case text, instants in UTC with at most microseconds (PostgreSQL's precision, so that what a
/// site shows before a write is applied is what the main database will hold). Unknown and repeated members are errors.
/// </summary>
public static class Json
{
    public static JsonSerializerOptions Options { get; } = Configure(new JsonSerializerOptions());

    /// <summary>The same for what comes from outside: it also refuses what PostgreSQL could not store. What was stored once is always read.</summary>
    public static JsonSerializerOptions Incoming { get; } = new(Options) { Converters = { new TextConverter(), new NumberConverter() } };

    /// <summary>The same for what was written by OpsDb: no member can be repeated, and nobody needs to look for that.</summary>
    private static readonly JsonSerializerOptions Own = new(Options) { AllowDuplicateProperties = true };

    public static JsonSerializerOptions Configure(JsonSerializerOptions options)
    {
        options.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
        options.DictionaryKeyPolicy = null;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        options.AllowDuplicateProperties = false;
        options.RespectNullableAnnotations = true;
        options.RespectRequiredConstructorParameters = true;
        options.PropertyNameCaseInsensitive = false;
        options.MaxDepth = 32;
        options.Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        options.TypeInfoResolver ??= new DefaultJsonTypeInfoResolver();
        options.Converters.Add(new EnumConverterFactory());
        options.Converters.Add(new InstantConverter());
        return options;
    }

    public static string SnakeCase(string name) => JsonNamingPolicy.SnakeCaseLower.ConvertName(name);

    /// <summary>Reads what OpsDb wrote.</summary>
    public static T ReadOwn<T>(ReadOnlySpan<byte> json) => JsonSerializer.Deserialize<T>(json, Own)!;

    public static JsonElement ToElement<T>(T value) => JsonSerializer.SerializeToElement(value, Own);

    /// <summary>PostgreSQL cannot store U+0000; a text that has one would be refused there long after a site has accepted it.</summary>
    private sealed class TextConverter : JsonConverter<string>
    {
        public override string Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            var text = reader.TokenType == JsonTokenType.String ? reader.GetString()! : throw new JsonException();
            return text.Contains('\0') ? throw new UnacceptableValueException("text must not contain the character U+0000") : text;
        }

        public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);
    }

    /// <summary>A number beyond the range of IEEE 754 double precision is an error, not infinity.</summary>
    private sealed class NumberConverter : JsonConverter<double>
    {
        public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.Number && reader.GetDouble() is var value && double.IsFinite(value)
                ? value
                : throw new JsonException();

        public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options) => writer.WriteNumberValue(value);
    }

    private sealed class InstantConverter : JsonConverter<DateTimeOffset>
    {
        public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.String && Instant.TryParse(reader.GetString(), out var value)
                ? value
                : throw new UnacceptableValueException("an instant is written as 2026-01-31T23:59:59.123456Z, with Z or an offset");

        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options)
        {
            Span<char> text = stackalloc char[Instant.LongestText];
            writer.WriteStringValue(text[..Instant.Format(value, text)]);
        }
    }
}

/// <summary>Instants as OpsDb keeps them: UTC, whole microseconds, RFC 3339 text.</summary>
public static class Instant
{
    /// <summary>Characters of 2026-01-31T23:59:59.123456Z.</summary>
    public const int LongestText = 27;

    private const long TicksPerMicrosecond = TimeSpan.TicksPerMillisecond / 1000;

    /// <summary>Rounds down to whole microseconds and converts to UTC.</summary>
    public static DateTimeOffset Round(DateTimeOffset value) => new(value.UtcTicks - value.UtcTicks % TicksPerMicrosecond, TimeSpan.Zero);

    /// <summary>Reads RFC 3339 text; an offset or Z is mandatory, because a local time without one is a guess.</summary>
    public static bool TryParse(string? text, out DateTimeOffset value)
    {
        value = default;
        if (text is null || text.Length < 20 || text[10] is not ('T' or 't'))
            return false;
        var hasOffset = text[^1] is 'Z' or 'z' || text.AsSpan(19).IndexOfAny('+', '-') >= 0;
        if (!hasOffset || !DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal, out value))
            return false;
        value = Round(value);
        return true;
    }

    public static string Format(DateTimeOffset value)
    {
        Span<char> text = stackalloc char[LongestText];
        return new(text[..Format(value, text)]);
    }

    /// <summary>Writes the text where there is room for <see cref="LongestText"/>.</summary>
    /// <returns>How long it is.</returns>
    public static int Format(DateTimeOffset value, Span<char> text)
    {
        var utc = value.UtcDateTime;
        utc.TryFormat(text, out var length, "s", CultureInfo.InvariantCulture);
        if (utc.Ticks % TimeSpan.TicksPerSecond / TicksPerMicrosecond is > 0 and var microseconds)
        {
            text[length++] = '.';
            microseconds.TryFormat(text[length..], out var digits, "D6", CultureInfo.InvariantCulture);
            length += digits;
        }
        text[length] = 'Z';
        return length + 1;
    }
}
