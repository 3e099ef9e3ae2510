using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace OpsDb.Kernel;

/// <summary>
/// The texts of an enumeration's values: their names in snake_case, exactly. Another case, a blank, a number or several
/// names with commas are no value: whoever sends one has not said which value is meant.
/// </summary>
public static class EnumText
{
    private static readonly ConcurrentDictionary<Type, Names> Known = new();

    /// <summary>In the order of the values.</summary>
    public static IReadOnlyList<string> All(Type type) => Of(type).Texts;

    /// <inheritdoc cref="All(Type)"/>
    public static IReadOnlyList<string> All<T>() where T : struct, Enum => Of(typeof(T)).Texts;

    /// <exception cref="ArgumentOutOfRangeException">It is none of the enumeration's values.</exception>
    public static string Of(Enum value) => Of(value.GetType()).ByValue.TryGetValue(value, out var text)
        ? text
        : throw new ArgumentOutOfRangeException(nameof(value), value, $"is no {value.GetType().Name}");

    /// <returns>Null when it is none of the names.</returns>
    public static T? Find<T>(string? text) where T : struct, Enum => (T?)Find(typeof(T), text);

    /// <inheritdoc cref="Find{T}"/>
    public static object? Find(Type type, string? text) => text is not null && Of(type).ByText.TryGetValue(text, out var value) ? value : null;

    /// <summary>Of a text that OpsDb wrote.</summary>
    /// <exception cref="FormatException">It is none of the names.</exception>
    public static T Parse<T>(string text) where T : struct, Enum => Find<T>(text) ?? throw new FormatException($"'{text}' is not {Describe(typeof(T))}");

    /// <summary>What a refusal says of the form: <c>one of good, usable, bad</c>.</summary>
    public static string Describe(Type type) => $"one of {string.Join(", ", All(type))}";

    private static Names Of(Type type) => Known.GetOrAdd(type, t => new(t));

    private sealed class Names
    {
        public Names(Type type)
        {
            foreach (Enum value in Enum.GetValues(type))
                ByText.Add(ByValue[value] = Json.SnakeCase(value.ToString()), value);
            Texts = [.. ByText.Keys];
        }

        public IReadOnlyList<string> Texts { get; }

        public Dictionary<string, object> ByText { get; } = new(StringComparer.Ordinal);

        public Dictionary<Enum, string> ByValue { get; } = [];
    }
}

/// <summary>Enumerations in JSON, by <see cref="EnumText"/>.</summary>
internal sealed class EnumConverterFactory : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) => typeToConvert.IsEnum;

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(typeof(Converter<>).MakeGenericType(typeToConvert))!;

    private sealed class Converter<T> : JsonConverter<T> where T : struct, Enum
    {
        private readonly Dictionary<T, JsonEncodedText> texts = Enum.GetValues<T>().ToDictionary(v => v, v => JsonEncodedText.Encode(EnumText.Of(v)));

        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (reader.TokenType == JsonTokenType.String)
            {
                foreach (var (value, text) in texts)
                {
                    if (reader.ValueTextEquals(text.EncodedUtf8Bytes))
                        return value;
                }
            }
            throw new UnacceptableValueException($"is {EnumText.Describe(typeof(T))}");
        }

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
            writer.WriteStringValue(texts.TryGetValue(value, out var text) ? text : throw new JsonException($"{value} is no {typeof(T).Name}"));

        public override T ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            Read(ref reader, typeToConvert, options);

        public override void WriteAsPropertyName(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WritePropertyName(EnumText.Of(value));
    }
}

/// <summary>A value in JSON that its type does not take; the message goes to the caller.</summary>
/// <param name="reason">Follows the field's name, like <c>is one of good, usable, bad</c>.</param>
public sealed class UnacceptableValueException(string reason) : JsonException(reason);
