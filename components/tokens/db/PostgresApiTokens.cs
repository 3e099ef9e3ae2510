using Microsoft.Extensions.DependencyInjection;
using OpsDb.Database;
using OpsDb.Kernel;

namespace OpsDb.Tokens.Db;

internal sealed class PostgresApiTokens(Databases databases) : IApiTokens, ITokenNames, IEndingTokens
{
    private const string Select =
        """
        select id, name, kind, user_name, token_hash, key_id, scopes, expires_at, revoked_at, allowed_networks, rotated_from,
               version, created_at, created_by, modified_at, modified_by, transaction_id
        from api_token
        """;

    private const string FindByHash = $"{Select} where token_hash = any(@hashes)";
    private const string FindNames = "select id, name from api_token where id = any(@ids)";
    private const string ListByName = $"{Select} order by name, created_at";

    private const string Ending =
        $"""
        {Select} t
        where revoked_at is null and expires_at between now() and now() + @within
          and not exists (select from api_token n where n.rotated_from = t.id)
          and exists (select from app_user u where u.name = t.user_name and u.disabled_at is null)
        order by expires_at
        """;

    public Task<ApiToken?> FindByHashAsync(IReadOnlyList<string> hashes, CancellationToken ct) =>
        databases.NearestAsync(session => session.FindAsync<ApiToken>(FindByHash, new { hashes }, ct), ct);

    public async Task<IReadOnlyDictionary<Guid, string>> FindNamesAsync(IReadOnlyCollection<Guid> ids, CancellationToken ct) =>
        (await databases.NearestAsync(session => session.QueryAsync<(Guid Id, string Name)>(FindNames, new { ids = ids.ToArray() }, ct), ct))
            .ToDictionary(t => t.Id, t => t.Name);

    public async Task<IReadOnlyList<ApiToken>> ListAsync(CancellationToken ct)
    {
        await using var session = await databases.MainAsync(ct);
        return await session.QueryAsync<ApiToken>(ListByName, null, ct);
    }

    public async Task<IReadOnlyList<ApiToken>> EndingAsync(TimeSpan within, CancellationToken ct)
    {
        await using var session = await databases.MainAsync(ct);
        return await session.QueryAsync<ApiToken>(Ending, new { within }, ct);
    }
}

public static class TokensDbRegistration
{
    public static IServiceCollection AddTokensDb(this IServiceCollection services) => services
        .AddSingleton<IApiTokens, PostgresApiTokens>()
        .AddSingleton<ITokenNames, PostgresApiTokens>()
        .AddSingleton<IEndingTokens, PostgresApiTokens>()
        .AddSingleton<IDeviceRequests, PostgresDeviceRequests>()
        .AddSingleton<ITokenUses, PostgresTokenUses>();
}
