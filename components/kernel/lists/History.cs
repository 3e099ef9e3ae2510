using System.Buffers.Text;
using System.Globalization;
using System.Text.Json;

namespace OpsDb.Kernel;

/// <summary>What made a version of a row.</summary>
public enum VersionOperation
{
    /// <summary>The row was created.</summary>
    Created,

    /// <summary>Fields of it were changed.</summary>
    Changed,

    /// <summary>It was deleted; a row with the same key may be created later.</summary>
    Deleted,
}

/// <summary>One version of a row: who made it when, and the row as it was then.</summary>
/// <param name="Version">1 at creation, +1 per change; of a deletion the version that was deleted.</param>
/// <param name="Operation">What made the version.</param>
/// <param name="ModifiedAt">When the site that accepted it did so, UTC.</param>
/// <param name="ModifiedBy">The user who made it; empty when a row was deleted by hand in the database.<example>observer</example></param>
/// <param name="RecordedAt">When the main database recorded it, by its own clock, UTC; null while the database that was read does not have it.</param>
/// <param name="Sync">The transaction that made it, and where that is on its way.</param>
/// <param name="Row">The row as it was; null of a deletion.</param>
public sealed record RowVersion<T>(
    int Version, VersionOperation Operation, DateTimeOffset ModifiedAt, string ModifiedBy, DateTimeOffset? RecordedAt, Sync Sync, T? Row) where T : Row
{
    /// <summary>A version that is not a deletion, as its row tells it.</summary>
    public static RowVersion<T> Of(T row, VersionOperation operation, DateTimeOffset? recordedAt, Sync sync) =>
        new(row.Version, operation, row.ModifiedAt, row.ModifiedBy, recordedAt, sync, row with { Sync = null });
}

/// <summary>Which version a page of a history ended with: it stays the same one when it leaves the log for the main database.</summary>
public sealed record HistoryPlace(Guid Transaction, int Version, bool IsDeletion)
{
    public static HistoryPlace Of<T>(RowVersion<T> version) where T : Row =>
        new(version.Sync.Transaction, version.Version, version.Operation == VersionOperation.Deleted);

    /// <summary>The opaque cursor.</summary>
    public override string ToString() => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(
        (string[])[$"{Transaction}", Version.ToString(CultureInfo.InvariantCulture), IsDeletion ? "deleted" : ""], Json.Options));

    /// <summary>Reads a cursor; null when it is none.</summary>
    public static HistoryPlace? Parse(string cursor)
    {
        try
        {
            return IncomingJson.Read<string?[]>(Base64Url.DecodeFromChars(cursor)) is [var transaction, var version, var operation]
                && operation is "" or "deleted"
                && Guid.TryParseExact(transaction, "D", out var id) && int.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                ? new(id, number, operation.Length > 0)
                : null;
        }
        catch (Exception e) when (e is FormatException or RefusalException)
        {
            return null;
        }
    }
}

/// <summary>One page of a row's history, newest first.</summary>
/// <param name="After">The last version of the page before; null on the first page.</param>
public sealed record HistoryQuery(int Limit = HistoryQuery.DefaultLimit, HistoryPlace? After = null)
{
    public const int DefaultLimit = 100;
    public const int MaxLimit = 1000;

    /// <summary>The query parameters that it is made of.</summary>
    public static IReadOnlyList<string> Parameters { get; } = ["limit", "after"];

    /// <exception cref="RefusalException">malformed-parameter.</exception>
    public static HistoryQuery Parse(IReadOnlyDictionary<string, IReadOnlyList<string>> parameters)
    {
        var errors = new FieldErrors();
        var (limit, after) = (DefaultLimit, (HistoryPlace?)null);
        if (parameters.TryGetValue("limit", out var limits)
            && !(limits is [var text] && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out limit) && limit is >= 1 and <= MaxLimit))
            errors.Add("limit", $"is a whole number from 1 to {MaxLimit}");
        if (parameters.TryGetValue("after", out var cursors) && (after = cursors is [var cursor] ? HistoryPlace.Parse(cursor) : null) is null)
            errors.Add("after", NoCursor);
        errors.ThrowIfAny(Problems.MalformedParameter);
        return new(limit, after);
    }

    /// <summary>The refusal of a cursor that names no version of the row.</summary>
    public static RefusalException UnknownPlace() =>
        RefusalException.Fields(Problems.MalformedParameter, new Dictionary<string, string[]> { ["after"] = [NoCursor] });

    private const string NoCursor = "is not a cursor of this history; take it from next of the page before";
}

/// <summary>Reads what the rows of one table were before they became what they are.</summary>
public interface IHistory<T, TKey> where T : Row<TKey>, IRow<T> where TKey : notnull
{
    /// <summary>The versions of a row, newest first, with those that are pending or held at this site; empty when there never was such a row.</summary>
    /// <exception cref="RefusalException">malformed-parameter: the page begins after no version of this row.</exception>
    Task<Page<RowVersion<T>>> ReadAsync(TKey id, HistoryQuery query, CancellationToken ct);

    /// <summary>Where the versions on the same page come from.</summary>
    /// <inheritdoc cref="ReadAsync"/>
    Task<Page<Provenance>> ReadProvenanceAsync(TKey id, HistoryQuery query, CancellationToken ct);

    /// <summary>The row as the main database had recorded it at an instant; null when it had none then.</summary>
    Task<T?> FindAsync(TKey id, DateTimeOffset asOf, CancellationToken ct);
}
