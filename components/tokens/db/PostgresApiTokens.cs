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

    public Task<ApiToken?> FindByHashAsync(string hash, CancellationToken ct) =>
        databases.NearestAsync(session => session.FindAsync<ApiToken>(FindByHash, new { hash }, ct), ct);
}

public static class TokensDbRegistration
{
    public static IServiceCollection AddTokensDb(this IServiceCollection services) => services.AddSingleton<IApiTokens, PostgresApiTokens>();
}
