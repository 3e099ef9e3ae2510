using OpsDb.Database;
using OpsDb.Kernel;

namespace OpsDb.Users.Db;

internal sealed class PostgresNotices(Databases databases) : INotices, IWaitingNotices, IPurge
{
    private const string Add =
        """
        insert into notice (about, user_name, subject, body)
        select * from unnest(@abouts, @users, @subjects, @bodies)
        on conflict (about) do nothing
        """;

    private const string Waiting =
        """
        select n.id, n.user_name as "user", u.email, n.subject, n.body, n.attempt
        from notice n join app_user u on u.name = n.user_name
        where n.delivered_at is null and n.next_at <= now() and u.disabled_at is null
        order by n.next_at, n.id limit @most
        """;

    private const string Delivered = "update notice set delivered_at = now(), next_at = null, reason = null where id = any(@notices)";

    private const string Failed =
        "update notice set attempt = attempt + 1, reason = @reason, next_at = now() + @again::interval where id = any(@notices) and delivered_at is null";

    /// <summary>What was sent is kept so that it is not sent again: for longer than anything lasts that a message tells of.</summary>
    private const string Purge =
        """
        delete from notice where id in (select id from notice where created_at < now() - interval '400 days' order by id limit 1000 for update skip locked)
        """;

    public async Task<int> AddAsync(IReadOnlyCollection<Notice> notices, CancellationToken ct)
    {
        await using var session = await databases.MainAsync(ct);
        return await session.ExecuteAsync(Add, new
        {
            abouts = notices.Select(n => n.About).ToArray(),
            users = notices.Select(n => n.User).ToArray(),
            subjects = notices.Select(n => n.Subject).ToArray(),
            bodies = notices.Select(n => n.Body).ToArray(),
        }, ct);
    }

    public async Task<IReadOnlyList<WaitingNotice>> ListAsync(int most, CancellationToken ct)
    {
        await using var session = await databases.MainAsync(ct);
        return await session.QueryAsync<WaitingNotice>(Waiting, new { most }, ct);
    }

    public Task DeliveredAsync(IReadOnlyCollection<long> notices, CancellationToken ct) => ExecuteAsync(Delivered, new { notices = notices.ToArray() }, ct);

    public Task FailedAsync(IReadOnlyCollection<long> notices, string reason, TimeSpan? again, CancellationToken ct) =>
        ExecuteAsync(Failed, new { notices = notices.ToArray(), reason = reason.Length > 1000 ? reason[..1000] : reason, again }, ct);

    public Task<int> PurgeAsync(CancellationToken ct) => ExecuteAsync(Purge, null, ct);

    private async Task<int> ExecuteAsync(string sql, object? parameters, CancellationToken ct)
    {
        await using var session = await databases.MainAsync(ct);
        return await session.ExecuteAsync(sql, parameters, ct);
    }
}
