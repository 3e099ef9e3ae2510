using Npgsql;
using OpsDb.Servers;
using OpsDb.TestKit;

namespace OpsDb.SystemTests.Servers;

public sealed class RelayCutTests : RelayFixture
{
    [Test]
    public async Task A_cut_after_commit_keeps_the_answer_from_the_client()
    {
        await using var connection = await ConnectAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await ExecuteAsync(connection, $"insert into {Table} values (1)");
        var cut = Link.CutAfterCommit();
        await Assert.ThatAsync(async () => await transaction.CommitAsync(), Throws.InstanceOf<NpgsqlException>());
        await cut.Fired.WaitAsync(TimeSpan.FromSeconds(5));
        Assert.That(await RowsAsync(), Is.EqualTo(1));
    }

    [Test]
    public async Task A_cut_after_commit_also_hits_a_statement_that_commits_by_itself()
    {
        await using var connection = await ConnectAsync();
        var cut = Link.CutAfterCommit();
        Assert.That(await ExecuteAsync(connection, "select 1"), Is.EqualTo(1), "a reading statement is spared");
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands = { new($"insert into {Table} values (1)"), new($"insert into {Table} values (2)") },
        };
        await Assert.ThatAsync(async () => await batch.ExecuteNonQueryAsync(), Throws.InstanceOf<NpgsqlException>());
        await cut.Fired.WaitAsync(TimeSpan.FromSeconds(5));
        Assert.That(await RowsAsync(), Is.EqualTo(2));
    }

    [Test]
    public async Task A_cut_after_commit_waits_for_a_connection_that_is_made_later()
    {
        var cut = Link.CutAfterCommit();
        await using var connection = await ConnectAsync();
        await ExecuteAsync(connection, "select repeat('x', 100000)");
        await using (var copy = await connection.BeginBinaryImportAsync($"copy {Table} from stdin (format binary)"))
        {
            await copy.StartRowAsync();
            await copy.WriteAsync(1);
            await Assert.ThatAsync(async () => await copy.CompleteAsync(), Throws.InstanceOf<NpgsqlException>());
        }

        await cut.Fired.WaitAsync(TimeSpan.FromSeconds(5));
        Assert.That(await RowsAsync(), Is.EqualTo(1));
    }

    [Test]
    public async Task A_cut_before_commit_leaves_nothing_behind()
    {
        await using var connection = await ConnectAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await ExecuteAsync(connection, $"insert into {Table} values (1)");
        var cut = Link.CutBeforeCommit();
        await Assert.ThatAsync(async () => await transaction.CommitAsync(), Throws.InstanceOf<NpgsqlException>());
        await cut.Fired.WaitAsync(TimeSpan.FromSeconds(5));
        // The lock is free when the server has noticed.
        await Primary.ExecuteAsync($"truncate {Table}");
        Assert.That(await RowsAsync(), Is.Zero);
    }

    [Test]
    public async Task A_cut_before_commit_knows_a_prepared_commit()
    {
        await using var connection = await ConnectAsync();
        await using var commit = new NpgsqlCommand("commit", connection);
        await commit.PrepareAsync();
        await ExecuteAsync(connection, "begin");
        await ExecuteAsync(connection, $"insert into {Table} values (1)");
        Link.CutBeforeCommit();
        await Assert.ThatAsync(async () => await commit.ExecuteNonQueryAsync(), Throws.InstanceOf<NpgsqlException>());
        await Primary.ExecuteAsync($"truncate {Table}");
        Assert.That(await RowsAsync(), Is.Zero);
    }

    [Test]
    public async Task A_cut_can_take_the_link_down_with_it()
    {
        await using var connection = await ConnectAsync();
        var cut = Link.CutAfterCommit(thenDown: true);
        await Assert.ThatAsync(async () => await ExecuteAsync(connection, $"insert into {Table} values (1)"), Throws.InstanceOf<NpgsqlException>());
        await cut.Fired.WaitAsync(TimeSpan.FromSeconds(5));
        Assert.That(Link.Status.State, Is.EqualTo(LinkState.Down));
        await Assert.ThatAsync(async () => await ConnectAsync(), Throws.InstanceOf<NpgsqlException>());
    }

    [TestCase(1)]
    [TestCase(2)]
    public async Task A_cut_at_the_nth_message_of_a_new_connection_prevents_its_login(int message)
    {
        var cut = Link.CutAt(message);
        await Assert.ThatAsync(async () => await ConnectAsync(), Throws.InstanceOf<NpgsqlException>());
        await cut.Fired.WaitAsync(TimeSpan.FromSeconds(5));
        await using var next = await ConnectAsync();
        Assert.That(await ExecuteAsync(next, "select 1"), Is.EqualTo(1), "one cut, one connection");
    }

    [Test]
    public async Task A_cut_at_a_message_counts_from_its_arming()
    {
        await using var connection = await ConnectAsync();
        await ExecuteAsync(connection, "select 1");
        // Parse, Bind, Describe, Execute, Sync: the tenth is the second statement's Sync, so it was executed and not committed.
        var cut = Link.CutAt(10);
        await ExecuteAsync(connection, $"insert into {Table} values (1)");
        await Assert.ThatAsync(async () => await ExecuteAsync(connection, $"insert into {Table} values (2)"), Throws.InstanceOf<NpgsqlException>());
        await cut.Fired.WaitAsync(TimeSpan.FromSeconds(5));
        // The lock is free when the server has noticed.
        await Primary.ExecuteAsync($"begin; lock table {Table}; commit");
        Assert.That(await RowsAsync(), Is.EqualTo(1));
    }

    [Test]
    public async Task A_cut_with_an_application_spares_the_others()
    {
        await using var spared = await ConnectAsync(application: "spared");
        await using var hit = await ConnectAsync(application: "hit");
        var cut = Link.CutAfterCommit("hit");
        await ExecuteAsync(spared, $"insert into {Table} values (1)");
        await Assert.ThatAsync(async () => await ExecuteAsync(hit, $"insert into {Table} values (2)"), Throws.InstanceOf<NpgsqlException>());
        await cut.Fired.WaitAsync(TimeSpan.FromSeconds(5));
        Assert.That(await RowsAsync(), Is.EqualTo(2));
    }

    [Test]
    public async Task A_cut_in_a_send_leaves_a_half_received_batch_until_the_link_is_up()
    {
        await using var connection = await ConnectAsync(timeout: 30);
        var cut = Link.CutInSend(2000);
        Assert.That(await ExecuteAsync(connection, "select 1"), Is.EqualTo(1), "a short flight passes");
        await using var batch = new NpgsqlBatch(connection);
        for (var i = 0; i < 200; i++)
            batch.BatchCommands.Add(new($"insert into {Table} values ({i})"));
        var sending = batch.ExecuteNonQueryAsync();
        await cut.Fired.WaitAsync(TimeSpan.FromSeconds(5));
        await Eventually.TrueAsync(
            async () => await Primary.QueryAsync<long>($"select count(*) from pg_locks where relation = '{Table}'::regclass and mode = 'RowExclusiveLock'") > 0,
            "the first statements hold their locks");
        Assert.That(sending.IsCompleted, Is.False);
        Assert.That(await RowsAsync(), Is.Zero);
        Link.Up();
        await sending;
        Assert.That(await RowsAsync(), Is.EqualTo(200));
    }
}
