using System.Text.Json;

namespace OpsDb.Verify;

/// <summary>Steps through the properties of an object; each takes the value of the property at hand.</summary>
internal static class JsonSteps
{
    public static bool NextName(ref Utf8JsonReader reader) => reader.Read() && reader.TokenType == JsonTokenType.PropertyName;

    /// <summary>Steps into the value of a property; false when it is null.</summary>
    public static bool Opens(ref Utf8JsonReader reader) => reader.Read() && reader.TokenType != JsonTokenType.Null;

    public static void Skip(ref Utf8JsonReader reader)
    {
        reader.Read();
        reader.Skip();
    }

    public static long Number(ref Utf8JsonReader reader) => reader.Read() && reader.TokenType != JsonTokenType.Null ? reader.GetInt64() : -1;

    public static bool Flag(ref Utf8JsonReader reader) => reader.Read() && reader.TokenType == JsonTokenType.True;

    public static Guid Uuid(ref Utf8JsonReader reader) => reader.Read() && reader.TokenType != JsonTokenType.Null ? Code.Id(reader.ValueSpan) : default;

    public static int Name(ref Utf8JsonReader reader, Interner interner) =>
        reader.Read() && reader.TokenType != JsonTokenType.Null ? interner.Of(reader.ValueSpan) : -1;
}
