using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using OpsDb.Kernel;

namespace OpsDb.DbTests.Properties;

/// <summary>SQL and memory agree on what a list is: filters, order, pages and counts. How a failure is run again: <see cref="Property"/>.</summary>
public sealed class ListTests : PropertyFixture
{
    private const int Keys = 15;

    [Test]
    public void Pages_from_SQL_are_the_pages_of_the_same_rows_in_memory() => Property.Holds(cases: 2000, most: 8, async rolls =>
    {
        var entity = rolls.Subject.Of(Entity.All);
        var rows = new List<Row>();
        var queries = new List<Dictionary<string, IReadOnlyList<string>>> { entity.Query(new([])) };
        foreach (var dice in rolls.Events)
        {
            if (dice.Once(of: 4))
                queries.Add(entity.Query(dice));
            else if (rows.Count < Keys)
                rows.Add(entity.Row(entity.Key(rows.Count), dice));
        }
        rows = await StoreAsync(entity, rows);
        foreach (var query in queries)
        {
            for (var more = true; more;)
            {
                var (expected, actual) = (entity.List(rows, query), await entity.ListAsync(Services, query));
                var isSame = actual.Items.Select(r => r with { Sync = null }).SequenceEqual(expected.Items, SameRows.Comparer)
                    && (actual.Next, actual.Total) == (expected.Next, expected.Total);
                Property.Require(isSame, () => $"{Text(actual)}\nis not\n{Text(expected)}\nof {Address(entity, query)} of\n{string.Join("\n", rows)}");
                if (more = actual.Next is not null)
                    query["after"] = [actual.Next!];
            }
        }
    });

    /// <summary>Each operator on each type by itself, and none of them always or never.</summary>
    [Test]
    public async Task Every_filter_leaves_the_same_rows_in_SQL_as_in_memory()
    {
        var entity = Entity.All.First(e => e.RowType == typeof(UuidProbe));
        static Guid Key(int i) => new(i, 0, 0x7000, [0x80, 0, 0, 0, 0, 0, 0, 1]);
        var rows = await StoreAsync(entity, [.. Rolled(300).Select((dice, i) => entity.Row(Key(i + 1), dice))]);
        await using var scope = Services.CreateAsyncScope();
        var reader = scope.ServiceProvider.GetRequiredService<IReader<UuidProbe, Guid>>();
        foreach (var filter in UuidProbe.Table.Filters)
        {
            var (found, left) = (0, 0);
            foreach (var dice in Rolled(40))
            {
                var values = Values.Parameter(filter, dice);
                var query = ListQuery<UuidProbe>.Parse(new Dictionary<string, IReadOnlyList<string>> { [filter.Parameter] = values, ["limit"] = ["1000"] });
                var expected = rows.Cast<UuidProbe>().Where(query.Matches).Select(r => r.Id).Order().ToList();
                var actual = (await reader.ListAsync(query, CancellationToken.None)).Items.Select(r => r.Id).Order();
                Assert.That(actual, Is.EqualTo(expected), $"{filter.Parameter}={string.Join('|', values)}");
                (found, left) = (found + expected.Count, left + rows.Count - expected.Count);
            }
            Assert.That(found, Is.Positive, filter.Parameter);
            Assert.That(left, Is.Positive.Or.EqualTo(filter.Parameter == "has_whole" ? 0 : -1), filter.Parameter);
        }
    }

    /// <summary>Texts that have a beginning in common, of characters of each length in UTF-8 and of both sides of the surrogates.</summary>
    [Test]
    public async Task Text_sorts_in_memory_as_in_PostgreSQL()
    {
        await using var connection = new NpgsqlConnection($"{Installation.Main.ToConnectionString()};Pooling=false");
        await connection.OpenAsync();
        var character = Gen.OneOf(
            Gen.Choose(1, 0x7F), Gen.Choose(0x80, 0x7FF), Gen.Choose(0x800, 0xD7FF), Gen.Choose(0xE000, 0xFFFF), Gen.Choose(0x1_0000, 0x10_FFFF),
            Gen.Elements(1, 'a', 0xD7FF, 0xE000, 0xFFFF, 0x1_0000, 0x10_FFFF)).Select(char.ConvertFromUtf32);
        var texts = character.ArrayOf().Resize(5).Select(string.Concat).ArrayOf(40);
        Check.One(Config.QuickThrowOnFailure.WithQuietOnSuccess(true).WithMaxTest(1000), Prop.ForAll(texts.ToArbitrary(), sample =>
        {
            using var command = new NpgsqlCommand("select array_agg(t order by t collate \"C\") from unnest($1) t", connection);
            command.Parameters.Add(new() { Value = sample });
            var expected = (string[])command.ExecuteScalar()!;
            var ours = sample.Order(Comparer<string>.Create(ColumnType.Of(typeof(string)).Compare));
            Property.Require(ours.SequenceEqual(expected), () => $"PostgreSQL's order is {string.Join(", ", expected.Select(Json.ToElement))}");
        }));
    }

    private static string Text(Listed page) => $"{string.Join("\n", page.Items)}\n{page.Next} {page.Total}";

    private static string Address(Entity entity, Dictionary<string, IReadOnlyList<string>> query) =>
        $"{entity}?{string.Join('&', query.Select(p => $"{p.Key}={string.Join('|', p.Value)}"))}";

    private static IEnumerable<Dice> Rolled(int count)
    {
        var random = new Random(1);
        return Enumerable.Range(0, count).Select(_ => new Dice([.. Enumerable.Range(0, 400).Select(_ => random.Next())]));
    }

    /// <summary>The rows as stored, in place of those of the case before.</summary>
    private async Task<List<Row>> StoreAsync(Entity entity, List<Row> rows)
    {
        await using (var main = await Databases.MainAsync(CancellationToken.None))
            await main.ExecuteAsync($"delete from unconstrained.{entity}", null, CancellationToken.None);
        if (rows.Count == 0)
            return rows;
        var (id, now, stamped, created) = (Guid.CreateVersion7(), DateTimeOffset.UtcNow, new List<Row>(), new List<RowChange>());
        foreach (var row in rows)
        {
            var change = entity.Create(row);
            created.AddRange(change.Stamp(Actor.System, now, id).Single().Rows);
            stamped.Add(change.Stamped(row));
        }
        var create = new Step(entity.Table.Name, StepOperation.Create, created);
        await ExecuteAsync(new Transaction(id, "main", "test", 1, Actor.System, Instant.Round(now), null, null, null, [create]));
        return stamped;
    }
}
