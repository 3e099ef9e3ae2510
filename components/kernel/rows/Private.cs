using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace OpsDb.Kernel;

/// <summary>
/// A column that is stored and logged like every other and never shown: it is in no answer, list, filter, sort, patch or schema. A
/// column of type <see cref="Sealed"/> is private without being told.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class PrivateAttribute : Attribute
{
    internal static bool IsOn(JsonPropertyInfo property) =>
        property.PropertyType == typeof(Sealed) || property.AttributeProvider?.IsDefined(typeof(PrivateAttribute), inherit: true) == true;
}

/// <summary>What of the log's steps a caller may be shown.</summary>
public sealed class PublishedSteps(IEnumerable<Table> tables)
{
    private readonly Dictionary<string, Table> tables = tables.ToDictionary(t => t.Name);

    /// <summary>The steps without the columns that are private.</summary>
    public IReadOnlyList<Step> Of(IReadOnlyList<Step> steps) =>
        [.. steps.Select(s => s with { Rows = [.. s.Rows.Select(r => r with { Row = Of(s.Entity, r.Row), Seen = Of(s.Entity, r.Seen) })] })];

    /// <summary>The same of one row, or of some of its fields; of a trail, or of a table that a newer release has made, nothing.</summary>
    public JsonElement Of(string entity, JsonElement fields) =>
        tables.GetValueOrDefault(entity) is { IsTrail: false } table ? table.Published(fields) : Json.ToElement(new Dictionary<string, JsonElement>());

    private JsonElement? Of(string entity, JsonElement? fields) => fields is { } some ? Of(entity, some) : null;
}
