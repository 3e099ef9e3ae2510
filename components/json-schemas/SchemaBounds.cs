using System.Text.Json;
using OpsDb.Kernel;

namespace OpsDb.JsonSchemas;

/// <summary>
/// What a schema may be, so that a value can be checked in a bounded time: no larger than it needs to be, without references to
/// elsewhere or in a circle, and with patterns that an automaton decides without trying again.
/// </summary>
internal sealed class SchemaBounds
{
    private const int MaxBytes = 64 * 1024;

    /// <summary>Schemas that are looked at, with each reference counted as what it stands for.</summary>
    private const int MaxParts = 10_000;

    private const string Definitions = "#/$defs/";

    // They reach beyond a place in the document, or find it only while a value is checked; or try patterns on every name.
    private static readonly string[] Unsupported =
    [
        "$dynamicRef", "$dynamicAnchor", "$recursiveRef", "$recursiveAnchor", "$anchor", "$id", "$vocabulary", "patternProperties",
    ];

    private readonly JsonElement definitions;
    private readonly Dictionary<string, long> parts = [];
    private readonly HashSet<string> open = [];

    private SchemaBounds(JsonElement schema) =>
        definitions = schema.TryGetProperty("$defs", out var named) && named.ValueKind == JsonValueKind.Object ? named : default;

    public static string? Fault(JsonElement schema)
    {
        if (schema.ValueKind != JsonValueKind.Object)
            return "is a JSON Schema, an object";
        if (schema.GetRawText().Length > MaxBytes)
            return $"has at most {MaxBytes} characters";
        if (schema.TryGetProperty("$schema", out var dialect) && !(dialect.ValueKind == JsonValueKind.String && IsDialect(dialect.GetString()!)))
            return "is of draft 2020-12: $schema is https://json-schema.org/draft/2020-12/schema";
        try
        {
            var bounds = new SchemaBounds(schema);
            // Also those that nothing refers to.
            return bounds.Count(schema, "") > MaxParts ? $"asks for more than {MaxParts} checks, with its references followed" : null;
        }
        catch (FormatException e)
        {
            return e.Message;
        }
    }

    private static bool IsDialect(string uri) => uri.TrimEnd('#') == "https://json-schema.org/draft/2020-12/schema";

    /// <exception cref="FormatException">It has what is not supported.</exception>
    private long Count(JsonElement part, string at)
    {
        var count = 1L;
        if (part.ValueKind == JsonValueKind.Array)
        {
            foreach (var (n, item) in part.EnumerateArray().Index())
                count += Count(item, $"{at}/{n}");
        }
        if (part.ValueKind != JsonValueKind.Object)
            return count;
        foreach (var keyword in part.EnumerateObject())
        {
            if (count > MaxParts)
                break;
            var where = $"{at}/{keyword.Name}";
            if (Unsupported.Contains(keyword.Name))
                throw new FormatException($"has {Excerpt.Of(where)}, which is not supported");
            count += keyword switch
            {
                { Name: "$ref", Value.ValueKind: JsonValueKind.String } => CountDefinition(keyword.Value.GetString()!, where),
                { Name: "pattern", Value.ValueKind: JsonValueKind.String } => CountPattern(keyword.Value.GetString()!, where),
                // Values, not schemas.
                { Name: "const" or "enum" or "default" or "examples" } => 1,
                { Name: "properties" or "$defs" or "dependentSchemas", Value.ValueKind: JsonValueKind.Object } =>
                    keyword.Value.EnumerateObject().Sum(named => Count(named.Value, $"{where}/{named.Name}")),
                _ => Count(keyword.Value, where),
            };
        }
        return count;
    }

    private long CountDefinition(string reference, string at)
    {
        var name = reference.StartsWith(Definitions, StringComparison.Ordinal) ? reference[Definitions.Length..] : "";
        if (definitions.ValueKind != JsonValueKind.Object || !definitions.TryGetProperty(name, out var definition))
            throw new FormatException($"has {Excerpt.Of(at)} {Excerpt.Of(reference)}, which is not one of its own #/$defs/…");
        if (parts.TryGetValue(name, out var known))
            return known;
        if (!open.Add(name))
            throw new FormatException($"has {Excerpt.Of(at)} {Excerpt.Of(reference)}, which leads back to itself");
        known = Count(definition, $"/$defs/{name}");
        open.Remove(name);
        return parts[name] = known;
    }

    private static long CountPattern(string pattern, string at)
    {
        try
        {
            _ = LinearPattern.Of(pattern);
            return 1;
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw new FormatException($"has {Excerpt.Of(at)} {Excerpt.Of(pattern)}, which is no pattern that is decided without going back");
        }
    }
}
