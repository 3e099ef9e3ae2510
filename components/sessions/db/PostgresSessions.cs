using Microsoft.Extensions.DependencyInjection;
using OpsDb.Database;

namespace OpsDb.Sessions.Db;

internal sealed class PostgresSessions(Databases databases) : ISessionRows
{
    private const string Find =
        """
        select id, user_name, secret_hash, method, address, user_agent, signed_in_at, expires_at, ended_at, replace(ended_reason, '_', '') as ended_reason,
               version, created_at, created_by, modified_at, modified_by, transaction_id
        from user_session where id = @id
        """;

    public Task<UserSession?> FindAsync(Guid id, CancellationToken ct) =>
        databases.NearestAsync(session => session.FindAsync<UserSession>(Find, new { id }, ct), ct);
}

public static class SessionsDbRegistration
{
    public static IServiceCollection AddSessionsDb(this IServiceCollection services) => services.AddSingleton<ISessionRows, PostgresSessions>();
}
