using Microsoft.Extensions.DependencyInjection;
using OpsDb.Executions;
using OpsDb.Kernel;
using OpsDb.TestKit;

namespace OpsDb.DbTests.Database;

/// <summary>What the triggers keep.</summary>
public sealed class RowHistoryTests : DatabaseFixture
{
    [Test]
    public async Task Every_table_of_an_entity_keeps_its_history() =>
        Assert.That(
            (await Installation.MainAsync<string>(
                """
                select string_agg(tgrelid::regclass::text, ',') from pg_trigger t join pg_proc p on p.oid = t.tgfoid
                where p.proname = 'opsdb_keep_version' and t.tgenabled = 'O' and t.tgname in ('keep_changed', 'keep_deleted')
                """))!.Split(','),
            Is.EquivalentTo(Tables.Where(t => !t.IsTrail).SelectMany(t => (string[])[t.Name, t.Name])),
            "select opsdb_keep_history('the_table') in its migration");

    [Test]
    public async Task A_created_row_costs_nothing_until_it_is_changed()
    {
        var row = await CreatedAsync();
        Assert.That(await KeptAsync(row.Id), Is.Zero);
        await ExecuteAsync(Transaction(new Changes().Update(row, row with { Comment = "mine" })));
        Assert.That(await KeptAsync(row.Id), Is.EqualTo(1));
    }

    [Test]
    public async Task A_version_lasts_from_when_its_transaction_was_applied_to_when_the_next_one_was()
    {
        var row = await CreatedAsync();
        var second = Transaction(new Changes().Update(row, row with { Comment = "mine" }));
        await ExecuteAsync(second);
        Assert.That(await Installation.MainAsync<bool>(
            """
            select h.recorded_from = first.applied_at and h.recorded_to = second.applied_at and h.superseded_by = second.id and not h.is_deleted
                   and h.version = 1 and h.row ->> 'comment' is null
            from row_history h join applied_transaction first on first.id = h.transaction_id join applied_transaction second on second.id = @second
            where h.key = @key
            """, new { key = $"{row.Id}", second = second.Id }));
    }

    [Test]
    public async Task One_statement_keeps_each_row_that_it_changes()
    {
        List<Execution> rows = [await CreatedAsync(), await CreatedAsync(), await CreatedAsync()];
        await Installation.Application.ExecuteAsync(
            "update executed_obs_unit set comment = 'by hand', version = version + 1, transaction_id = gen_random_uuid()");
        foreach (var row in rows)
            Assert.That(await KeptAsync(row.Id), Is.EqualTo(1));
    }

    [Test]
    public async Task An_update_that_leaves_the_version_is_no_change()
    {
        var row = await CreatedAsync();
        await Installation.Application.ExecuteAsync("update executed_obs_unit set comment = 'of a migration'");
        Assert.That(await KeptAsync(row.Id), Is.Zero);
    }

    [Test]
    public async Task A_row_that_is_deleted_and_made_anew_has_both_lives()
    {
        var row = await CreatedAsync();
        var deletion = Transaction(new Changes().Create(Running())) with { Steps = [Deletion(row)] };
        await ExecuteAsync(deletion);
        await ExecuteAsync(Transaction(new Changes().Create(row with { Comment = "again" })));
        var again = await ReadAsync(row.Id);
        await ExecuteAsync(Transaction(new Changes().Update(again, again with { Comment = "changed" })));
        var versions = await HistoryAsync(row.Id);
        Assert.That(versions.Select(v => (v.Operation, v.Version, v.Row?.Comment)), Is.EqualTo(((VersionOperation, int, string?)[])
        [
            (VersionOperation.Changed, 2, "changed"), (VersionOperation.Created, 1, "again"), (VersionOperation.Deleted, 1, null),
            (VersionOperation.Created, 1, null),
        ]));
        var deleted = versions[2];
        Assert.That((deleted.ModifiedBy, deleted.ModifiedAt, deleted.Sync.Transaction), Is.EqualTo(("observer", deletion.OccurredAt, deletion.Id)));
        Assert.That(versions.Select(v => v.RecordedAt), Is.Ordered.Descending.And.All.Not.Null);
        for (var i = 0; i < versions.Count; i++)
            Assert.That((await AsOfAsync(row.Id, versions[i].RecordedAt!.Value))?.Comment, Is.EqualTo(versions[i].Row?.Comment), $"{i}");
        Assert.That(await AsOfAsync(row.Id, versions[^1].RecordedAt!.Value.AddMicroseconds(-1)), Is.Null);
    }

    [Test]
    public async Task Pages_of_any_size_join_to_the_whole_history()
    {
        var row = await CreatedAsync();
        for (var i = 0; i < 5; i++)
        {
            await ExecuteAsync(Transaction(new Changes().Update(row, row with { Comment = $"{i}" })));
            row = await ReadAsync(row.Id);
        }
        await ExecuteAsync(Transaction(new Changes().Create(Running())) with { Steps = [Deletion(row)] });
        var whole = await HistoryAsync(row.Id);
        Assert.That(whole, Has.Count.EqualTo(7));
        foreach (var limit in (int[])[1, 2, 3, 6, 7, 8])
        {
            var joined = new List<RowVersion<Execution>>();
            for (var query = new HistoryQuery(limit); ;)
            {
                var page = await PageAsync(row.Id, query);
                joined.AddRange(page.Items);
                if (page.Next is not { } next)
                    break;
                Assert.That(page.Items, Has.Count.EqualTo(limit));
                query = query with { After = HistoryPlace.Parse(next) };
            }
            Assert.That(joined, Is.EqualTo(whole), $"{limit}");
        }
    }

    private static Step Deletion(Execution row) => new("executed_obs_unit", StepOperation.Delete,
        [new($"{row.Id}", null, Json.ToElement(new Dictionary<string, object> { ["version"] = row.Version }))]);

    private async Task<Execution> CreatedAsync()
    {
        var row = Running();
        await ExecuteAsync(Transaction(new Changes().Create(row)));
        return await ReadAsync(row.Id);
    }

    private Task<int> KeptAsync(Guid id) =>
        Installation.MainAsync<int>("select count(*) from row_history where entity = 'executed_obs_unit' and key = @key", new { key = $"{id}" });

    private async Task<IReadOnlyList<RowVersion<Execution>>> HistoryAsync(Guid id) => (await PageAsync(id, new())).Items;

    private async Task<Page<RowVersion<Execution>>> PageAsync(Guid id, HistoryQuery query)
    {
        await using var scope = Services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<IHistory<Execution, Guid>>().ReadAsync(id, query, CancellationToken.None);
    }

    private async Task<Execution?> AsOfAsync(Guid id, DateTimeOffset instant)
    {
        await using var scope = Services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<IHistory<Execution, Guid>>().FindAsync(id, instant, CancellationToken.None);
    }
}
