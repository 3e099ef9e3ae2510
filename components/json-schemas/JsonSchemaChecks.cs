using System.Collections.Concurrent;
using System.Text.Json;
using Json.Schema;
using OpsDb.Kernel;

namespace OpsDb.JsonSchemas;

/// <summary>Checks values with JsonSchema.Net. What a schema may make it compute is bounded when the schema comes, see <see cref="SchemaBounds"/>.</summary>
internal sealed class JsonSchemaChecks : IJsonSchemas
{
    private const int MaxKept = 200;

    private static readonly Dialect Dialect = Dialect.Draft202012.With([new LinearPattern()]);

    private readonly ConcurrentDictionary<string, Json.Schema.JsonSchema> compiled = new();

    public string? Fault(JsonElement schema)
    {
        if (SchemaBounds.Fault(schema) is { } fault)
            return fault;
        try
        {
            _ = Evaluate(schema, JsonElement.Parse("{}"));
            return null;
        }
        catch (Exception e) when (e is JsonException or JsonSchemaException or RefResolutionException or ArgumentException or InvalidOperationException)
        {
            return $"is no JSON Schema: {Excerpt.Of(e.Message)}";
        }
    }

    public IReadOnlyList<Misfit> Misfits(JsonElement schema, JsonElement value)
    {
        var results = Evaluate(schema, value);
        return results.IsValid ? []
            : [.. (results.Details ?? []).Where(d => d.Errors is not null)
                .SelectMany(d => d.Errors!.Select(e => new Misfit(d.InstanceLocation.ToString(), e.Value)))
                .DefaultIfEmpty(new("", "does not fit the schema"))];
    }

    private EvaluationResults Evaluate(JsonElement schema, JsonElement value)
    {
        var text = schema.GetRawText();
        if (!compiled.TryGetValue(text, out var check))
        {
            if (compiled.Count >= MaxKept)
                compiled.Clear();
            check = compiled[text] = Json.Schema.JsonSchema.FromText(text, new() { SchemaRegistry = new(), Dialect = Dialect });
        }
        return check.Evaluate(value, new() { OutputFormat = OutputFormat.List, RequireFormatValidation = true });
    }
}
