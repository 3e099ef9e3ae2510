using System.Text.Json;

namespace OpsDb.Chaos;

/// <summary>Answers of the kind <c>application/problem+json</c>.</summary>
internal static class ProblemText
{
    /// <summary>The last part of <c>type</c>; null when it is no problem.</summary>
    public static string? Code(ReadOnlySpan<byte> body)
    {
        try
        {
            var reader = new Utf8JsonReader(body);
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isType = reader.ValueTextEquals("type"u8);
                reader.Read();
                if (isType)
                    return reader.GetString()?.Split('/')[^1];
                reader.Skip();
            }
            return null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
