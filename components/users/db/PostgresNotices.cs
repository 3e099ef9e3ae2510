using OpsDb.Database;

namespace OpsDb.Users.Db;

internal sealed class PostgresNotices(Databases databases) : INotices
{
    private const string Add =
        """
        insert into notice (about, user_name, subject, body)
        select * from unnest(@abouts, @users, @subjects, @bodies)
        on conflict (about) do nothing
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
}
