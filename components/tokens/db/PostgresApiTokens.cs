using Microsoft.Extensions.DependencyInjection;
using OpsDb.Database;

namespace OpsDb.Tokens.Db;

internal sealed class PostgresApiTokens(Databases databases) : IApiTokens
{
    private const string FindByHash =
        """
        select id, name, kind, user_name, token_hash, scopes, expires_at, revoked_at,
               version, created_at, created_by, modified_at, modified_by, transaction_id
        from api_token where token_hash = @hash
        """;

    public async Task<ApiToken?> FindByHashAsync(string hash, CancellationToken ct)
    {
        await using var local = await databases.LocalAsync(ct);
        return await local.FindAsync<ApiToken>(FindByHash, new { hash }, ct);
    }
}

public static class TokensDbRegistration
{
    public static IServiceCollection AddTokensDb(this IServiceCollection services) => services.AddSingleton<IApiTokens, PostgresApiTokens>();
}
