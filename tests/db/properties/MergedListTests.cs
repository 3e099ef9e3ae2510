using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using OpsDb.Database;
using OpsDb.Kernel;
using OpsDb.Redis;
using OpsDb.Transactions;
using Parameters = System.Collections.Generic.Dictionary<string, System.Collections.Generic.IReadOnlyList<string>>;

namespace OpsDb.DbTests.Properties;

/// <summary>
/// A list at a secondary site, part of it from SQL and part of it pending, is the list of the merged rows, while
/// transactions are appended to the real log and executed in any order with the reads. How a failure is run again:
/// <see cref="Property"/>.
/// </summary>
public sealed class MergedListTests : PropertyFixture
{
    protected override Dictionary<string, string> Settings() => SecondarySettings();

    [Test]
    public void A_list_is_the_list_of_the_merged_rows() => Property.Holds(cases: 400, most: 16, async rolls =>
    {
        var entity = rolls.Subject.Of(Entity.All);
        await using var site = await SiteAsync(entity);
        foreach (var dice in rolls.Events)
        {
            switch (dice.Next(8))
            {
                case < 5 and var what:
                    site.History.Add(dice, sameTransaction: what == 4);
                    break;
                case 5:
                    await site.AppendAsync();
                    await site.ExecuteAsync(1 + dice.Next(4));
                    if (dice.Once(of: 4))
                        site.Trim();
                    break;
                case 6:
                    await site.AppendAsync();
                    await site.LookAsync(dice);
                    break;
                default:
                    await site.AppendAsync();
                    await site.TurnPageAsync(dice);
                    break;
            }
        }
        // What is pending, and the same after it was executed.
        site.History.Commit();
        await site.AppendAsync();
        await site.FinishPagesAsync();
        foreach (var _ in (int[])[0, 1])
        {
            await site.LookAsync(rolls.Subject);
            await site.ExecuteAsync(int.MaxValue);
        }
    });

    /// <summary>A row that was not there has no guard: nothing else would tell the decision that it is missing in what it has listed.</summary>
    [Test]
    public async Task A_decision_lists_what_another_process_has_appended_before()
    {
        await using var site = await SiteAsync(Entity.All[0]);
        await Services.GetRequiredService<Overlay>().RefreshAsync();
        site.History.Add(new([]), sameTransaction: false);
        await site.AppendAsync();
        await using var scope = Services.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<RequestState>().Begin(ReadPurpose.Log, refresh: false).CutAsync();
        Assert.That((await Entity.All[0].ListAsync(scope.ServiceProvider, new Parameters())).Items, Has.Count.EqualTo(1));
    }

    /// <summary>An empty database and an empty log of a new epoch.</summary>
    private async Task<SiteOfACase> SiteAsync(Entity entity)
    {
        var site = Services.GetRequiredService<Site>();
        var redis = Services.GetRequiredService<RedisStore>();
        string[] keys = ["transaction_buffer", "epoch", "guards", "floor"];
        await redis.EvaluateAsync(new("return redis.call('DEL', unpack(KEYS))"), [.. keys.Select(k => $"site:{site.Name}:{k}")], []);
        await using (var main = await Databases.MainAsync(CancellationToken.None))
            await main.ExecuteAsync($"delete from unconstrained.{entity}", null, CancellationToken.None);
        var epoch = Guid.NewGuid();
        await Services.GetRequiredService<TransactionLog>().BeginAsync(epoch);
        return new(Services, site.Name, epoch, entity);
    }

    /// <summary>A site in the course of a case, and what must be seen there.</summary>
    private sealed class SiteOfACase(IServiceProvider services, string name, Guid epoch, Entity entity) : IAsyncDisposable
    {
        private readonly List<(AsyncServiceScope Scope, int OverlayCut)> readers = [];
        private int appended;
        private int executed;
        private Paging? paging;

        public History History { get; } = new(name, epoch, [entity]);

        /// <summary>Appends what was decided since the last time.</summary>
        public async Task AppendAsync()
        {
            History.Commit();
            var log = services.GetRequiredService<TransactionLog>();
            var cut = new OverlayCut(new(epoch, 0, new Dictionary<string, Table>()), 0, null, 0, null);
            for (; appended < History.Transactions.Count; appended++)
            {
                var transaction = History.Transactions[appended];
                var append = await log.AppendAsync(cut.Entry(transaction, await log.StoreAsync(transaction), Watermark.Zero, [], [], 1));
                Property.Require(append == new AppendResult(AppendOutcome.Appended, appended + 1), () => $"{append} is not at {appended + 1}");
            }
        }

        /// <summary>Executes the next transactions, with the watermark in the same commit.</summary>
        public async Task ExecuteAsync(int count)
        {
            var next = History.Transactions.Take(appended).Skip(executed).Take(count).ToList();
            if (next.Count == 0)
                return;
            await using var batch = new NpgsqlBatch();
            batch.BatchCommands.Add(Executor.Statement(
                """
                insert into site_watermark (site, epoch, position, transaction_id, begun_at) values ($1, $2, $3, $4, now())
                on conflict (site, epoch) do update set position = excluded.position, transaction_id = excluded.transaction_id
                """, name, epoch, (long)(executed + next.Count), next[^1].Id));
            foreach (var transaction in next)
                services.GetRequiredService<Executor>().Append(batch, transaction);
            await using var main = await services.GetRequiredService<Databases>().MainAsync(CancellationToken.None);
            await main.BeginAsync(CancellationToken.None);
            await main.ExecuteAsync(batch, TimeSpan.FromSeconds(20), CancellationToken.None);
            await main.CommitAsync(CancellationToken.None);
            executed += next.Count;
        }

        /// <summary>Lets the overlay go of what was executed.</summary>
        public void Trim() => services.GetRequiredService<Overlay>().Latest?.State.TrimTo(executed);

        /// <summary>One row and all pages of a list, by a new reader or by one that took its cut some time ago.</summary>
        public async Task LookAsync(Dice dice)
        {
            if (dice.Next(readers.Count + 1) is var old && old == 0)
                readers.Add((services.CreateAsyncScope(), appended));
            var (scope, cut) = readers[old == 0 ? ^1 : old - 1];
            var key = entity.Key(dice.Next(History.KeysOfAnEntity));
            var row = await entity.FindAsync(scope.ServiceProvider, key);
            var expected = Seen(cut).Rows.GetValueOrDefault((entity, Table.KeyText(key)));
            Property.Require(SameRows.Are(row, expected is null ? null : WithSync(expected)), () => $"{row} is not {expected}, {Where(cut)}");
            var query = entity.Query(dice);
            while (await PageAsync(scope, cut, query) is { Next: { } next })
                query["after"] = [next];
        }

        /// <summary>A client begins a list or asks for its next page, each time with a new request.</summary>
        public async Task TurnPageAsync(Dice dice)
        {
            paging ??= new(entity.Query(dice), appended);
            await using var scope = services.CreateAsyncScope();
            var page = await PageAsync(scope, appended, paging.Query);
            paging.Items.AddRange(page.Items);
            if (page.Next is { } next)
                paging.Query["after"] = [next];
            else
                EndPaging();
        }

        public async Task FinishPagesAsync()
        {
            while (paging is not null)
                await TurnPageAsync(new([]));
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var (scope, _) in readers)
                await scope.DisposeAsync();
        }

        private async Task<Listed> PageAsync(AsyncServiceScope scope, int cut, Parameters query)
        {
            var page = await entity.ListAsync(scope.ServiceProvider, query);
            var expected = entity.List(Seen(cut).Of(entity), query);
            string Asked() => $"{string.Join('&', query.Select(p => $"{p.Key}={string.Join('|', p.Value)}"))}, {Where(cut)}";
            var rows = expected.Items.Select(WithSync).ToList();
            Property.Require(page.Items.SequenceEqual(rows, SameRows.Comparer), () => $"{Lines(page.Items)}\nis not\n{Lines(rows)}\nof {Asked()}");
            Property.Require((page.Next, page.Total) == (expected.Next, expected.Total),
                () => $"{(page.Next, page.Total)} is not {(expected.Next, expected.Total)} of {Asked()}");
            return page;
        }

        /// <summary>
        /// Whoever turned pages while rows came and went has seen each row once that stayed as it was, and none twice that stayed in its
        /// place.
        /// </summary>
        private void EndPaging()
        {
            var (query, from) = (paging!.Query, paging.From);
            var meanwhile = History.States.Skip(from).Take(1 + appended - from).ToList();
            foreach (var key in meanwhile.SelectMany(s => s.Rows.Keys).Distinct())
            {
                var states = meanwhile.Select(s => s.Rows.GetValueOrDefault(key)).ToList();
                var times = paging.Items.Count(i => Table.KeyText(i.Key) == key.Key);
                var present = states.OfType<Row>().ToList();
                Property.Require(times <= 1 || present.Any(r => entity.Compare(r, present[0], query) != 0),
                    () => $"{key} is shown {times} times, {Where(from)}");
                if (states.All(r => SameRows.Are(r, states[0])))
                    Property.Require(times == (entity.Matches(states[0]!, query) ? 1 : 0), () => $"{key} is shown {times} times, {Where(from)}");
            }
            Property.Require(paging.Items.Zip(paging.Items.Skip(1)).All(p => entity.Compare(p.First, p.Second, query) < 0),
                () => $"pages out of order, {Where(from)}");
            paging = null;
        }

        /// <summary>A cut that the database has overtaken hides nothing of the database.</summary>
        private State Seen(int cut) => History.States[Math.Max(cut, executed)];

        private Row WithSync(Row row) => row with
        {
            Sync = History.PositionOf(row.TransactionId) is var position && position > executed
                ? new(SyncState.Buffered, row.TransactionId, position)
                : new(SyncState.Replicated, row.TransactionId),
        };

        private string Where(int cut) => $"cut {cut} of {appended}, executed {executed} of {entity}\n{History}";

        private static string Lines(IEnumerable<Row> rows) => string.Join("\n", rows);
    }

    private sealed record Paging(Parameters Query, int From)
    {
        public List<Row> Items { get; } = [];
    }
}
