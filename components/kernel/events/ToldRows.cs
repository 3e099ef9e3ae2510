using System.Globalization;
using System.Text.Json;

namespace OpsDb.Kernel;

/// <summary>The rows of an entity of which events tell, whatever its type.</summary>
public interface IToldRows
{
    Table Table { get; }

    /// <summary>Those of the rows that the caller sees, by their keys, as the site sees them now and as they are published.</summary>
    Task<IReadOnlyDictionary<string, JsonElement>> FindAsync(IReadOnlyCollection<string> keys, CancellationToken ct);
}

internal sealed class ToldRows<T, TKey>(IReader<T, TKey> rows) : IToldRows where T : Row<TKey>, IRow<T> where TKey : notnull
{
    public Table Table => T.Table;

    public async Task<IReadOnlyDictionary<string, JsonElement>> FindAsync(IReadOnlyCollection<string> keys, CancellationToken ct)
    {
        var found = await rows.FindManyAsync([.. keys.Select(KeyOf)], ct);
        return found.ToDictionary(f => Table.KeyText(f.Key), f => JsonSerializer.SerializeToElement(f.Value, Json.Published));
    }

    private static TKey KeyOf(string text) =>
        (TKey)(typeof(TKey) == typeof(Guid) ? Guid.Parse(text) : Convert.ChangeType(text, typeof(TKey), CultureInfo.InvariantCulture));
}
