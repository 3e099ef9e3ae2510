using FsCheck;
using FsCheck.Fluent;
using OpsDb.Executions;
using OpsDb.Kernel;

namespace OpsDb.DbTests.Database;

/// <summary>The filter record drives the SQL and the predicate on pending rows; both must mean the same.</summary>
public sealed class ListSqlTests : DatabaseFixture
{
    private static readonly string[] Sorts =
    [
        "start_time", "-start_time", "status,-start_time", "-status", "obs_unit_id,-id", "-id", "modified_at,status", "end_time", "-end_time",
        "status,-end_time,id",
    ];

    [Test]
    public async Task Pages_from_SQL_are_the_pages_of_the_same_rows_in_memory()
    {
        var changes = new Changes();
        var random = new Random(1);
        for (var i = 0; i < 120; i++)
        {
            var row = Running(random.Next(8)) with { ObsUnitId = 1 + random.Next(4) };
            row = random.Next(3) == 0 ? row : row.End((ExecutionStatus)(1 + random.Next(3)), row.StartTime.AddMinutes(random.Next(5)), row.StartTime, null);
            changes.Create(row with { Quality = random.Next(4) is var q and < 3 ? (Quality)q : null });
        }
        await ExecuteAsync(Transaction(changes));
        var all = (await ListAsync(ListQuery<Execution>.Parse(Parameters("limit=1000")))).Items;
        Assert.That(all, Has.Count.EqualTo(120));

        foreach (var text in Queries().Sample(150, 20))
        {
            var query = ListQuery<Execution>.Parse(Parameters($"{text}&count=true"));
            var expected = all.Where(query.Matches).Order(Comparer<Execution>.Create(query.Compare)).ToList();
            var seen = new List<Execution>();
            for (var more = true; more;)
            {
                var page = await ListAsync(query);
                Assert.That(page.Total, Is.EqualTo(expected.Count), text);
                seen.AddRange(page.Items);
                more = page.Next is not null;
                query = more ? ListQuery<Execution>.Parse(Parameters($"{text}&count=true&after={page.Next}")) : query;
            }
            Assert.That(seen.Select(e => e.Id), Is.EqualTo(expected.Select(e => e.Id)), text);
        }
    }

    [Test]
    public async Task Pages_go_on_after_the_first_instant_that_there_is()
    {
        var first = Running() with { StartTime = DateTimeOffset.MinValue };
        await ExecuteAsync(Transaction(new Changes().Create(first).Create(Running())));
        var page = await ListAsync(ListQuery<Execution>.Parse(Parameters("sort=start_time&limit=1")));
        Assert.That(page.Items.Single().Id, Is.EqualTo(first.Id));
        var rest = await ListAsync(ListQuery<Execution>.Parse(Parameters($"sort=start_time&limit=1&after={page.Next}")));
        Assert.That(rest.Items.Single().Id, Is.Not.EqualTo(first.Id));
        Assert.That(rest.Next, Is.Null);
    }

    private static Gen<string> Queries()
    {
        var second = Gen.Choose(0, 8).Select(s => $"2026-11-20T03:00:0{s}Z");
        var filters = Gen.OneOf(
            Gen.Constant(""),
            Gen.Elements("status=running", "status=completed,aborted", "quality=good", "quality=bad,usable", "obs_unit_id=1,3", "obs_unit_id=9",
                "ended=true", "ended=false"),
            second.Select(s => $"started_from={s}"),
            second.Select(s => $"started_before={s}"),
            second.Select(s => $"ended_from={s}&status=failed,completed"));
        return from filter in filters
               from sort in Gen.Elements(Sorts)
               from limit in Gen.Elements(7, 50, 1000)
               select $"{filter}&sort={sort}&limit={limit}".TrimStart('&');
    }

    private static Dictionary<string, IReadOnlyList<string>> Parameters(string query) => query.Split('&')
        .Select(p => p.Split('=', 2)).ToDictionary(p => p[0], p => (IReadOnlyList<string>)[p[1]]);
}
