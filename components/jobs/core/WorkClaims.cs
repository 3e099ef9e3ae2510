using Microsoft.Extensions.DependencyInjection;
using OpsDb.Kernel;

namespace OpsDb.Jobs;

/// <summary>Gives items of work to workers, each to one at a time, for as long as the worker renews its claim.</summary>
public interface IWorkClaims
{
    /// <summary>Takes items whose time has come, those that nobody has and those whose worker was lost; from no queue more than its share.</summary>
    /// <param name="lease">How long the claim lasts unless it is renewed.</param>
    /// <param name="process">Who takes them.</param>
    Task<IReadOnlyList<WorkItem>> ClaimAsync(IReadOnlyCollection<string> queues, int most, TimeSpan lease, string process, CancellationToken ct);

    /// <summary>The worker no longer says anything of it: what became of the item is recorded.</summary>
    Task ReleaseAsync(WorkItem item, CancellationToken ct);

    /// <returns>False when somebody else has it now.</returns>
    Task<bool> RenewAsync(WorkItem item, TimeSpan lease, CancellationToken ct);
}

/// <summary>
/// The same at a site whose changes go by its log: whoever sets a text in the site's Redis may try, and whose claim the log takes has the item. Works
/// cut off.
/// </summary>
internal sealed class LogClaims(IServiceScopeFactory scopes, ISiteMemory memory, TimeProvider time) : IWorkClaims
{
    public async Task<IReadOnlyList<WorkItem>> ClaimAsync(
        IReadOnlyCollection<string> queues, int most, TimeSpan lease, string process, CancellationToken ct)
    {
        var claimed = new List<WorkItem>();
        foreach (var (n, queue) in queues.Index())
        {
            var share = Math.Max(1, (most - claimed.Count) / (queues.Count - n));
            foreach (var item in await OpenAsync(queue, ct))
            {
                if (claimed.Count >= most || share == 0)
                    break;
                if (await ClaimAsync(item, lease, process, ct) is not { } mine)
                    continue;
                claimed.Add(mine);
                share--;
            }
        }
        return claimed;
    }

    public Task ReleaseAsync(WorkItem item, CancellationToken ct) => memory.ForgetAsync(NameOf(item), TextOf(item), ct);

    public async Task<bool> RenewAsync(WorkItem item, TimeSpan lease, CancellationToken ct) =>
        await memory.ReplaceAsync(NameOf(item), TextOf(item), TextOf(item), lease, ct);

    private async Task<IEnumerable<WorkItem>> OpenAsync(string queue, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var open = await scope.ServiceProvider.GetRequiredService<IReader<WorkItem, Guid>>()
            .ListAsync(ListQuery<WorkItem>.Everything.Where("queue", queue)
                .WhereOneOf("state", [WorkItemState.Waiting, WorkItemState.Claimed]), ct);
        var now = time.GetUtcNow();
        return open.Items.Where(i => i.State == WorkItemState.Claimed || i.NotBefore <= now).OrderBy(i => (i.Priority, i.NotBefore, i.Id));
    }

    private async Task<WorkItem?> ClaimAsync(WorkItem item, TimeSpan lease, string process, CancellationToken ct)
    {
        var mine = item with { Fence = item.Fence + 1 };
        if (!await memory.ReplaceAsync(NameOf(item), null, TextOf(mine), lease, ct))
            return null;
        await using var scope = scopes.CreateAsyncScope();
        try
        {
            var commands = scope.ServiceProvider.GetRequiredService<ICommands>();
            return (await commands.SubmitAsync(new ClaimWork(item.Id, item.Fence, process), new(Actor.Jobs), ct)).Result;
        }
        catch (RefusalException)
        {
            // It has moved since it was listed.
            await ReleaseAsync(mine, ct);
            return null;
        }
    }

    private static string NameOf(WorkItem item) => $"work/{item.Id}";

    private static string TextOf(WorkItem item) => FormattableString.Invariant($"{item.Fence}");
}
