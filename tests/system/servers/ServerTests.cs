using Npgsql;
using OpsDb.Servers;

namespace OpsDb.SystemTests.Servers;

/// <summary>The shared servers themselves are stopped, frozen and killed here, so one test runs at a time.</summary>
[NonParallelizable]
public sealed class ServerTests
{
    private static TestServers Servers => AssemblyServers.Servers;

    private string Table { get; } = $"t_{Guid.NewGuid():n}";

    [TearDown]
    public async Task PutUp()
    {
        Servers.Relay.Up();
        await Servers.Replica!.ResumeAsync();
        await Servers.Primary!.ResumeAsync();
        await Servers.RedisServer!.ResumeAsync();
    }

    [Test]
    public async Task The_replica_was_made_and_follows_through_the_relay()
    {
        Assert.That(Servers.Relay.Status.BytesToSite, Is.GreaterThan(10_000_000), "the base backup");
        await MakeRowsAsync(1);
        await ReplicaHasAsync(1);
        Assert.That(await Servers.Replica!.QueryAsync("select slot_name from pg_stat_wal_receiver"), Is.EqualTo("replica"));
    }

    [Test]
    public async Task The_replica_follows_again_after_a_cut()
    {
        await MakeRowsAsync(1);
        await ReplicaHasAsync(1);
        Servers.Relay.Down();
        await Servers.Primary!.QueryAsync($"insert into {Table} values (2)");
        Assert.That(await Servers.Replica!.QueryAsync($"select count(*) from {Table}"), Is.EqualTo("1"));
        Servers.Relay.Up();
        await ReplicaHasAsync(2);
    }

    [Test]
    public async Task The_replica_follows_again_after_a_link_that_hung()
    {
        await MakeRowsAsync(1);
        Servers.Relay.Hang();
        await Servers.Primary!.QueryAsync($"insert into {Table} values (2)");
        await Eventually.IsTrueAsync(
            async () => await Servers.Replica!.QueryAsync("select count(*) from pg_stat_wal_receiver where status = 'streaming'") == "0",
            "the replica gives the silent connection up");
        Servers.Relay.Up();
        await ReplicaHasAsync(2, seconds: 40);
    }

    [Test]
    public async Task A_killed_primary_comes_back_with_its_data()
    {
        await MakeRowsAsync(1);
        // Without fsync only the machine's own failure loses data.
        await Servers.Primary!.KillAsync();
        await Assert.ThatAsync(() => Servers.Primary.QueryAsync("select 1"), Throws.InstanceOf<ServersException>());
        await Servers.Primary.StartAsync();
        Assert.That(await Servers.Primary.QueryAsync($"select count(*) from {Table}"), Is.EqualTo("1"));
        await Servers.Primary.QueryAsync($"insert into {Table} values (2)");
        await ReplicaHasAsync(2);
    }

    [Test]
    public async Task A_frozen_primary_answers_nobody_until_it_goes_on()
    {
        var primary = Servers.Primary!;
        await using var connection = new NpgsqlConnection(primary.Admin.ToConnectionString());
        await connection.OpenAsync();
        await primary.PauseAsync();
        await using var command = new NpgsqlCommand("select 1", connection);
        var answer = command.ExecuteScalarAsync();
        await Assert.ThatAsync(async () => await answer.WaitAsync(TimeSpan.FromMilliseconds(300)), Throws.InstanceOf<TimeoutException>());
        await primary.ResumeAsync();
        Assert.That(await answer, Is.EqualTo(1));
    }

    [Test]
    public async Task Redis_keeps_what_it_acknowledged_when_it_is_killed()
    {
        Assert.That(await RedisAsync($"SET {Table} kept"), Does.StartWith("+OK"));
        await Servers.RedisServer!.KillAsync();
        await Servers.RedisServer.StartAsync();
        Assert.That(await RedisAsync($"GET {Table}"), Does.Contain("kept"));
    }

    [TestCase("appendonly", "yes")]
    [TestCase("appendfsync", "always")]
    [TestCase("no-appendfsync-on-rewrite", "no")]
    [TestCase("maxmemory-policy", "noeviction")]
    public async Task Redis_is_set_to_lose_nothing(string setting, string value) =>
        Assert.That(await RedisAsync($"CONFIG GET {setting}"), Does.Contain($"\n{value}\r\n"));

    [Test]
    public async Task A_replica_can_be_promoted()
    {
        await using var own = await TestServers.StartAsync(new() { Own = true, Replica = true });
        await own.Replica!.PromoteAsync();
        Assert.That(await own.Replica.QueryAsync("create table mine (n int); select pg_is_in_recovery()"), Is.EqualTo("f"));
    }

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

    private async Task MakeRowsAsync(int rows) =>
        await Servers.Primary!.QueryAsync($"create table {Table} (n int); insert into {Table} select generate_series(1, {rows})");

    private async Task ReplicaHasAsync(int rows, int seconds = 20) => await Eventually.IsTrueAsync(
        async () => await Servers.Replica!.QueryAsync($"select to_regclass('{Table}') is not null") == "t"
            && await Servers.Replica.QueryAsync($"select count(*) from {Table}") == $"{rows}",
        $"the replica has {rows} row(s)",
        seconds);

    private static Task<string> RedisAsync(string command) => RedisText.AskAsync(Servers.Redis, command);
}
