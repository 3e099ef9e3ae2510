using System.Text.Json.Serialization;

namespace OpsDb.Kernel;

/// <summary>Where a row's newest change is on its way from the site that accepted it to every copy.</summary>
public enum SyncState
{
    /// <summary>Stored durably in the site's log, not yet known to be on the main database.</summary>
    Buffered,

    /// <summary>On the main database.</summary>
    Applied,

    /// <summary>In the site's own copy of the main database.</summary>
    Replicated,

    /// <summary>Refused by the main database; waits for a person.</summary>
    Failed,

    /// <summary>Waits behind a failed one that concerns the same row.</summary>
    Parked,
}

/// <summary>The synchronisation of one row.</summary>
/// <param name="State">Where its newest change is.</param>
/// <param name="Transaction">The transaction that made the newest change; see GET /api/v1/transactions/{id}.</param>
/// <param name="Position">Its position in the site's log while it is pending there.</param>
public sealed record Sync(SyncState State, Guid Transaction, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? Position = null);

/// <summary>What every mutable row of OpsDb has: who changed it when, and how often.</summary>
public abstract record Row
{
    /// <summary>The primary key, without its type.</summary>
    [JsonIgnore]
    public object Key => GetKey();

    /// <summary>1 at creation, +1 per change.</summary>
    [JsonPropertyOrder(100)]
    public int Version { get; init; }

    /// <summary>When, UTC.</summary>
    [JsonPropertyOrder(101)]
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>The user of the token that did it.</summary>
    /// <example>observer</example>
    [JsonPropertyOrder(102)]
    public string CreatedBy { get; init; } = "";

    /// <summary>The time of the newest change, UTC.</summary>
    [JsonPropertyOrder(103)]
    public DateTimeOffset ModifiedAt { get; init; }

    /// <summary>The user who made it.</summary>
    /// <example>observer</example>
    [JsonPropertyOrder(104)]
    public string ModifiedBy { get; init; } = "";

    /// <summary>The transaction that made the newest change; a column that the executor writes.</summary>
    [JsonIgnore]
    public Guid TransactionId { get; init; }

    // Not a column: the reader adds it.
    /// <summary>Where the newest change is on its way.</summary>
    [JsonPropertyOrder(105), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Sync? Sync { get; init; }

    /// <summary>
    /// The entity tag, which changes whenever the body does: the version; the transaction, because of a pending row the same number may
    /// come to mean another content on the main database; and where that transaction is.
    /// </summary>
    [JsonIgnore]
    public string ETag => Sync is { } sync
        ? $"\"{Content}.{Json.SnakeCase(sync.State.ToString())}{(sync.Position is { } position ? $".{position}" : "")}\""
        : $"\"{Content}\"";

    private string Content => $"{Version}.{TransactionId:n}";

    /// <summary>
    /// Whether a tag names what a writer rests on, which is this version by this transaction; where the transaction is on its way makes no
    /// difference. With nothing pending the version alone will do.
    /// </summary>
    /// <param name="tag">In quotes.</param>
    public bool IsWrittenOn(string tag) =>
        tag == $"\"{Content}\"" || tag.StartsWith($"\"{Content}.", StringComparison.Ordinal) || Sync?.Position is null && tag == $"\"{Version}\"";

    /// <summary>The row with another row's version, stamps and synchronisation: what that row becomes when its facts are replaced by these.</summary>
    public Row InPlaceOf(Row before) => this with
    {
        Version = before.Version,
        CreatedAt = before.CreatedAt,
        CreatedBy = before.CreatedBy,
        ModifiedAt = before.ModifiedAt,
        ModifiedBy = before.ModifiedBy,
        TransactionId = before.TransactionId,
        Sync = before.Sync,
    };

    protected abstract object GetKey();
}

/// <summary>A row with the type of its key: a UUIDv7 for what sites create, an integer for what is made at the main site alone.</summary>
public abstract record Row<TKey> : Row where TKey : notnull
{
    /// <summary>The key: a UUIDv7 of what sites create, a number of what only the main site does.</summary>
    [JsonPropertyOrder(-1)]
    public required TKey Id { get; init; }

    protected sealed override object GetKey() => Id;
}

/// <summary>A row that knows its table.</summary>
public interface IRow<T> where T : Row, IRow<T>
{
    static abstract Table<T> Table { get; }
}
