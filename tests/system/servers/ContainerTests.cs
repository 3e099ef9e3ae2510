using Npgsql;
using OpsDb.Servers;

namespace OpsDb.SystemTests.Servers;

/// <summary>Servers in containers do what those of this machine do. Skipped where no engine runs.</summary>
[NonParallelizable]
public sealed class ContainerTests
{
    private static TestServers? servers;

    private static TestServers Containers => servers!;

    private string Table { get; } = $"t_{Guid.NewGuid():n}";

    [OneTimeSetUp]
    public static async Task Start()
    {
        if (ContainerEngine.WhyNot() is { } reason)
            Assert.Ignore($"Without containers: {reason}");
        servers = await TestServers.StartAsync(new() { Source = ServerSource.Containers, Replica = true, Redis = true });
    }

    [OneTimeTearDown]
    public static async Task Stop()
    {
        if (servers is not null)
            await servers.DisposeAsync();
    }

    [Test]
    public async Task A_new_primary_has_the_roles_and_the_settings_of_a_local_one()
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
        Assert.That(await Containers.Primary!.QueryAsync(settings), Is.EqualTo(await local.QueryAsync(settings)));
        Assert.That(await Containers.Primary.QueryAsync(roles), Is.EqualTo(await local.QueryAsync(roles)));
        Assert.That(await Containers.Primary.QueryAsync("select datcollate from pg_database where datname = 'opsdb'"), Is.EqualTo("C"));
    }

    [Test]
    public async Task The_replica_follows_through_the_relay_and_again_after_a_cut()
    {
        await MakeRowAsync();
        await ReplicaHasAsync(1);
        Containers.Relay.Down();
        await Containers.Primary!.QueryAsync($"insert into {Table} values (2)");
        Assert.That(await Containers.Replica!.QueryAsync($"select count(*) from {Table}"), Is.EqualTo("1"));
        Containers.Relay.Up();
        await ReplicaHasAsync(2);
        Assert.That(await Containers.Replica.QueryAsync("select slot_name from pg_stat_wal_receiver"), Is.EqualTo("replica"));
    }

    [Test]
    public async Task A_killed_primary_comes_back_at_its_address_with_its_data()
    {
        await MakeRowAsync();
        await Containers.Primary!.KillAsync();
        await Assert.ThatAsync(() => Containers.Primary.QueryAsync("select 1"), Throws.InstanceOf<ServersException>());
        await Containers.Primary.StartAsync();
        await using var connection = new NpgsqlConnection($"{Containers.Postgres.ToConnectionString()};Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"insert into {Table} values (2); select count(*) from {Table}", connection);
        Assert.That(await command.ExecuteScalarAsync(), Is.EqualTo(2));
        await ReplicaHasAsync(2);
    }

    [Test]
    public async Task A_stopped_replica_follows_again_when_it_is_started()
    {
        await MakeRowAsync();
        await ReplicaHasAsync(1);
        await Containers.Replica!.StopAsync();
        await Containers.Primary!.QueryAsync($"insert into {Table} values (2)");
        await Containers.Replica.StartAsync();
        await ReplicaHasAsync(2);
    }

    [Test]
    public async Task A_frozen_primary_answers_nobody_until_it_goes_on()
    {
        var primary = Containers.Primary!;
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
        await Containers.RedisServer!.PauseAsync();
        await Containers.RedisServer.KillAsync();
        await Containers.RedisServer.StartAsync();
        Assert.That(await RedisText.AskAsync(Containers.Redis, "PING"), Does.StartWith("+PONG"));
    }

    [Test]
    public async Task Redis_keeps_what_it_acknowledged_when_it_is_killed()
    {
        Assert.That(await RedisText.AskAsync(Containers.Redis, $"SET {Table} kept"), Does.StartWith("+OK"));
        await Containers.RedisServer!.KillAsync();
        await Containers.RedisServer.StartAsync();
        Assert.That(await RedisText.AskAsync(Containers.Redis, $"GET {Table}"), Does.Contain("kept"));
    }

    [TestCase("appendonly", "yes")]
    [TestCase("appendfsync", "always")]
    [TestCase("no-appendfsync-on-rewrite", "no")]
    [TestCase("maxmemory-policy", "noeviction")]
    public async Task Redis_is_set_to_lose_nothing(string setting, string value) =>
        Assert.That(await RedisText.AskAsync(Containers.Redis, $"CONFIG GET {setting}"), Does.Contain($"\n{value}\r\n"));

    [Test]
    public async Task A_replica_can_be_promoted()
    {
        await using var own = await TestServers.StartAsync(new() { Source = ServerSource.Containers, Replica = true });
        await own.Replica!.PromoteAsync();
        Assert.That(await own.Replica.QueryAsync("create table mine (n int); select pg_is_in_recovery()"), Is.EqualTo("f"));
    }

    private async Task MakeRowAsync() => await Containers.Primary!.QueryAsync($"create table {Table} (n int); insert into {Table} values (1)");

    private async Task ReplicaHasAsync(int rows) => await Eventually.IsTrueAsync(
        async () => await Containers.Replica!.QueryAsync($"select to_regclass('{Table}') is not null") == "t"
            && await Containers.Replica.QueryAsync($"select count(*) from {Table}") == $"{rows}",
        $"the replica has {rows} row(s)");
}
