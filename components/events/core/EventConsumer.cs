using OpsDb.Kernel;

namespace OpsDb.Events;

/// <summary>Deals with events, for one purpose.</summary>
public interface IEventHandler
{
    /// <summary>The purpose: processes with the same one share its events.</summary>
    string Group { get; }

    /// <summary>Of which entities; all when null.</summary>
    IReadOnlySet<string>? Entities => null;

    /// <summary>
    /// Deals with some events of one entity. It may be given the same ones again, also after it has dealt with them: what it has done for an event of
    /// an <see cref="DomainEvent.Id"/> it must not do twice.
    /// </summary>
    /// <exception cref="OutageException">Something that it needs is away; they come again.</exception>
    Task HandleAsync(IReadOnlyList<StreamedEvent> events, CancellationToken ct);
}

/// <summary>
/// Gives a handler what its group is to deal with. What a process was given and has not dealt with, because it has died, another one is given; what
/// fails again and again is set apart, so that it stops nothing else.
/// </summary>
/// <param name="member">The name of this process in its groups.</param>
public sealed class EventConsumer(IEventStreams streams, string member)
{
    /// <summary>How often an event is tried before it is set apart.</summary>
    public const int MaxTries = 5;

    private const int PageSize = 500;

    /// <summary>How long a member may be silent about an event before another one is given it.</summary>
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(30);

    /// <summary>Deals with all that there is.</summary>
    /// <returns>How many events were dealt with, and why others were not.</returns>
    /// <exception cref="OutageException">Something is away; another turn goes on.</exception>
    public async Task<JobResult> TurnAsync(IEventHandler handler, CancellationToken ct)
    {
        var (done, failures) = (0, new List<string>());
        foreach (var entity in handler.Entities ?? streams.Entities)
        {
            while (true)
            {
                ct.ThrowIfCancellationRequested();
                var events = await streams.TakeAsync(entity, handler.Group, member, Idle, PageSize, ct);
                if (events.Count == 0)
                    break;
                var before = failures.Count;
                done += await HandleAsync(handler, entity, events, failures, ct);
                // What has failed is not given again before others had their turn.
                if (failures.Count > before)
                    break;
            }
        }
        return JobResult.Of(done, failures);
    }

    private async Task<int> HandleAsync(
        IEventHandler handler, string entity, IReadOnlyList<StreamedEvent> events, List<string> failures, CancellationToken ct)
    {
        try
        {
            await handler.HandleAsync(events, ct);
        }
        catch (Exception e) when (e is not (OutageException or OperationCanceledException) && events.Count > 1)
        {
            // One of them is in the way: each by itself.
            var done = 0;
            foreach (var one in events)
                done += await HandleAsync(handler, entity, [one], failures, ct);
            return done;
        }
        catch (Exception e) when (e is not (OutageException or OperationCanceledException))
        {
            failures.Add($"{entity} {events[0].Event.Id}: {e.Message}");
            if (await streams.TriesAsync(entity, handler.Group, events[0].Position, ct) >= MaxTries)
                await streams.SetAsideAsync(entity, handler.Group, events[0], e.Message, ct);
            return 0;
        }
        await streams.ConfirmAsync(entity, handler.Group, [.. events.Select(e => e.Position)], CancellationToken.None);
        return events.Count;
    }
}
