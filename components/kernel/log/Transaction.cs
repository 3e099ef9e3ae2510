using System.Collections;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace OpsDb.Kernel;

/// <summary>Who acts: the user of a token or of a session, or <c>system</c>.</summary>
/// <param name="Token">The token or the session.</param>
public sealed record Actor(string User, Guid? Token = null)
{
    public static Actor System { get; } = new("system");

    /// <summary>The jobs that go on in the background.</summary>
    public static Actor Jobs { get; } = new("background-jobs");
}

/// <summary>What happens to rows.</summary>
public enum StepOperation { Create, Update, Delete }

/// <summary>One row of a step.</summary>
/// <param name="Key">The row's key as text.</param>
/// <param name="Row">Every column for a create, the changed ones for an update, nothing for a delete.</param>
/// <param name="Seen">The columns that the decision rests on, as they were seen; the change is a conflict when they differ by then.</param>
public sealed record RowChange(string Key, JsonElement? Row, [property: JsonPropertyOrder(1)] JsonElement? Seen)
{
    public JsonElement? Row { get => Created is { } row ? row.Table.Write(row.Row) : field; init; } = Row;

    /// <summary>The row that is created, where it is written when it is asked for.</summary>
    [JsonIgnore]
    internal (Table Table, Row Row)? Created { get; init; }

    /// <summary>The version that was decided on, in the process that decided; null for a create.</summary>
    [JsonIgnore]
    public int? Version { get; init; }
}

/// <summary>Rows that are created together. A hundred thousand of them are not held as JSON, or as changes, beside the rows.</summary>
internal sealed class CreatedRows(Table table, IReadOnlyList<Row> rows) : IReadOnlyList<RowChange>
{
    public int Count => rows.Count;

    public RowChange this[int index] => new(Table.KeyText(rows[index].Key), null, null) { Created = (table, rows[index]) };

    public IEnumerator<RowChange> GetEnumerator() => Enumerable.Range(0, Count).Select(i => this[i]).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>Changes of rows of one entity; with more than one row it is a bulk step.</summary>
/// <param name="Entity">The table.<example>executed_obs_unit</example></param>
/// <param name="Operation">What happens to the rows.</param>
/// <param name="Rows">Which rows, and how.</param>
public sealed record Step(string Entity, StepOperation Operation, IReadOnlyList<RowChange> Rows);

/// <summary>
/// What the log holds and the executor executes: row changes that were decided at a site, all or none of which apply. A member that a
/// reader does not know tells about it and changes nothing in it, else the schema version would be another.
/// </summary>
/// <param name="Id">UUIDv7, made by the site.</param>
/// <param name="Kind">What was asked for, e.g. <c>executions.start</c>.</param>
/// <param name="SchemaVersion">The version of the steps' shape; raised when an old entry would need an upcast.</param>
/// <param name="OccurredAt">When the site accepted it.</param>
/// <param name="IdempotencyKey">The caller's key, remembered for ever.</param>
/// <param name="BodyHash">SHA-256 over method, path and the content of the body; a key with another hash is refused.</param>
/// <param name="Answer">What the caller was answered, for the replay of a request with a key.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Skip)]
public sealed record Transaction(
    Guid Id,
    string Site,
    string Kind,
    int SchemaVersion,
    Actor Actor,
    DateTimeOffset OccurredAt,
    string? IdempotencyKey,
    string? BodyHash,
    JsonElement? Answer,
    IReadOnlyList<Step> Steps)
{
    public const int CurrentSchemaVersion = 1;

    /// <summary>What is done with each of so many rows must not be done with all at once.</summary>
    private const int ManyRows = 1000;

    /// <summary>Guards of the rows that the decision read or referred to, besides those it changes.</summary>
    public IReadOnlyList<string> Reads { get; init; } = [];

    /// <summary>Named ranges that the decision claims.</summary>
    public IReadOnlyList<string> Claims { get; init; } = [];

    /// <summary>The build at the site that decided it; null where an older one did.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? SoftwareVersion { get; init; }

    /// <summary>Named ranges that the decision moves and does not rest on; null for none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Touches { get; init; }

    /// <summary>Guards of what it changes, claims and touches: whoever reads or changes these depends on it.</summary>
    [JsonIgnore]
    public IEnumerable<string> WriteGuards => RowGuards.Concat(RangeGuards).Distinct();

    /// <summary>Those of the rows.</summary>
    [JsonIgnore]
    public IEnumerable<string> RowGuards => Steps.SelectMany(s => s.Rows.Select(r => $"{s.Entity}/{r.Key}"));

    /// <summary>Those of the claims and touches.</summary>
    [JsonIgnore]
    public IEnumerable<string> RangeGuards => Claims.Concat(Touches ?? []);

    /// <summary>Whether it changes many rows.</summary>
    [JsonIgnore]
    public bool HasManyRows => Steps.Sum(s => s.Rows.Count) >= ManyRows;

    /// <summary>Written by a newer release: what its steps do is not known here, only which entities they concern.</summary>
    [JsonIgnore]
    public bool IsNewer => SchemaVersion > CurrentSchemaVersion;

    /// <summary>The log's epoch and the place in it; null for a direct write.</summary>
    [JsonIgnore]
    public LogPosition? Position { get; init; }

    /// <summary>Bytes of the log from its beginning up to and with this entry; 0 for a direct write.</summary>
    [JsonIgnore]
    public long LogBytes { get; init; }

    /// <summary>How many parts the log keeps it in; 0 when its entry holds it whole.</summary>
    [JsonIgnore]
    public int LogParts { get; init; }
}

/// <summary>A place in a site's log.</summary>
public readonly record struct LogPosition(Guid Epoch, long Position);
