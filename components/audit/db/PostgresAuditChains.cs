using Microsoft.Extensions.DependencyInjection;
using OpsDb.Database;

namespace OpsDb.Audit.Db;

internal sealed class PostgresAuditChains(Databases databases) : IAuditChains
{
    private const int PageSize = 10_000;

    private const string Sites = "select site from audit_chain union select site from audit_entry order by 1";

    // The text is made here once more and not by what the database hashed it with: who edits an entry could edit that too.
    private const string Links =
        """
        select c.number, c.entry_id, c.previous_hash, c.hash, e.site,
               case when e.id is not null then json_build_array(
                 e.id, to_char(e.at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), e.site, e.user_name, e.token_id, e.action, e.outcome, e.target,
                 e.address, e.detail, e.version, to_char(e.created_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), e.created_by,
                 to_char(e.modified_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), e.modified_by, e.transaction_id)::text end as text
        from audit_chain c left join audit_entry e on e.id = c.entry_id
        where c.site = @site and c.number > @after order by c.number limit @limit
        """;

    private const string Outside =
        "select id from audit_entry e where site = @site and not exists (select from audit_chain c where c.entry_id = e.id) order by at, id limit 1";

    public Task<IReadOnlyList<string>> SitesAsync(CancellationToken ct) => AskAsync(main => main.QueryAsync<string>(Sites, null, ct), ct);

    public Task<IReadOnlyList<AuditLink>> LinksAsync(string site, long after, CancellationToken ct) =>
        AskAsync(main => main.QueryAsync<AuditLink>(Links, new { site, after, limit = PageSize }, ct), ct);

    public Task<Guid?> FindOutsideAsync(string site, CancellationToken ct) => AskAsync(main => main.FindAsync<Guid?>(Outside, new { site }, ct), ct);

    private async Task<T> AskAsync<T>(Func<DbSession, Task<T>> ask, CancellationToken ct)
    {
        await using var main = await databases.MainAsync(ct);
        return await ask(main);
    }
}

public static class AuditDbRegistration
{
    public static IServiceCollection AddAuditDb(this IServiceCollection services) => services.AddSingleton<IAuditChains, PostgresAuditChains>();
}
