using System.Text.Json;
using System.Text.RegularExpressions;

namespace OpsDb.ApiTests.Hostile;

/// <summary>A parameter of an operation, or a field of its body.</summary>
/// <param name="Type">integer, number, boolean, string, array or object, as JSON Schema says.</param>
/// <param name="Format">uuid, date-time, or the first value of an enumeration.</param>
internal sealed record Parameter(string Name, string Type, string? Format, bool Required);

/// <summary>One operation of the API document.</summary>
/// <param name="Needed">The scopes that it needs; none when it is public.</param>
/// <param name="BodyType">The content type of its body; null when it takes none.</param>
internal sealed partial record Operation(
    string Method, string Path, IReadOnlyList<string> Needed, IReadOnlyList<string> InPath, IReadOnlyList<Parameter> InQuery, IReadOnlyList<string> InHeaders,
        string? BodyType, IReadOnlyList<Parameter> Fields)
{
    /// <summary>What a list can be sorted by.</summary>
    public IReadOnlyList<string> Sorts { get; init; } = [];

    public bool IsWrite => InHeaders.Contains("Idempotency-Key");

    public bool IsList => InQuery.Any(p => p.Name == "after");

    public static IReadOnlyList<Operation> Read(JsonElement document) =>
        [.. from path in document.GetProperty("paths").EnumerateObject() from operation in path.Value.EnumerateObject() select Read(document, path, operation)];

    /// <summary>Those whose rows are named by UUIDs, besides executions and transactions.</summary>
    private static readonly string[] UuidResources =
    [
        "raw-data-files", "raw-data-packages", "physical-copies", "holds", "data-transfer-packages", "data-transfers", "data-transfer-logs",
        "archive-transfers", "staging-jobs", "obscore", "instrument-configurations", "environment", "tokens", "sessions",
        "work-items",
    ];

    /// <summary>What older addresses are of.</summary>
    private static readonly Dictionary<string, string> Aliased = new()
    {
        ["/raw_data_files/"] = "raw-data-files",
        ["/raw_data_package/"] = "raw-data-packages",
        ["/staging/"] = "staging-jobs",
        ["/api/transfer/data-transfer/"] = "data-transfers",
        ["/api/tokens/"] = "tokens",
    };

    /// <summary>What can stand in an address, by its <see cref="Key"/>; UUIDs are nobody's.</summary>
    public static IReadOnlyDictionary<string, string> Anything { get; } =
        new Dictionary<string, string>(UuidResources.Concat(["execution", "transaction", "refused"])
            .Select(r => KeyValuePair.Create(r, $"{Guid.CreateVersion7()}")))
        {
            ["id"] = "1",
            ["obs_unit_id"] = "1",
            ["site"] = "nowhere",
            ["code"] = "not-found",
            ["name"] = "IRC+10216",
            ["preference"] = "layout",
            ["setting"] = "banner",
            ["date"] = "2026-03-01",
            ["user_code"] = "BCDF-GHJK",
            ["job"] = "purge",
        };

    /// <summary>Its address, with what is known of keys.</summary>
    public string Address(IReadOnlyDictionary<string, string> known) =>
        InPath.Distinct().Aggregate(Path, (path, name) =>
            path.Replace($"{{{name}}}", known[Key(name)], StringComparison.Ordinal));

    /// <summary>What is known of a resource's keys: an integer, but for these.</summary>
    public string Key(string name) =>
        name != "id" ? name : Path.EndsWith("/discard", StringComparison.Ordinal) ? "transaction"
            : Aliased.Where(a => Path.StartsWith(a.Key, StringComparison.Ordinal)).Select(a => a.Value).FirstOrDefault() is { } alias ? alias
            : Path.Contains("/transactions", StringComparison.Ordinal) ? "refused" : Path.Contains("/execut", StringComparison.Ordinal)
            ? "execution" : Path.Split('/') is [_, "api", "v1", var resource, "{id}", ..] && UuidResources.Contains(resource)
            ? resource : "id";

    public override string ToString() => $"{Method} {Path}";

    private static Operation Read(JsonElement document, JsonProperty path, JsonProperty operation)
    {
        var value = operation.Value;
        var parameters = value.TryGetProperty("parameters", out var list) ? list.EnumerateArray().Select(p => Resolve(document, p)).ToList() : [];
        var needed = value.TryGetProperty("description", out var description) && Needs().Match(description.GetString()!) is { Success: true } needs
            ? needs.Groups[1].Captures.Select(c => c.Value).ToList() : [];
        if (needed.Count == 0 && value.TryGetProperty("security", out var security) && security.EnumerateArray().Any(s => s.EnumerateObject().Any()))
            throw new InvalidOperationException($"{operation.Name} {path.Name} needs a token, and its description does not say which scope.");
        var content = value.TryGetProperty("requestBody", out var body) ? body.GetProperty("content").EnumerateObject().First() : default;
        var fields = content.Value.ValueKind == JsonValueKind.Undefined ? [] : FieldsOf(document, content.Value.GetProperty("schema"));
        if (fields.Count == 0 && operation.NameEquals("patch"))
            fields = FieldsOf(document, value.GetProperty("responses").GetProperty("200").GetProperty("content").EnumerateObject().First()
                .Value.GetProperty("schema"));
        return new(operation.Name.ToUpperInvariant(), path.Name, needed,
            [.. Of("path").Select(Name)], [.. Of("query").Select(p => Field(document, Name(p), p.GetProperty("schema"), false))],
                [.. Of("header").Select(Name)],
            content.Value.ValueKind == JsonValueKind.Undefined ? null : content.Name, fields)
        {
            Sorts = [.. Of("query").Where(p => Name(p) == "sort").SelectMany(Sortable).Where(s => s != "id")],
        };

        IEnumerable<JsonElement> Of(string place) => parameters.Where(p => p.GetProperty("in").GetString() == place);

        // The description begins with: Any of a, b, id, comma separated
        static IEnumerable<string> Sortable(JsonElement parameter) =>
            Names().Matches(parameter.GetProperty("description").GetString()!.Split(", comma")[0].Replace("Any of", "", StringComparison.Ordinal))
                .Select(m => m.Value);

        static string Name(JsonElement parameter) => parameter.GetProperty("name").GetString()!;
    }

    private static List<Parameter> FieldsOf(JsonElement document, JsonElement schema)
    {
        var resolved = Resolve(document, schema);
        if (!resolved.TryGetProperty("properties", out var properties))
            return [];
        var required = resolved.TryGetProperty("required", out var names) ? names.EnumerateArray().Select(n => n.GetString()).ToHashSet() : [];
        return [.. properties.EnumerateObject().Select(p => Field(document, p.Name, p.Value, required.Contains(p.Name)))];
    }

    private static Parameter Field(JsonElement document, string name, JsonElement schema, bool required)
    {
        var resolved = Resolve(document, schema);
        var type = resolved.TryGetProperty("type", out var t)
            ? t.ValueKind == JsonValueKind.Array ? t.EnumerateArray().Select(x => x.GetString()!).First(x => x != "null") : t.GetString()!
            : resolved.TryGetProperty("enum", out _) ? "string" : "object";
        var format = resolved.TryGetProperty("enum", out var values) ? values[0].GetString() : resolved.TryGetProperty("format", out var f) ? f.GetString()
            : null;
        return new(name, type, format, required);
    }

    private static JsonElement Resolve(JsonElement document, JsonElement schema)
    {
        while (true)
        {
            if (schema.TryGetProperty("$ref", out var reference))
                schema = reference.GetString()!.Split('/').Skip(1).Aggregate(document, (part, name) => part.GetProperty(name));
            else if (schema.TryGetProperty("oneOf", out var choices) || schema.TryGetProperty("anyOf", out choices))
                schema = choices.EnumerateArray().First(c => !c.TryGetProperty("type", out var type) || type.ValueKind != JsonValueKind.String
                    || type.GetString() != "null");
            else
                return schema;
        }
    }

    [GeneratedRegex("Needs the scope (?:`([a-z_*]+:[a-z_*]+)`(?: and )?)+")]
    private static partial Regex Needs();

    [GeneratedRegex("[a-z_]+")]
    private static partial Regex Names();
}
