using System.Text.Json;
using System.Text.Json.Nodes;
using OpsDb.Kernel;

namespace OpsDb.Transactions;

/// <summary>Reads entries of this release, of older ones through their upcasts, and of a newer one only what it concerns.</summary>
internal sealed class EntryReader(IEnumerable<Upcast> upcasts)
{
    /// <summary>The entity of an entry that does not say in a way known here which ones it concerns.</summary>
    public const string AnyEntity = "*";

    private readonly Dictionary<(string Kind, int From), Upcast> upcasts = upcasts.ToDictionary(u => (u.Kind, u.From));

    public Transaction Read(ReadOnlyMemory<byte> json, Guid id) => VersionOf(json.Span) switch
    {
        Transaction.CurrentSchemaVersion => Json.ReadOwn<Transaction>(json.Span),
        < Transaction.CurrentSchemaVersion => ReadOlder(json),
        var newer => ReadNewer(json, id, newer),
    };

    private Transaction ReadOlder(ReadOnlyMemory<byte> json)
    {
        var entry = JsonNode.Parse(json.Span)!.AsObject();
        var kind = (string)entry["kind"]!;
        for (var version = (int)entry["schema_version"]!; version < Transaction.CurrentSchemaVersion; version++)
        {
            // A kind whose shape has not changed needs no upcast.
            upcasts.GetValueOrDefault((kind, version))?.Apply(entry);
            entry["schema_version"] = version + 1;
        }
        return entry.Deserialize<Transaction>(Json.Options)!;
    }

    /// <summary>Its steps name entities and hold no rows.</summary>
    private static Transaction ReadNewer(ReadOnlyMemory<byte> json, Guid id, int version)
    {
        using var document = JsonDocument.Parse(json);
        var entry = document.RootElement;
        var entities = entry.TryGetProperty("steps", out var steps) && steps.ValueKind == JsonValueKind.Array
            ? steps.EnumerateArray().Select(s => s.ValueKind == JsonValueKind.Object ? TextOf(s, "entity") : null).Select(e => e ?? AnyEntity).Distinct()
            : [AnyEntity];
        var user = entry.TryGetProperty("actor", out var actor) && actor.ValueKind == JsonValueKind.Object ? TextOf(actor, "user") : null;
        // The first 48 bits of a UUIDv7 are milliseconds since 1970.
        var made = DateTimeOffset.FromUnixTimeMilliseconds(Convert.ToInt64(id.ToString("n")[..12], 16));
        return new(id, TextOf(entry, "site") ?? "", TextOf(entry, "kind") ?? "unknown", version, new(user ?? "unknown"), made, null, null, null,
            [.. entities.Select(e => new Step(e, StepOperation.Update, []))]);
    }

    /// <summary>Without reading the rest: the version stands near the beginning. An entry without one is of a release that has given it up.</summary>
    private static int VersionOf(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var found = reader.ValueTextEquals("schema_version");
            reader.Read();
            if (found)
                return reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var version) ? version : int.MaxValue;
            reader.Skip();
        }
        return int.MaxValue;
    }

    private static string? TextOf(JsonElement element, string property) =>
        element.TryGetProperty(property, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
