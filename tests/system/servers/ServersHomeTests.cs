using OpsDb.Servers;

namespace OpsDb.SystemTests.Servers;

public sealed class ServersHomeTests
{
    [Test]
    public async Task Data_goes_elsewhere_when_the_servers_user_cannot_enter_the_home()
    {
        if (Environment.UserName != "root")
            Assert.Ignore("Only as root PostgreSQL runs as another user.");
        var closed = Directory.CreateTempSubdirectory("opsdb-closed-").FullName;
        var home = Path.Combine(closed, "home");
        ServersHome.Create(home);
        var options = new PostgresOptions { Name = "primary", Home = home, Port = Ports.Next(), Passwords = ServerPasswords.Create(), Fsync = false };
        var link = new DirectoryInfo(Path.Combine(home, "postgres"));
        try
        {
            await using (var server = new PostgresServer(options))
            {
                await server.StartAsync();
                Assert.That(await server.QueryAsync("create table kept (n int); select 1"), Is.EqualTo("1"));
                Assert.That(link.LinkTarget, Does.StartWith("/var/lib/opsdb/"));
            }

            await using var again = new PostgresServer(options);
            await again.StartAsync();
            Assert.That(await again.QueryAsync("select count(*) from kept"), Is.EqualTo("0"));
        }
        finally
        {
            var outside = link.LinkTarget;
            ServersHome.Delete(home);
            Directory.Delete(closed, recursive: true);
            Assert.That(Directory.Exists(outside), Is.False, "nothing is left behind");
        }
    }
}
