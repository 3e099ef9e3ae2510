using Microsoft.Extensions.DependencyInjection;
using OpsDb.Kernel;

namespace OpsDb.Database;

/// <summary>On the main database, of the main site, which has no Redis.</summary>
internal sealed class PostgresSiteMemory(Databases databases, TimeProvider time) : ISiteMemory
{
    private const string Find = "select text from site_memory where name = @name and ends_at > now()";

    private const string Set =
        """
        insert into site_memory (name, text, ends_at) values (@name, @text, now() + @life)
        on conflict (name) do update set text = excluded.text, ends_at = excluded.ends_at
        """;

    private const string Add = $"{Set} where site_memory.ends_at <= now()";

    private const string Replace = "update site_memory set text = @text, ends_at = now() + @life where name = @name and text = @before and ends_at > now()";

    private const string Take = "delete from site_memory where name = @name returning case when ends_at > now() then text end";

    private const string Forget = "delete from site_memory where name = @name and text = @text and ends_at > now()";

    private const string Tidy =
        "delete from site_memory where name in (select name from site_memory where ends_at < now() limit 1000 for update skip locked)";

    private static readonly TimeSpan TidyInterval = TimeSpan.FromMinutes(1);

    private long tidied = time.GetTimestamp();

    public Task<string?> FindAsync(string name, CancellationToken ct) => AskAsync(main => main.FindAsync<string>(Find, new { name }, ct), ct);

    public Task SetAsync(string name, string text, TimeSpan life, CancellationToken ct) => WriteAsync(Set, new { name, text, life }, ct);

    public async Task<bool> ReplaceAsync(string name, string? before, string text, TimeSpan life, CancellationToken ct) =>
        await (before is null ? WriteAsync(Add, new { name, text, life }, ct) : WriteAsync(Replace, new { name, before, text, life }, ct)) == 1;

    public async Task<bool> ForgetAsync(string name, string text, CancellationToken ct) => await WriteAsync(Forget, new { name, text }, ct) == 1;

    public Task<string?> TakeAsync(string name, CancellationToken ct) => AskAsync(main => main.FindAsync<string>(Take, new { name }, ct), ct);

    private Task<int> WriteAsync(string sql, object parameters, CancellationToken ct) => AskAsync(async main =>
    {
        if (time.GetElapsedTime(Volatile.Read(ref tidied)) > TidyInterval)
        {
            Volatile.Write(ref tidied, time.GetTimestamp());
            await main.ExecuteAsync(Tidy, null, ct);
        }
        return await main.ExecuteAsync(sql, parameters, ct);
    }, ct);

    private async Task<T> AskAsync<T>(Func<DbSession, Task<T>> ask, CancellationToken ct)
    {
        await using var main = await databases.MainAsync(ct);
        return await ask(main);
    }
}

public static class PostgresMemoryRegistration
{
    public static IServiceCollection AddDatabaseMemory(this IServiceCollection services) => services.AddSingleton<ISiteMemory, PostgresSiteMemory>();
}
