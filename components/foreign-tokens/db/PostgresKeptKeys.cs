using Microsoft.Extensions.DependencyInjection;
using OpsDb.Database;

namespace OpsDb.ForeignTokens.Db;

internal sealed class PostgresKeptKeys(Databases databases) : IKeptKeys
{
    private const string Find = "select keys, read_at from provider_keys where issuer = @issuer";

    private const string Save =
        """
        insert into provider_keys (issuer, keys, read_at) values (@issuer, @keys, @at)
        on conflict (issuer) do update set keys = excluded.keys, read_at = excluded.read_at where provider_keys.read_at < excluded.read_at
        """;

    public Task<KeptKeys?> FindAsync(string issuer, CancellationToken ct) =>
        databases.NearestAsync(session => session.FindAsync<KeptKeys>(Find, new { issuer }, ct), ct);

    public async Task SaveAsync(string issuer, KeptKeys keys, CancellationToken ct)
    {
        await using var main = await databases.MainAsync(ct);
        await main.ExecuteAsync(Save, new { issuer, keys = keys.Keys, at = keys.ReadAt }, ct);
    }
}

public static class ForeignTokensDbRegistration
{
    public static IServiceCollection AddForeignTokensDb(this IServiceCollection services) => services.AddSingleton<IKeptKeys, PostgresKeptKeys>();
}
