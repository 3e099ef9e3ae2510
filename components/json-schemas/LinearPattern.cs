using System.Text.Json;
using System.Text.RegularExpressions;
using Json.Schema;

namespace OpsDb.JsonSchemas;

/// <summary>The keyword <c>pattern</c>, decided in a time that grows with the text and no faster, whatever the pattern.</summary>
internal sealed class LinearPattern : IKeywordHandler
{
    public string Name => "pattern";

    /// <exception cref="ArgumentException">It is no pattern.</exception>
    /// <exception cref="NotSupportedException">It refers back, or looks around.</exception>
    public static Regex Of(string pattern) => new(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    public object? ValidateKeywordValue(JsonElement value) =>
        value.ValueKind == JsonValueKind.String ? Of(value.GetString()!) : throw new JsonSchemaException("a pattern is a text");

    public void BuildSubschemas(KeywordData keyword, BuildContext context)
    {
    }

    public KeywordEvaluation Evaluate(KeywordData keyword, EvaluationContext context)
    {
        var fits = context.Instance.ValueKind != JsonValueKind.String || ((Regex)keyword.Value!).IsMatch(context.Instance.GetString()!);
        return new() { Keyword = Name, IsValid = fits, Error = fits ? null : $"does not match {keyword.RawValue.GetString()}" };
    }
}
