using Microsoft.Extensions.DependencyInjection;
using OpsDb.Database;
using OpsDb.Kernel;

namespace OpsDb.Jobs.Db;

/// <summary>On the main database, at the site that writes to it directly. All times are its own: a worker's clock does not matter.</summary>
internal sealed class PostgresClaims(Databases databases, IServiceScopeFactory scopes) : IWorkClaims
{
    private const string Claim =
        """
        with open as (
          select w.id
          from unnest(@queues) q (name) cross join lateral (
            select w.id
            from work_item w left join work_lease l on l.work_item_id = w.id
            where w.queue = q.name
              -- Who waited for the lock sees the item as it is now and the lease as it was: another fence says so.
              and (w.state = 'waiting' and w.not_before <= now() or w.state = 'claimed' and l.fence = w.fence and l.ends_at < now())
            order by w.priority, w.not_before, w.id limit @share
            for update of w skip locked) w
          limit @most),
        claimed as (
          update work_item w
          set state = 'claimed', fence = w.fence + 1, attempt = w.attempt + 1, claimed_by = @process, since = now(), next_step = w.operation,
              version = w.version + 1, modified_at = now(), modified_by = @user,
              reason = case when w.state = 'claimed' then 'the worker ' || w.claimed_by || ' was lost' else w.reason end
          from open where w.id = open.id
          returning w.id, w.fence),
        leased as (
          insert into work_lease (work_item_id, fence, ends_at) select id, fence, now() + @lease from claimed
          on conflict (work_item_id) do update set fence = excluded.fence, ends_at = excluded.ends_at)
        select id from claimed
        """;

    private const string Release = "update work_lease set ends_at = now() where work_item_id = @id and fence = @fence";

    private const string Renew = "update work_lease set ends_at = now() + @lease where work_item_id = @id and fence = @fence";

    public async Task<IReadOnlyList<WorkItem>> ClaimAsync(
        IReadOnlyCollection<string> queues, int most, TimeSpan lease, string process, CancellationToken ct)
    {
        if (most <= 0)
            return [];
        IReadOnlyList<Guid> claimed;
        await using (var main = await databases.MainAsync(ct))
        {
            // From here on they are this process's: whoever wants to stop has to give them back.
            claimed = await main.QueryAsync<Guid>(Claim, new
            {
                queues = queues.ToArray(),
                share = Math.Max(1, most / queues.Count),
                most,
                lease,
                process,
                user = Actor.Jobs.User,
            }, CancellationToken.None);
        }
        if (claimed.Count == 0)
            return [];
        await using var scope = scopes.CreateAsyncScope();
        var items = await scope.ServiceProvider.GetRequiredService<IReader<WorkItem, Guid>>().FindManyAsync(claimed, CancellationToken.None);
        return [.. items.Values.OrderBy(i => (i.Priority, i.NotBefore, i.Id))];
    }

    public async Task ReleaseAsync(WorkItem item, CancellationToken ct)
    {
        await using var main = await databases.MainAsync(ct);
        await main.ExecuteAsync(Release, new { id = item.Id, fence = item.Fence }, ct);
    }

    public async Task<bool> RenewAsync(WorkItem item, TimeSpan lease, CancellationToken ct)
    {
        await using var main = await databases.MainAsync(ct);
        return await main.ExecuteAsync(Renew, new { id = item.Id, fence = item.Fence, lease }, ct) == 1;
    }
}

public static class JobsDbRegistration
{
    public static IServiceCollection AddJobsDb(this IServiceCollection services) => services.AddSingleton<IWorkClaims, PostgresClaims>();
}
