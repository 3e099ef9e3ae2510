using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace OpsDb.Kernel;

/// <summary>
/// The one JSON dialect of OpsDb: bodies, answers, rows in the log and parameters to PostgreSQL. <see cref="Options"/> is its stored form. snake_case names,
/// enumerations as snake_case text, instants in UTC with at most microseconds (PostgreSQL's precision, so that what a
/// site shows before a write is applied is what the main database will hold). Unknown and repeated members are errors.
/// </summary>
public static class Json
{
    public static JsonSerializerOptions Options { get; } = Configure(new JsonSerializerOptions());

    /// <summary>The same for what leaves OpsDb: rows without the columns that are private.</summary>
    public static JsonSerializerOptions Published { get; } = Publish(new JsonSerializerOptions());

    /// <summary>The same for what comes from outside and has been checked; see <see cref="IncomingJson"/>. What was stored once is always read.</summary>
    internal static JsonSerializerOptions Incoming { get; } =
        new(Options) { Converters = { new WholeNumber.Converter<int>(), new WholeNumber.Converter<long>() } };

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
        // What came in lies deeper where it is stored and shown: in a row of a step, in a version on a page.
        options.MaxDepth = 2 * IncomingJson.MaxDepth;
        options.Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        options.TypeInfoResolver ??= new DefaultJsonTypeInfoResolver();
        options.Converters.Add(new EnumConverterFactory());
        options.Converters.Add(new InstantConverter());
        options.Converters.Add(new BytesConverter());
        options.Converters.Add(new SealedConverter());
        return options;
    }

    /// <summary>The dialect of answers and of the API document.</summary>
    public static JsonSerializerOptions Publish(JsonSerializerOptions options)
    {
        Configure(options);
        options.TypeInfoResolver = options.TypeInfoResolver!.WithAddedModifier(LeaveOutPrivate);
        return options;
    }

    public static string SnakeCase(string name) => JsonNamingPolicy.SnakeCaseLower.ConvertName(name);

    /// <summary>Reads what OpsDb wrote.</summary>
    public static T ReadOwn<T>(ReadOnlySpan<byte> json) => JsonSerializer.Deserialize<T>(json, Own)!;

    public static JsonElement ToElement<T>(T value) => JsonSerializer.SerializeToElement(value, Own);

    private static void LeaveOutPrivate(JsonTypeInfo info)
    {
        if (info.Kind != JsonTypeInfoKind.Object)
            return;
        foreach (var property in info.Properties.Where(PrivateAttribute.IsOn).ToList())
            info.Properties.Remove(property);
    }

    private sealed class InstantConverter : JsonConverter<DateTimeOffset>
    {
        public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.String && Instant.TryParse(reader.GetString(), out var value)
                ? value
                : throw new UnacceptableValueException(Instant.Form);

        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options)
        {
            Span<char> text = stackalloc char[Instant.MaxText];
            writer.WriteStringValue(text[..Instant.Format(value, text)]);
        }
    }

    /// <summary>Bytes as the column type writes them.</summary>
    private sealed class BytesConverter : JsonConverter<byte[]>
    {
        public override byte[] Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.String && ColumnType.Of(typeof(byte[])).Parse(reader.GetString()!) is byte[] value
                ? value
                : throw new UnacceptableValueException($"is {ColumnType.Of(typeof(byte[])).Sentence}");

        public override void Write(Utf8JsonWriter writer, byte[] value, JsonSerializerOptions options) =>
            writer.WriteStringValue(Convert.ToHexStringLower(value));
    }

    private sealed class SealedConverter : JsonConverter<Sealed>
    {
        public override Sealed Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.String && Sealed.Find(reader.GetString()!) is { } value
                ? value
                : throw new UnacceptableValueException($"is {ColumnType.Of(typeof(Sealed)).Sentence}");

        public override void Write(Utf8JsonWriter writer, Sealed value, JsonSerializerOptions options) => writer.WriteStringValue(value.Text);
    }
}
