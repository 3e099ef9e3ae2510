using Microsoft.Extensions.DependencyInjection;
using OpsDb.Database;
using OpsDb.Kernel;

namespace OpsDb.Users.Db;

internal sealed class PostgresAccounts(Databases databases) : IAccountRows, IUserIdentities
{
    private const string Find =
        """
        select u.id, u.name, u.kind, u.disabled_at,
               array(select r.name from user_role ur join role r on r.id = ur.role_id where ur.app_user_id = u.id order by r.name) as roles,
               array(select distinct p from user_role ur join role r on r.id = ur.role_id, unnest(r.permissions) p
                     where ur.app_user_id = u.id order by p) as permissions
        from app_user u where u.name = @name
        """;

    private const string FindName =
        """
        select u.name from user_identity i join app_user u on u.id = i.app_user_id where i.issuer = @issuer and i.subject = @subject
        """;

    public async Task<AccountRow?> FindAsync(string name, CancellationToken ct) =>
        (await databases.NearestAsync(session => session.FindAsync<Found>(Find, new { name }, ct), ct))?.Row();

    public Task<string?> FindNameAsync(string issuer, string subject, CancellationToken ct) =>
        databases.NearestAsync(session => session.FindAsync<string>(FindName, new { issuer, subject }, ct), ct);

    private sealed record Found
    {
        public int Id { get; init; }
        public string Name { get; init; } = "";
        public UserKind Kind { get; init; }
        public DateTimeOffset? DisabledAt { get; init; }
        public string[] Roles { get; init; } = [];
        public string[] Permissions { get; init; } = [];

        public AccountRow Row() => new(Id, Name, Kind, DisabledAt, Roles, Permissions);
    }
}

public static class UsersDbRegistration
{
    public static IServiceCollection AddUsersDb(this IServiceCollection services) => services
        .AddSingleton<IAccountRows, PostgresAccounts>()
        .AddSingleton<IUserIdentities, PostgresAccounts>()
        .AddSingleton<INotices, PostgresNotices>()
        .AddSingleton<IWaitingNotices, PostgresNotices>()
        .AddSingleton<IPurge, PostgresNotices>();
}
