using System.Globalization;
using System.Text.Json;
using OpsDb.Kernel;

namespace OpsDb.Stack;

/// <summary>The content of a row, however it was read: as the API's JSON or as the database's.</summary>
internal static class TourRow
{
    // What only one of the two has: the state of the synchronisation, and the column that it is made from.
    private static readonly string[] Apart = ["sync", "transaction_id"];

    /// <summary>One text per row, equal exactly when every field is: names sorted, instants and numbers in one form.</summary>
    public static string Content(JsonElement row) => Text(row, Apart);

    /// <summary>The same with every field that the database has.</summary>
    public static string Everything(JsonElement row) => Text(row, []);

    public static Guid Id(JsonElement row) => row.GetProperty("id").GetGuid();

    /// <summary>The fields in which two contents differ.</summary>
    public static string Difference(string one, string other)
    {
        var (a, b) = (one.Split('\n'), other.Split('\n'));
        return $"{string.Join(", ", a.Except(b))} instead of {string.Join(", ", b.Except(a))}";
    }

    private static string Text(JsonElement row, string[] apart) =>
        string.Join('\n', row.EnumerateObject().Where(p => !apart.Contains(p.Name)).Select(p => $"{p.Name}={Text(p.Value)}").Order(StringComparer.Ordinal));

    private static string Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => Instant.TryParse(value.GetString(), out var instant) ? Instant.Format(instant) : JsonSerializer.Serialize(value.GetString()),
        JsonValueKind.Number => value.GetDouble().ToString("R", CultureInfo.InvariantCulture),
        JsonValueKind.Object => $"{{{Everything(value)}}}",
        _ => value.GetRawText(),
    };
}
