using OpsDb.Servers;

namespace OpsDb.TestKit;

/// <summary>
/// Who owns the schemas of the tests and who the processes are: the roles of our own servers, or some made on a server that
/// the environment names.
/// </summary>
internal static class TestRoles
{
    private const string OwnerRole = "opsdb_test_owner", ApplicationRole = "opsdb_test";

    public static PostgresAddress Owner(TestServers servers) => servers.Primary?.Owner ?? servers.Postgres with { User = OwnerRole };

    public static PostgresAddress Application(TestServers servers) => servers.Primary?.Application ?? servers.Postgres with { User = ApplicationRole };

    /// <summary>On a server that is not ours they have the superuser's password, so that test runs beside each other agree.</summary>
    public static async Task CreateAsync(TestServers servers)
    {
        if (servers.Primary is not null)
            return;
        var password = servers.Postgres.Password.Replace("'", "''", StringComparison.Ordinal);
        await servers.Postgres.ExecuteAsync(
            $"""
            do $roles$
            begin
              perform pg_advisory_xact_lock(hashtext('{OwnerRole}'));
              if not exists (select from pg_roles where rolname = 'opsdb_application') then
                create role opsdb_application;
              end if;
              if not exists (select from pg_roles where rolname = '{OwnerRole}') then
                create role {OwnerRole};
                create role {ApplicationRole} in role opsdb_application;
              end if;
              alter role {OwnerRole} login password '{password}';
              alter role {ApplicationRole} login password '{password}';
            end
            $roles$
            """);
    }
}
