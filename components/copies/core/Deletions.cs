using System.Text.Json.Serialization;
using OpsDb.Kernel;

namespace OpsDb.Copies;

/// <summary>Whether copies may be deleted, by the main database's own rule: the one that decides when a deletion is scheduled.</summary>
public interface IDeletionObstacles
{
    /// <returns>Of each copy that the site's database has, what stands in the way; nothing when it may be deleted.</returns>
    Task<IReadOnlyDictionary<Guid, IReadOnlyList<string>>> FindAsync(IReadOnlyCollection<Guid> copies, CancellationToken ct);
}

/// <summary>A copy, and whether it may be deleted.</summary>
/// <param name="Copy">As it is.</param>
/// <param name="MayBeDeleted">Whether nothing stands in the way.</param>
/// <param name="Obstacles">
/// What does: <c>long_term_archive</c>, <c>status</c>, <c>no_package</c>, <c>archive_copies</c>, <c>hold</c>, <c>staging_job</c>, each with details.
/// </param>
public sealed record DeletionCandidate(PhysicalCopy Copy, bool MayBeDeleted, IReadOnlyList<string> Obstacles);

/// <summary>Tells of copies whether they may be deleted, and why not.</summary>
public sealed class DeletionCandidates(IReader<PhysicalCopy, Guid> copies, IDeletionObstacles obstacles)
{
    public async Task<Page<DeletionCandidate>> ListAsync(ListQuery<PhysicalCopy> query, CancellationToken ct)
    {
        var page = await copies.ListAsync(query, ct);
        var found = await obstacles.FindAsync([.. page.Items.Select(c => c.Id)], ct);
        return new([.. page.Items.Select(c => Of(c, found.GetValueOrDefault(c.Id)))], page.Next, page.Total);
    }

    private static DeletionCandidate Of(PhysicalCopy copy, IReadOnlyList<string>? obstacles) =>
        new(copy, obstacles is { Count: 0 }, obstacles ?? ["unknown: the site's database does not have the copy yet"]);
}

/// <summary>The deletion of all copies that some filters match, and that may be deleted, is scheduled; the others stay.</summary>
[Kind("physical_copies.schedule_deletion")]
public sealed record ScheduleDeletions : WorkMove, ICommand<ManyMoved>
{
    [JsonIgnore]
    public ListQuery<PhysicalCopy>? Of { get; init; }

    internal sealed class Handler(ManyRows<PhysicalCopy> many, IDeletionObstacles obstacles, TimeProvider time) : ICommandHandler<ScheduleDeletions, ManyMoved>
    {
        public async Task<Decision<ManyMoved>> Decide(ScheduleDeletions command, CancellationToken ct)
        {
            var now = time.GetUtcNow();
            var found = await obstacles.FindAsync([.. (await many.ReadAsync(command.Of!, ct)).Select(c => c.Id)], ct);
            return await many.MoveAsync(command.Of!, Scheduled, c => EnumText.Of(c.Status), ct);

            PhysicalCopy? Scheduled(PhysicalCopy copy) =>
                found.GetValueOrDefault(copy.Id) is { Count: 0 } && PhysicalCopy.Transitions.Allows(copy.Status, CopyStatus.DeletionScheduled)
                    ? copy.Moved(now, command) with { Status = CopyStatus.DeletionScheduled }
                    : null;
        }
    }
}
