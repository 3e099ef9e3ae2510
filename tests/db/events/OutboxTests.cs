using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using OpsDb.Kernel;

namespace OpsDb.DbTests.Events;

/// <summary>Events as the database keeps them with the changes that they tell of.</summary>
public sealed class OutboxTests : DatabaseFixture
{
    private IEventSource Outbox => Services.GetServices<IEventSource>().Single(s => s.Name == "outbox");

    [Test]
    public async Task Events_tell_of_each_change_of_what_is_told_and_of_nothing_that_did_not_happen()
    {
        var row = Running();
        await ExecuteAsync(Transaction(new Changes().Create(row)));
        var stored = await ReadAsync(row.Id);
        await ExecuteAsync(Transaction(new Changes().Update(stored, stored with { Comment = "seeing" })));
        var refused = Transaction(new Changes().Update(stored, stored with { Comment = "late" }));
        await Assert.CatchAsync(() => ExecuteAsync(refused));
        var events = await ReadAllAsync(1000);
        Assert.That(events.Where(e => e.Key == $"{row.Id}").Select(e => (e.Entity, e.Change, e.Version, e.Kind, e.State)), Is.EqualTo(new[]
        {
            ("executions", EventChange.Created, (int?)1, "test", EventState.Recorded), ("executions", EventChange.Changed, 2, "test", EventState.Recorded),
        }));
    }

    [Test]
    public async Task The_told_tables_and_no_others_tell()
    {
        await using var main = await Databases.MainAsync(CancellationToken.None);
        var telling = await main.QueryAsync<string>(
            "select tgrelid::regclass::text from pg_trigger where tgfoid = 'opsdb_tell_event'::regproc and tgparentid = 0 group by 1 having count(*) = 3", null,
            CancellationToken.None);
        Assert.That(telling, Is.EquivalentTo(Tables.Where(t => t.IsTold).Select(t => t.Name)));
    }

    /// <summary>Transactions begin, write and end in any order; nothing is lost, told twice, or told before what was done to the same row earlier.</summary>
    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    public async Task What_is_committed_is_read_once_in_whatever_order_that_happens(int seed)
    {
        var random = new Random(seed);
        var (open, told, committed) = (new List<(NpgsqlConnection Connection, NpgsqlTransaction Transaction, List<(string, int)> Written)>(),
            new List<(string, int)>(), new List<(string, int)>());
        var versions = new Dictionary<string, int>();
        await ReadAllAsync(1000);
        string? cursor = (await Outbox.ReadAsync(null, 10_000, CancellationToken.None)).Cursor;
        for (var step = 0; step < 300; step++)
        {
            switch (random.Next(4))
            {
                case 0 when open.Count < 5:
                    var connection = new NpgsqlConnection(Installation.Main.ToConnectionString());
                    await connection.OpenAsync();
                    open.Add((connection, await connection.BeginTransactionAsync(), []));
                    break;
                case 1 when open.Count > 0:
                    var chosen = open[random.Next(open.Count)];
                    // As a row is locked: whoever has written to a key keeps it until the end.
                    var key = $"{random.Next(8)}";
                    if (open.Exists(o => o.Connection != chosen.Connection && o.Written.Exists(w => w.Item1 == key)))
                        break;
                    var version = versions[key] = versions.GetValueOrDefault(key) + 1;
                    await WriteAsync(chosen.Connection, chosen.Transaction, key, version);
                    chosen.Written.Add((key, version));
                    break;
                case 2 when open.Count > 0:
                    await EndAsync(random.Next(open.Count), random.Next(5) > 0);
                    break;
                case 3:
                    await TellAsync(random.Next(1, 6));
                    break;
            }
        }
        while (open.Count > 0)
            await EndAsync(0, true);
        while (await TellAsync(3))
        {
            // Until there is no more.
        }
        Assert.That(told, Is.Unique);
        Assert.That(told, Is.EquivalentTo(committed));
        foreach (var of in told.GroupBy(t => t.Item1))
            Assert.That(of.Select(t => t.Item2), Is.Ordered.Ascending, $"of the row {of.Key}");

        async Task EndAsync(int number, bool commits)
        {
            var (connection, transaction, written) = open[number];
            open.RemoveAt(number);
            if (commits)
            {
                committed.AddRange(written);
                await transaction.CommitAsync();
            }
            await transaction.DisposeAsync();
            await connection.DisposeAsync();
        }

        async Task<bool> TellAsync(int most)
        {
            var page = await Outbox.ReadAsync(cursor, most, CancellationToken.None);
            // What a reader has read counts when it has noted the place behind it.
            cursor = page.Events.Count > 0 || page.More ? page.Cursor : cursor;
            told.AddRange(page.Events.Select(e => (e.Key, e.Version!.Value)));
            return page.More || page.Events.Count > 0;
        }
    }

    private static async Task WriteAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, string key, int version)
    {
        await using var insert = new NpgsqlCommand(
            "insert into outbox_event (entity, key, row_version, change) values ('obs_unit', $1, $2, 'changed')", connection, transaction);
        insert.Parameters.Add(new() { Value = key });
        insert.Parameters.Add(new() { Value = version });
        await insert.ExecuteNonQueryAsync();
    }

    private async Task<IReadOnlyList<DomainEvent>> ReadAllAsync(int most)
    {
        var events = new List<DomainEvent>();
        string? cursor = null;
        while (true)
        {
            var page = await Outbox.ReadAsync(cursor, most, CancellationToken.None);
            events.AddRange(page.Events);
            if (!page.More)
                return events;
            cursor = page.Cursor;
        }
    }
}
