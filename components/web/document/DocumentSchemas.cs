using System.Collections.Concurrent;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.OpenApi;
using OpsDb.Kernel;

namespace OpsDb.Web;

/// <summary>
/// The schemas of the API document: descriptions and examples from the sources, which fields are always there, and the bodies
/// of merge patches.
/// </summary>
internal sealed class DocumentSchemas
{
    private readonly SourceTexts texts = new();
    private readonly ConcurrentDictionary<string, JsonTypeInfo> types = new();

    /// <summary>A schema as the framework has made it from a type.</summary>
    public void Note(OpenApiSchema schema, JsonTypeInfo info, JsonPropertyInfo? property)
    {
        var type = Nullable.GetUnderlyingType(info.Type) ?? info.Type;
        // The JSON dialect has converters of its own for these, whose form the exporter cannot know.
        if (type == typeof(string) || type == typeof(double) || type == typeof(DateTimeOffset) || type == typeof(byte[]))
            schema.Type = TypeOf(ColumnType.Of(type)) | (property?.IsGetNullable == true ? JsonSchemaType.Null : 0);
        if (type.IsEnum)
        {
            // Whether it may be null is a matter of the property.
            schema.Type = JsonSchemaType.String;
            schema.Enum = [.. EnumText.All(type).Select(n => (JsonNode)n)];
        }
        if (OpenApiDocument.SchemaName(info) is { } name)
            types.TryAdd(name, info);
    }

    /// <summary>Completes what all endpoints together need.</summary>
    public void Complete(Microsoft.OpenApi.OpenApiDocument document, IReadOnlyList<IList<object>> endpoints)
    {
        var schemas = document.Components!.Schemas!;
        // A body of text has no schema of its own.
        foreach (var text in endpoints.Where(m => m.OfType<TextOf>().Any()).SelectMany(m => m.OfType<IAcceptsMetadata>()))
            schemas.Remove(text.RequestType!.Name);
        var incoming = Closure(endpoints.SelectMany(m => m.OfType<IAcceptsMetadata>()).Select(a => a.RequestType).OfType<Type>());
        var rows = types.Values.Where(t => t.Type.IsAssignableTo(typeof(Row))).OrderBy(t => t.Type.Name, StringComparer.Ordinal).ToList();
        foreach (var (name, schema) in schemas)
        {
            if (schema is not OpenApiSchema own || !types.TryGetValue(name, out var info))
                continue;
            if (info.Type.IsEnum || Nullable.GetUnderlyingType(info.Type)?.IsEnum == true)
                CompleteEnum(own, Nullable.GetUnderlyingType(info.Type) ?? info.Type);
            else if (info.Kind == JsonTypeInfoKind.Object)
                CompleteObject(own, info, incoming.Contains(info.Type), RowLike(info.Type, rows));
        }
        foreach (var patch in endpoints.SelectMany(m => m.OfType<PatchOf>()).DistinctBy(p => p.SchemaName).OrderBy(p => p.SchemaName, StringComparer.Ordinal))
            schemas[patch.SchemaName] = Patch(patch, (OpenApiSchema)schemas[patch.Row.Name]);
        var examples = new SchemaExamples(schemas, texts, types);
        foreach (var (name, schema) in schemas.Where(s => s.Value is OpenApiSchema { Properties.Count: > 0 }))
            ((OpenApiSchema)schema).Examples = [examples.Of(name)];
        var sorted = schemas.OrderBy(s => s.Key, StringComparer.Ordinal).ToList();
        schemas.Clear();
        foreach (var (name, schema) in sorted)
            schemas[name] = schema;
    }

    public static JsonSchemaType TypeOf(ColumnType type) => Enum.Parse<JsonSchemaType>(type.SchemaType, ignoreCase: true);

    private void CompleteEnum(OpenApiSchema schema, Type type)
    {
        var values = type.GetFields(BindingFlags.Public | BindingFlags.Static).Select(f => (Name: Json.SnakeCase(f.Name), Text: texts.Of(f)))
            .Where(v => v.Text is not null);
        schema.Description = $"{texts.Of(type)} {string.Join(" ", values.Select(v => $"`{v.Name}`: {v.Text}"))}".Trim() is { Length: > 0 } text ? text : null;
    }

    private void CompleteObject(OpenApiSchema schema, JsonTypeInfo info, bool isIncoming, JsonTypeInfo? row)
    {
        schema.Description = texts.Of(info.Type) ?? schema.Description;
        // What comes has no other fields; an answer may get more in a later release.
        schema.AdditionalPropertiesAllowed = !isIncoming;
        schema.AdditionalProperties = null;
        foreach (var property in info.Properties.Where(p => schema.Properties?.ContainsKey(p.Name) == true))
        {
            // A command says again only what is not as in the row that it makes.
            var description = TextOf(property) ?? (row?.Properties.FirstOrDefault(p => p.Name == property.Name) is { } field ? TextOf(field) : null);
            var own = schema.Properties![property.Name];
            // Of anything: the framework leaves out what says nothing.
            if (own is OpenApiSchema { Items: null } list && list.Type?.HasFlag(JsonSchemaType.Array) == true)
                list.Items = new OpenApiSchema();
            if (IsLeftOutWhenNull(property))
                own = schema.Properties[property.Name] = WithoutNull(own);
            if (description is null)
                continue;
            if (own is OpenApiSchemaReference reference)
                reference.Description = description;
            else if (own is OpenApiSchema plain)
                plain.Description = description;
        }
        if (!isIncoming)
            schema.Required = new HashSet<string>(info.Properties.Where(p => schema.Properties?.ContainsKey(p.Name) == true && !IsLeftOutWhenNull(p))
                .Select(p => p.Name));
    }

    private string? TextOf(JsonPropertyInfo property) => property.AttributeProvider is MemberInfo member ? texts.Of(member) : null;

    /// <summary>The row that a command makes or changes, or that an answer shows in another form: the one that its name ends or begins with.</summary>
    private static JsonTypeInfo? RowLike(Type type, IReadOnlyList<JsonTypeInfo> rows) =>
        rows.Where(r => r.Type != type && (type.Name.EndsWith(r.Type.Name, StringComparison.Ordinal)
            || type.Name.StartsWith(r.Type.Name, StringComparison.Ordinal))).MaxBy(r => r.Type.Name.Length);

    /// <summary>Null clears, absent leaves: no field must be there, and those that can be empty can be null.</summary>
    private static OpenApiSchema Patch(PatchOf patch, OpenApiSchema row) => new()
    {
        Type = JsonSchemaType.Object,
        Description = $"A change of {patch.Row.Name}: a JSON merge patch (RFC 7396). What is absent stays as it is; null clears.",
        Properties = patch.Fields.ToDictionary(f => f, f => row.Properties![f]),
        AdditionalPropertiesAllowed = false,
    };

    private static bool IsLeftOutWhenNull(JsonPropertyInfo property) =>
        property.AttributeProvider?.GetCustomAttributes(typeof(JsonIgnoreAttribute), true).OfType<JsonIgnoreAttribute>()
            .Any(a => a.Condition == JsonIgnoreCondition.WhenWritingNull) == true;

    private static IOpenApiSchema WithoutNull(IOpenApiSchema schema)
    {
        if (schema is OpenApiSchema { OneOf: { Count: 2 } either })
            return either.First(s => s.Type != JsonSchemaType.Null);
        if (schema is OpenApiSchema own)
            own.Type &= ~JsonSchemaType.Null;
        return schema;
    }

    /// <summary>The types and all that their properties are made of.</summary>
    private static HashSet<Type> Closure(IEnumerable<Type> roots)
    {
        var found = new HashSet<Type>();
        var open = new Queue<Type>(roots);
        while (open.TryDequeue(out var type))
        {
            if (type == typeof(JsonElement) || !found.Add(type))
                continue;
            var info = Json.Published.GetTypeInfo(type);
            foreach (var next in info.Properties.Select(p => p.PropertyType).Append(info.ElementType).OfType<Type>())
                open.Enqueue(next);
        }
        return found;
    }
}
