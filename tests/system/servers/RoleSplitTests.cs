using OpsDb.Servers;

namespace OpsDb.SystemTests.Servers;

/// <summary>A home of an earlier version, whose application owned the schema.</summary>
public sealed class RoleSplitTests
{
    private readonly string home = Directory.CreateTempSubdirectory("opsdb-old-").FullName;

    [TearDown]
    public void Remove() => ServersHome.Delete(home);

    [Test]
    public async Task It_is_given_an_owner_at_the_next_start()
    {
        ServersHome.Create(home);
        var options = new PostgresOptions { Name = "primary", Home = home, Port = Ports.Next(), Passwords = ServerPasswords.Create(), Fsync = false };
        await using var server = new PostgresServer(options);
        await server.StartAsync();
        await server.QueryAsync(
            """
            reassign owned by opsdb_owner to opsdb;
            drop owned by opsdb_owner, opsdb_application;
            drop role opsdb_owner, opsdb_application;
            set role opsdb;
            create table kept (n int)
            """);
        foreach (var _ in (int[])[1, 2])
        {
            await server.SplitRolesAsync();
            Assert.That(
                await server.QueryAsync(
                    """
                    select tableowner, pg_get_userbyid(datdba),
                      pg_has_role('opsdb', 'opsdb_application', 'usage'), has_table_privilege('opsdb', 'kept', 'truncate')
                    from pg_tables, pg_database where tablename = 'kept' and datname = 'opsdb'
                    """),
                Is.EqualTo("opsdb_owner|opsdb_owner|t|f"));
        }
    }

    [Test]
    public void Its_passwords_are_kept_and_the_owner_gets_one()
    {
        var path = Path.Combine(home, "passwords.json");
        File.WriteAllText(path, """{"Admin":"a","Application":"b","Replication":"c","Redis":"d"}""");
        var read = ServerPasswords.LoadOrCreate(path);
        Assert.That((read.Admin, read.Application, read.Replication, read.Redis), Is.EqualTo(("a", "b", "c", "d")));
        Assert.That(read.Owner, Has.Length.EqualTo(32));
        Assert.That(ServerPasswords.LoadOrCreate(path).Owner, Is.EqualTo(read.Owner));
    }
}
