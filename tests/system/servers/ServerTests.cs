using Npgsql;
using OpsDb.Servers;
using OpsDb.TestKit;

namespace OpsDb.SystemTests.Servers;

/// <summary>
/// Servers of this machine and servers in containers do the same; the second are skipped where no engine runs. The shared servers themselves are
/// stopped, frozen and killed here, so one test runs at a time.
/// </summary>
[NonParallelizable]
[FixtureLifeCycle(LifeCycle.SingleInstance)]
[TestFixture(ServerSource.Local)]
[TestFixture(ServerSource.Containers)]
public sealed class ServerTests(ServerSource source)
{
    private TestServers? containers;
    private string table = "";

    private TestServers Servers => containers ?? AssemblyServers.Servers;

    [OneTimeSetUp]
    public async Task Start()
    {
        if (source == ServerSource.Local)
            return;
        if (ContainerEngine.WhyNot() is { } reason)
            Assert.Ignore($"Without containers: {reason}");
        containers = await TestServers.StartAsync(new() { Source = source, Replica = true, Redis = true });
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        if (containers is not null)
            await containers.DisposeAsync();
    }

    [SetUp]
    public void NameTable() => table = $"t_{Guid.NewGuid():n}";

    [TearDown]
    public async Task PutUp()
    {
        Servers.Relay.Up();
        await Servers.Replica!.ResumeAsync();
        await Servers.Primary!.ResumeAsync();
        await Servers.RedisServer!.ResumeAsync();
    }

    [Test]
    public async Task A_new_primary_has_the_same_roles_and_settings_wherever_it_runs()
    {
        var local = AssemblyServers.Servers.Primary!;
        const string settings =
            """
            select name, setting from pg_settings
            where name in ('wal_level', 'synchronous_commit', 'fsync', 'max_connections', 'max_slot_wal_keep_size', 'wal_log_hints',
                'data_checksums', 'TimeZone', 'server_encoding', 'password_encryption')
            order by name
            """;
        const string roles =
            """
            select rolname, rolsuper, rolreplication, pg_has_role(rolname, 'pg_read_all_stats', 'member'), pg_get_userbyid(datdba) from pg_roles, pg_database
            where rolname like 'opsdb%' and datname = 'opsdb' order by 1
            """;
        Assert.That(await Servers.Primary!.QueryAsync(settings), Is.EqualTo(await local.QueryAsync(settings)));
        Assert.That(await Servers.Primary.QueryAsync(roles), Is.EqualTo(await local.QueryAsync(roles)));
        Assert.That(await Servers.Primary.QueryAsync("select datcollate from pg_database where datname = 'opsdb'"), Is.EqualTo("C"));
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
        await Servers.Primary!.QueryAsync($"insert into {table} values (2)");
        Assert.That(await Servers.Replica!.QueryAsync($"select count(*) from {table}"), Is.EqualTo("1"));
        Servers.Relay.Up();
        await ReplicaHasAsync(2);
    }

    [Test]
    public async Task The_replica_follows_again_after_a_link_that_hung()
    {
        await MakeRowsAsync(1);
        Servers.Relay.Hang();
        await Servers.Primary!.QueryAsync($"insert into {table} values (2)");
        await Eventually.TrueAsync(
            async () => await Servers.Replica!.QueryAsync("select count(*) from pg_stat_wal_receiver where status = 'streaming'") == "0",
            "the replica gives the silent connection up");
        Servers.Relay.Up();
        await ReplicaHasAsync(2, seconds: 40);
    }

    [Test]
    public async Task A_killed_primary_comes_back_at_its_address_with_its_data()
    {
        await MakeRowsAsync(1);
        // Without fsync only the machine's own failure loses data.
        await Servers.Primary!.KillAsync();
        await Assert.ThatAsync(() => Servers.Primary.QueryAsync("select 1"), Throws.InstanceOf<ServersException>());
        await Servers.Primary.StartAsync();
        await using var connection = new NpgsqlConnection($"{Servers.Postgres.ToConnectionString()};Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"insert into {table} values (2); select count(*) from {table}", connection);
        Assert.That(await command.ExecuteScalarAsync(), Is.EqualTo(2));
        await ReplicaHasAsync(2);
    }

    [Test]
    public async Task A_stopped_replica_follows_again_when_it_is_started()
    {
        await MakeRowsAsync(1);
        await ReplicaHasAsync(1);
        await Servers.Replica!.StopAsync();
        await Servers.Primary!.QueryAsync($"insert into {table} values (2)");
        await Servers.Replica.StartAsync();
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
    public async Task A_frozen_server_can_be_killed()
    {
        await Servers.RedisServer!.PauseAsync();
        await Servers.RedisServer.KillAsync();
        await Servers.RedisServer.StartAsync();
        Assert.That(await RedisAsync("PING"), Does.StartWith("+PONG"));
    }

    [Test]
    public async Task Redis_keeps_what_it_acknowledged_when_it_is_killed()
    {
        Assert.That(await RedisAsync($"SET {table} kept"), Does.StartWith("+OK"));
        await Servers.RedisServer!.KillAsync();
        await Servers.RedisServer.StartAsync();
        Assert.That(await RedisAsync($"GET {table}"), Does.Contain("kept"));
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
        await using var own = await TestServers.StartAsync(new() { Own = true, Source = source, Replica = true });
        await own.Replica!.PromoteAsync();
        Assert.That(await own.Replica.QueryAsync("create table mine (n int); select pg_is_in_recovery()"), Is.EqualTo("f"));
    }

    private async Task MakeRowsAsync(int rows) =>
        await Servers.Primary!.QueryAsync($"create table {table} (n int); insert into {table} select generate_series(1, {rows})");

    private async Task ReplicaHasAsync(int rows, int seconds = 20) => await Eventually.TrueAsync(
        async () => await Servers.Replica!.QueryAsync($"select to_regclass('{table}') is not null") == "t"
            && await Servers.Replica.QueryAsync($"select count(*) from {table}") == $"{rows}",
        $"the replica has {rows} row(s)",
        seconds);

    private Task<string> RedisAsync(string command) => RedisText.AskAsync(Servers.Redis, command);
}
