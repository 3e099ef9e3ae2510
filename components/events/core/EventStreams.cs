using OpsDb.Kernel;

namespace OpsDb.Events;

/// <summary>An event in the streams of this site.</summary>
/// <param name="Position">Its place: it rises over all streams of the site. Other sites have others.</param>
public sealed record StreamedEvent(long Position, DomainEvent Event);

/// <summary>What came after a position.</summary>
/// <param name="Events">In the order of their positions.</param>
/// <param name="Position">Up to where that is everything.</param>
/// <param name="More">Whether there is more already.</param>
/// <param name="IsIncomplete">Whether events may be missing in between, because the streams keep only the newest.</param>
public sealed record StreamPage(IReadOnlyList<StreamedEvent> Events, long Position, bool More, bool IsIncomplete);

/// <summary>
/// The events of a site: a stream for each entity, which keeps the newest. Whoever follows them alone remembers a position; several processes that
/// share the work of one purpose are a group, which remembers for them.
/// </summary>
public interface IEventStreams
{
    /// <summary>The entities of which there are events, as they are called in addresses.</summary>
    IReadOnlySet<string> Entities { get; }

    /// <summary>How far a source was read; null when it never was.</summary>
    /// <exception cref="OutageException">The streams cannot be reached; so of all that they are asked.</exception>
    Task<string?> CursorAsync(string source, CancellationToken ct);

    /// <summary>Appends events and notes how far their source is, both or neither, if nobody has done so since it was there.</summary>
    /// <returns>Whether it was.</returns>
    Task<bool> AppendAsync(string source, string? before, string after, IReadOnlyList<DomainEvent> events, CancellationToken ct);

    /// <summary>The position of the newest event.</summary>
    Task<long> LastAsync(CancellationToken ct);

    /// <summary>What came after a position.</summary>
    Task<StreamPage> AfterAsync(IReadOnlyCollection<string> entities, long position, int most, CancellationToken ct);

    /// <summary>
    /// Gives a member of a group what nobody of it was given yet, and before that what another one was given and has not confirmed for
    /// <paramref name="idle"/>. A group that is new begins with the oldest event that is kept.
    /// </summary>
    /// <param name="member">Who asks: each process of a group has a name of its own.</param>
    Task<IReadOnlyList<StreamedEvent>> TakeAsync(string entity, string group, string member, TimeSpan idle, int most, CancellationToken ct);

    /// <summary>The group is done with them.</summary>
    Task ConfirmAsync(string entity, string group, IReadOnlyCollection<long> positions, CancellationToken ct);

    /// <summary>How often the group was given an event that it has not confirmed.</summary>
    Task<int> TriesAsync(string entity, string group, long position, CancellationToken ct);

    /// <summary>Confirms an event that cannot be dealt with, and keeps it apart with the reason.</summary>
    Task SetAsideAsync(string entity, string group, StreamedEvent dead, string reason, CancellationToken ct);

    /// <summary>How many events were set apart for a group and are kept.</summary>
    Task<long> DeadAsync(string group, CancellationToken ct);

    /// <summary>Calls back when something may have been appended, until the process ends.</summary>
    Task SubscribeAsync(Action appended, CancellationToken ct);
}
