using System.Diagnostics;
using Npgsql;
using OpsDb.Servers;
using OpsDb.TestKit;

namespace OpsDb.SystemTests.Servers;

public sealed class RelayStateTests : RelayFixture
{
    [Test]
    public async Task A_link_that_is_down_breaks_connections_and_refuses_new_ones()
    {
        await using var connection = await ConnectAsync();
        Link.Down();
        await Assert.ThatAsync(async () => await ExecuteAsync(connection, "select 1"), Throws.InstanceOf<NpgsqlException>());
        await Assert.ThatAsync(async () => await ConnectAsync(), Throws.InstanceOf<NpgsqlException>());
        Link.Up();
        await using var again = await ConnectAsync();
        Assert.That(await ExecuteAsync(again, "select 1"), Is.EqualTo(1));
    }

    [Test]
    public async Task A_hanging_link_passes_nothing_and_goes_on_where_it_was()
    {
        await using var connection = await ConnectAsync(timeout: 30);
        Link.Hang();
        var before = Link.Status;
        var insert = ExecuteAsync(connection, $"insert into {Table} values (1)");
        var late = ConnectAsync(timeout: 30);
        await Eventually.TrueAsync(() => Task.FromResult(Link.Status.Connections == 2), "the second connection is accepted");
        await Assert.ThatAsync(async () => await insert.WaitAsync(TimeSpan.FromMilliseconds(300)), Throws.InstanceOf<TimeoutException>());
        Assert.That(await RowsAsync(), Is.Zero);
        Assert.That((Link.Status.BytesToMain, Link.Status.BytesToSite), Is.EqualTo((before.BytesToMain, before.BytesToSite)));
        Link.Up();
        await insert;
        await using var second = await late;
        Assert.That(await RowsAsync(), Is.EqualTo(1));
    }

    [Test]
    public async Task A_link_cut_towards_the_site_still_delivers_writes_and_no_answer()
    {
        await using var connection = await ConnectAsync(timeout: 30);
        Link.CutDirection(LinkDirection.ToSite);
        var insert = ExecuteAsync(connection, $"insert into {Table} values (1)");
        await Eventually.TrueAsync(async () => await RowsAsync() == 1, "the row arrived");
        Assert.That(insert.IsCompleted, Is.False);
        Link.Up();
        await insert;
    }

    [Test]
    public async Task A_link_cut_towards_main_delivers_nothing()
    {
        await using var connection = await ConnectAsync(timeout: 30);
        Link.CutDirection(LinkDirection.ToMain);
        var insert = ExecuteAsync(connection, $"insert into {Table} values (1)");
        await Assert.ThatAsync(async () => await insert.WaitAsync(TimeSpan.FromMilliseconds(300)), Throws.InstanceOf<TimeoutException>());
        Assert.That(await RowsAsync(), Is.Zero);
        Link.Up();
        await insert;
        Assert.That(await RowsAsync(), Is.EqualTo(1));
    }

    [Test]
    public async Task The_delay_is_one_round_trip_however_many_statements_are_sent_at_once()
    {
        await using var connection = await ConnectAsync(timeout: 30);
        Link.Delay(TimeSpan.FromMilliseconds(200));
        var watch = Stopwatch.StartNew();
        await ExecuteAsync(connection, "select 1");
        Assert.That(watch.ElapsedMilliseconds, Is.InRange(200, 399));

        await using var batch = new NpgsqlBatch(connection);
        for (var i = 0; i < 200; i++)
            batch.BatchCommands.Add(new($"insert into {Table} values ({i})"));
        watch.Restart();
        await batch.ExecuteNonQueryAsync();
        Assert.That(watch.ElapsedMilliseconds, Is.InRange(200, 900));
    }

    [Test]
    public async Task A_delay_does_not_cap_the_throughput()
    {
        await using var connection = await ConnectAsync(timeout: 30);
        Link.Delay(TimeSpan.FromMilliseconds(200));
        var watch = Stopwatch.StartNew();
        await ExecuteAsync(connection, "select repeat('x', 8000000)");
        // In chunks of 32 KiB, each waiting for the one before it, this would take 25 s.
        Assert.That(watch.ElapsedMilliseconds, Is.InRange(200, 10_000));
    }

    [Test]
    public async Task The_bandwidth_is_shared_by_all_connections()
    {
        await using var first = await ConnectAsync(timeout: 30);
        await using var second = await ConnectAsync(timeout: 30);
        Link.Bandwidth(1000);
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(
            ExecuteAsync(first, "select repeat('x', 62500)"),
            ExecuteAsync(second, "select repeat('x', 62500)"));
        Assert.That(watch.ElapsedMilliseconds, Is.InRange(900, 10_000));
    }

    [Test]
    public async Task A_flapping_link_goes_down_and_up_until_it_is_put_up()
    {
        Link.Flap(TimeSpan.FromMilliseconds(100));
        await Eventually.TrueAsync(() => Task.FromResult(Link.Status.State == LinkState.Down), "it is down");
        await Eventually.TrueAsync(() => Task.FromResult(Link.Status is { State: LinkState.Up, Flapping: true }), "it is up for a while");
        Link.Up();
        Assert.That(Link.Status.Flapping, Is.False);
        await using var connection = await ConnectAsync();
        Assert.That(await ExecuteAsync(connection, "select 1"), Is.EqualTo(1));
    }

    [Test]
    public async Task A_refusing_server_refuses_through_the_relay()
    {
        await using var relay = Relay.Start(Ports.Next(), "127.0.0.1", Ports.Next());
        var address = AssemblyServers.Servers.Postgres with { Port = relay.Port };
        await using var connection = new NpgsqlConnection(address.ToConnectionString());
        await Assert.ThatAsync(async () => await connection.OpenAsync(), Throws.InstanceOf<NpgsqlException>());
    }
}
