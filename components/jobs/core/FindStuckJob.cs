using System.Globalization;
using OpsDb.Kernel;
using OpsDb.Users;

namespace OpsDb.Jobs;

/// <summary>Work that does not go on by itself.</summary>
/// <param name="What">In a few words.</param>
/// <param name="Queue">Where.</param>
/// <param name="Items">How many items.</param>
/// <param name="Since">Since when the oldest, UTC.</param>
/// <param name="Example">Of one of them why.</param>
public sealed record StuckWork(string What, string Queue, int Items, DateTimeOffset Since, string? Example);

/// <summary>
/// Finds work that nobody will do unless a person looks: what was given up, what waits in a queue that nobody works on, and what somebody has had for very
/// long. Administrators are told of it once a day for each queue and kind, not once for each item.
/// </summary>
internal sealed class FindStuckJob(
    IReader<WorkItem, Guid> items, Administrators administrators, INotices notices, JobBook book, TimeProvider time) : IJob
{
    private const int MaxItems = 10_000;

    /// <summary>After so long without a worker a queue has none; after so long with one item a worker does not come to an end.</summary>
    internal static readonly TimeSpan Unattended = TimeSpan.FromHours(1), Endless = TimeSpan.FromDays(1);

    public string Name => "find-stuck";

    public string Description => "Finds work that does not go on by itself, and tells administrators.";

    public string Schedule => "50 0/5 * * * ?";

    public bool RunsAt(SiteType site) => site == SiteType.Main;

    public async Task<JobResult> RunAsync(CancellationToken ct)
    {
        var now = time.GetUtcNow();
        List<StuckWork> stuck =
        [
            .. Of("was given up", await ListAsync(WorkItemState.Quarantined, null, ct), _ => true),
            .. Of("waits for a worker", await ListAsync(WorkItemState.Waiting, now - Unattended, ct), i => i.NotBefore < now - Unattended),
            .. Of("is with a worker for very long", await ListAsync(WorkItemState.Claimed, now - Endless, ct), _ => true),
        ];
        await book.TellStuckAsync(stuck, ct);
        if (stuck.Count > 0)
            await notices.AddAsync([.. (await administrators.ListAsync(ct)).SelectMany(u => stuck.Select(s => NoticeOf(u, s, now)))], ct);
        return new(0) { Reason = stuck.Count == 0 ? null : string.Join("; ", stuck.Select(s => $"{s.Queue}: {s.Items} {s.What}")) };
    }

    private static IEnumerable<StuckWork> Of(string what, IReadOnlyList<WorkItem> found, Func<WorkItem, bool> isStuck) => found.Where(isStuck)
        .GroupBy(i => i.Queue, (queue, of) => (queue, Items: of.OrderBy(i => i.Since).ToList())).OrderBy(g => g.queue, StringComparer.Ordinal)
        .Select(g => new StuckWork(what, g.queue, g.Items.Count, g.Items[0].Since, g.Items[0].Reason));

    private static Notice NoticeOf(User user, StuckWork stuck, DateTimeOffset now) => new(
        $"stuck {now.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)} {stuck.Queue} {stuck.What} {user.Name}",
        user.Name,
        $"Work in {stuck.Queue} {stuck.What}",
        $"{stuck.Items} items, the oldest since {Instant.Format(stuck.Since)}{(stuck.Example is { } why ? $": {why}" : "")}. "
            + $"GET /api/v1/work-items?queue={stuck.Queue} shows them; what was given up goes on after POST /api/v1/work-items/retry with that filter.");

    private async Task<IReadOnlyList<WorkItem>> ListAsync(WorkItemState state, DateTimeOffset? before, CancellationToken ct)
    {
        var query = ListQuery<WorkItem>.Everything.Where("state", state).AtMost(MaxItems);
        return (await items.ListAsync(before is { } end ? query.Where("since_before", end) : query, ct)).Items;
    }
}
