using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Microsoft.OpenApi;

namespace OpsDb.Web;

/// <summary>
/// Examples of the document's schemas, made from those that the sources give for single fields: of the type's own, else of a
/// field of the same name anywhere. What nobody gives one for is left out or null where it may be.
/// </summary>
internal sealed class SchemaExamples(IDictionary<string, IOpenApiSchema> schemas, SourceTexts texts, IReadOnlyDictionary<string, JsonTypeInfo> types)
{
    /// <summary>So deep that nobody reads further.</summary>
    private const int MaxDepth = 2;

    private readonly ILookup<string, string> byName = types.OrderBy(t => t.Key, StringComparer.Ordinal).SelectMany(t => t.Value.Properties)
        .Select(p => (p.Name, Example: p.AttributeProvider is MemberInfo member ? texts.ExampleOf(member) : null)).Where(p => p.Example is not null)
        .ToLookup(p => p.Name, p => p.Example!);

    public JsonNode Of(string name) => Of(name, 0);

    private JsonObject Of(string name, int depth)
    {
        var schema = schemas[name];
        var own = types.GetValueOrDefault(name)?.Properties.ToDictionary(p => p.Name) ?? [];
        var example = new JsonObject();
        foreach (var (field, value) in schema.Properties ?? new Dictionary<string, IOpenApiSchema>())
        {
            var isRequired = schema.Required?.Contains(field) == true;
            var given = own.GetValueOrDefault(field)?.AttributeProvider is MemberInfo member ? texts.ExampleOf(member) : null;
            if ((given ?? byName[field].FirstOrDefault(e => Fits(e, value))) is { } text)
                example[field] = Parse(text, value);
            else if (isRequired)
                example[field] = MayBeNull(value) ? null : Of(value, depth + 1);
        }
        return example;
    }

    private JsonNode? Of(IOpenApiSchema schema, int depth)
    {
        if (schema is OpenApiSchemaReference reference)
            return schemas[reference.Reference.Id!] is { Enum: [{ } first, ..] } ? first.DeepClone() : Of(reference.Reference.Id!, depth);
        if (schema.OneOf is { Count: > 0 } either)
            return Of(either[^1], depth);
        return (schema.Type & ~JsonSchemaType.Null) switch
        {
            JsonSchemaType.Array => depth > MaxDepth ? new JsonArray() : new JsonArray(Of(schema.Items!, depth + 1)),
            JsonSchemaType.Integer => 1,
            JsonSchemaType.Number => 1.5,
            JsonSchemaType.Boolean => true,
            JsonSchemaType.String => schema.Format switch
            {
                "uuid" => "0198b3c4-7a5e-7c11-9d2e-5b1a3f6c8e01",
                "date-time" => "2026-03-01T02:15:00Z",
                _ => "text",
            },
            _ => new JsonObject(),
        };
    }

    private static bool MayBeNull(IOpenApiSchema schema) =>
        schema.Type?.HasFlag(JsonSchemaType.Null) == true || schema is { OneOf: [{ Type: JsonSchemaType.Null }, ..] };

    private bool Fits(string example, IOpenApiSchema schema)
    {
        var target = schema.OneOf is { Count: > 0 } either ? either[^1] : schema;
        if (target is OpenApiSchemaReference reference)
            return schemas[reference.Reference.Id!].Enum?.Any(e => e.GetValueKind() == JsonValueKind.String && e.GetValue<string>() == example) == true;
        if (target.Type?.HasFlag(JsonSchemaType.Array) == true)
            return example[0] == '[';
        if (target.Type?.HasFlag(JsonSchemaType.String) == true)
            return target.Format != "date-time" || DateTimeOffset.TryParse(example, System.Globalization.CultureInfo.InvariantCulture, out _);
        return Parse(example, target)?.GetValueKind() is JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False;
    }

    /// <summary>Texts are written as they are, everything else as JSON.</summary>
    private static JsonNode? Parse(string text, IOpenApiSchema schema) =>
        schema.Type?.HasFlag(JsonSchemaType.String) == true
            || text[0] is not ('{' or '[' or '-' or >= '0' and <= '9') && text is not ("true" or "false" or "null")
            ? JsonValue.Create(text)
            : JsonNode.Parse(text, documentOptions: new JsonDocumentOptions());
}
