using System.Text.Json.Serialization;

namespace OpsDb.Kernel;

/// <summary>What happened to a row.</summary>
public enum EventChange { Created, Changed, Deleted }

/// <summary>How far it has come.</summary>
public enum EventState
{
    /// <summary>This site has accepted it and keeps it; the main database has not decided on it yet.</summary>
    Buffered,

    /// <summary>The main database has it.</summary>
    Recorded,
}

/// <summary>
/// Something has happened to one row of an entity. What is recorded is told in the order in which it was recorded, for each row; the same event
/// may come more than once, and has the same <see cref="Id"/> then.
/// </summary>
/// <param name="Entity">What the rows are called in addresses.<example>executions</example></param>
/// <param name="Key">The row's <c>id</c> as text.</param>
/// <param name="Change">What happened to it.</param>
/// <param name="State">Whether it is recorded.</param>
/// <param name="At">When it was recorded, by the main database's clock; of what is buffered, when it was accepted, UTC.</param>
public sealed record DomainEvent(string Entity, string Key, EventChange Change, EventState State, DateTimeOffset At)
{
    /// <summary>Its number, the same at every site; null of what is buffered.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Id { get; init; }

    /// <summary>The version of the row that it made, or deleted; null of what is buffered.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Version { get; init; }

    /// <summary>What was asked for.<example>executions.start</example></summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Kind { get; init; }

    /// <summary>The transaction that did it; null of a change by hand.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Guid? Transaction { get; init; }

    /// <summary>The site that accepted it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Site { get; init; }

    /// <summary>Whose name it bears.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Actor { get; init; }
}

/// <summary>Where events come from.</summary>
public interface IEventSource
{
    /// <summary>Under which its cursor is kept.</summary>
    string Name { get; }

    /// <summary>What came after a place.</summary>
    /// <param name="cursor">The place, as an earlier page names it; null for the beginning of what is kept.</param>
    /// <exception cref="OutageException">It cannot be read.</exception>
    Task<EventPage> ReadAsync(string? cursor, int most, CancellationToken ct);
}

/// <summary>Some events.</summary>
/// <param name="Cursor">The place behind them.</param>
/// <param name="More">Whether there are more already.</param>
public sealed record EventPage(IReadOnlyList<DomainEvent> Events, string Cursor, bool More);
