using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using OpsDb.Database;
using OpsDb.Kernel;
using OpsDb.Redis;
using OpsDb.Sources;
using OpsDb.Transactions;
using Source = OpsDb.Sources.Source;

namespace OpsDb.DbTests.Properties;

/// <summary>
/// Of any log, with good, bad and dependent transactions and repeated keys, exactly the good ones are applied; the bad ones
/// and those behind them are held, in order. How a failure is run again: <see cref="Property"/>.
/// </summary>
public sealed class RefusalTests : PropertyFixture
{
    private const string Bad = "bad";

    private Applier Applier => Services.GetRequiredService<Applier>();

    protected override Dictionary<string, string> Settings() => SecondarySettings();

    [SetUp]
    public Task RefuseBad() => Installation.MainAsync<int>($"alter table unconstrained.source add check (name <> '{Bad}'); select 1");

    [Test]
    public void A_processor_applies_the_good_ones_and_holds_the_others() => Property.Holds(cases: 1000, most: 12, async rolls =>
    {
        var log = new RandomLog(Installation.SiteName, Guid.NewGuid());
        foreach (var dice in rolls.Events)
            log.Add(dice);
        await ForgetAsync();
        var options = Services.GetRequiredService<BufferOptions>();
        string[] keys = ["transaction_buffer", "epoch", "idempotency", "guards", "floor", "processor"];
        await Services.GetRequiredService<RedisStore>().EvaluateAsync(Fill, [.. keys.Select(k => $"site:{Installation.SiteName}:{k}")],
            [log.Epoch.ToString(), .. log.Transactions.SelectMany(t => new object[] { t.Id.ToString(), JsonSerializer.Serialize(t, Json.Options) })]);
        var batches = options with { BatchSize = 1 + rolls.Subject.Next(8) };
        var processor = ActivatorUtilities.CreateInstance<Processor>(Services, batches, new ProcessorState());
        var pause = await processor.TurnAsync(CancellationToken.None);
        Property.Require(pause is null, () => $"the processor stopped for {pause} at\n{log}");
        await RequireAsync(log);
    });

    [Test]
    public void Two_appliers_make_what_one_makes_however_their_steps_are_mixed() => Property.Holds(cases: 1000, most: 20, async rolls =>
    {
        var log = new RandomLog(Installation.SiteName, Guid.NewGuid());
        var schedule = new List<Dice>();
        foreach (var dice in rolls.Events)
        {
            if (dice.Once(of: 3))
                log.Add(dice);
            else
                schedule.Add(dice);
        }
        await ForgetAsync();
        await Applier.BeginAsync(new(log.Epoch, []), CancellationToken.None);
        Steps[] both = [new(Applier, log), new(Applier, log)];
        foreach (var dice in schedule)
        {
            // One takes a step, or both take theirs at once.
            var who = dice.Next(3);
            await Task.WhenAll((who == 2 ? both : [both[who]]).Select(s => s.TakeAsync(dice.Next(4), 1 + dice.Next(5))));
        }
        await both[0].FinishAsync();
        await RequireAsync(log);
    });

    private static readonly RedisScript Fill = new(
        """
        redis.call('DEL', unpack(KEYS))
        redis.call('SET', KEYS[2], ARGV[1])
        for i = 2, #ARGV, 2 do redis.call('XADD', KEYS[1], (i / 2) .. '-0', 'id', ARGV[i], 'b', '0', 't', ARGV[i + 1]) end
        return 1
        """);

    private Task ForgetAsync() =>
        Installation.MainAsync<int>(
            """
            delete from unconstrained.source; delete from held_transaction; delete from applied_transaction where epoch is not null;
            delete from site_watermark; select 1
            """);

    private async Task RequireAsync(RandomLog log)
    {
        await using var main = await Databases.MainAsync(CancellationToken.None);
        var (rows, outcomes, held, position) = await main.QueryManyAsync(
            """
            select format('%s %s v%s', id, name, version) from unconstrained.source order by id;
            select format('%s %s %s', position, outcome, (select position from applied_transaction f where f.id = t.duplicate_of))
              from applied_transaction t where epoch is not null order by position;
            select format('%s %s %s', position, state, code) from held_transaction order by number;
            select coalesce(max(position), 0) from site_watermark
            """, null, async grid => (await TextsAsync(grid), await TextsAsync(grid), await TextsAsync(grid), await grid.ReadSingleAsync<long>()),
            CancellationToken.None);
        var model = log.Apply();
        Same(rows, model.Rows, "rows");
        Same(outcomes, model.Outcomes, "outcomes");
        Same(held, model.Held, "held");
        Property.Require(position == log.Transactions.Count, () => $"the watermark is at {position} of\n{log}");

        static async Task<List<string>> TextsAsync(Dapper.SqlMapper.GridReader grid) => [.. await grid.ReadAsync<string>()];

        void Same(List<string> actual, List<string> expected, string what) =>
            Property.Require(actual.SequenceEqual(expected), () => $"{what} are\n{string.Join("; ", actual)}\nnot\n{string.Join("; ", expected)}\nof\n{log}");
    }

    /// <summary>What a processor does, one step at a time.</summary>
    private sealed class Steps(Applier applier, RandomLog log)
    {
        private Progress? progress;
        private List<Transaction> entries = [];

        public async Task TakeAsync(int step, int size)
        {
            if (progress is null || step == 0)
            {
                progress = (await applier.FindAsync(log.Epoch, 0, CancellationToken.None))!;
                entries = [];
            }
            else if (entries.Count == 0 || step == 1)
            {
                entries = [.. log.Transactions.Skip((int)progress.Watermark.Position).Take(size)];
            }
            else
            {
                var after = await ApplyAsync(progress);
                // Whoever does not get the answer does not know and reads again.
                progress = step == 2 ? null : after;
            }
        }

        public async Task FinishAsync()
        {
            progress = null;
            do
            {
                for (var i = 0; i < 3; i++)
                    await TakeAsync(3, log.Transactions.Count);
            }
            while (progress is null || progress.Watermark.Position < log.Transactions.Count);
        }

        private async Task<Progress?> ApplyAsync(Progress before)
        {
            try
            {
                var after = entries.Count == 1
                    ? (await applier.ApplyOneAsync(before, entries[0], CancellationToken.None)).Progress
                    : (await applier.ApplyAsync(before, entries, null, new HashSet<Guid>(), CancellationToken.None)).Progress;
                entries = [];
                return after;
            }
            catch (RefusedException e)
            {
                entries = [.. entries.Take(Math.Max(1, e.Index ?? entries.Count / 2))];
                return before;
            }
            catch (Npgsql.PostgresException e) when (e.SqlState == SqlState.WatermarkMoved)
            {
                return null;
            }
        }
    }

    /// <summary>Random transactions of a site, and what must become of them: a model without SQL and without batches.</summary>
    private sealed class RandomLog(string site, Guid epoch)
    {
        private static readonly string[] Names = ["a", "b", "c", Bad];
        private readonly Dictionary<int, Source> seen = [];
        private readonly List<Transaction> transactions = [];

        public Guid Epoch => epoch;

        public IReadOnlyList<Transaction> Transactions => transactions;

        public void Add(Dice dice)
        {
            var steps = new List<Step>();
            for (var count = 1 + dice.Next(3); count > 0; count--)
                AddStep(steps, dice);
            if (steps.Count == 0)
                return;
            var key = dice.Next(5) switch { 3 => "k", 4 => "l", _ => null };
            var reads = dice.Next(4) == 3 ? (string[])[Guard(dice.Next(4))] : [];
            var position = transactions.Count + 1;
            var hash = key is null ? null : dice.Of(["h", "h", "i"]);
            transactions.Add(new(Guid.CreateVersion7(), site, $"test.{position}", 1, new("observer"), DateTimeOffset.UnixEpoch, key, hash, null, steps)
            {
                Reads = reads,
                Position = new(epoch, position),
            });
        }

        public (List<string> Rows, List<string> Outcomes, List<string> Held) Apply()
        {
            var rows = new SortedDictionary<int, (string Name, int Version)>();
            var (outcomes, held, waits, keys) = (new List<string>(), new List<string>(), new HashSet<string>(), new Dictionary<string, Transaction>());
            foreach (var transaction in transactions)
            {
                var position = transaction.Position!.Value.Position;
                if (transaction.IdempotencyKey is { } key && keys.TryGetValue(key, out var first))
                {
                    if (first.BodyHash == transaction.BodyHash)
                        outcomes.Add($"{position} duplicate {first.Position!.Value.Position}");
                    else
                        Hold("failed", "OD003");
                    continue;
                }
                if (transaction.IdempotencyKey is { } unused)
                    keys[unused] = transaction;
                if (transaction.Reads.Concat(transaction.WriteGuards).Any(waits.Contains))
                {
                    Hold("parked", "");
                    continue;
                }
                var after = new SortedDictionary<int, (string Name, int Version)>(rows);
                if (Execute(after, transaction) is { } code)
                {
                    Hold("failed", code);
                    continue;
                }
                rows = after;
                outcomes.Add($"{position} applied ");

                void Hold(string state, string why)
                {
                    outcomes.Add($"{position} {state} ");
                    held.Add($"{position} {state} {why}");
                    waits.UnionWith(transaction.WriteGuards);
                }
            }
            return ([.. rows.Select(r => $"{r.Key} {r.Value.Name} v{r.Value.Version}")], outcomes, held);
        }

        public override string ToString() => string.Join("\n", transactions.Select(t =>
            $"{t.Position!.Value.Position} key {t.IdempotencyKey} {t.BodyHash} reads {string.Join(',', t.Reads)}: {string.Join("; ", t.Steps.Select(Text))}"));

        /// <returns>Why it is refused; null when it is not.</returns>
        private static string? Execute(SortedDictionary<int, (string Name, int Version)> rows, Transaction transaction)
        {
            foreach (var (operation, change) in transaction.Steps.SelectMany(s => s.Rows.Select(r => (s.Operation, r))))
            {
                var id = int.Parse(change.Key, System.Globalization.CultureInfo.InvariantCulture);
                var there = rows.TryGetValue(id, out var row);
                if (operation != StepOperation.Create && (!there || row.Name != Text(change.Seen, "name")))
                    return "OD002";
                if (operation != StepOperation.Delete && Text(change.Row, "name") == Bad)
                    return "23514";
                if (operation == StepOperation.Create && there)
                    return "23505";
                if (operation == StepOperation.Delete)
                    rows.Remove(id);
                else
                    rows[id] = (Text(change.Row, "name")!, row.Version + 1);
            }
            return null;
        }

        /// <summary>What the site would decide on what it has accepted, or now and then what nobody would.</summary>
        private void AddStep(List<Step> steps, Dice dice)
        {
            var id = dice.Next(4);
            var wild = dice.Once(of: 6);
            var before = wild ? Row(id, dice.Of(Names)) : seen.GetValueOrDefault(id);
            var after = Row(id, dice.Of(Names));
            var creates = before is null || (wild && dice.Once(of: 2));
            if (!creates && dice.Once(of: 4))
            {
                seen.Remove(id);
                var named = Json.ToElement(new Dictionary<string, string> { ["name"] = before!.Name });
                steps.Add(new(Source.Table.Name, StepOperation.Delete, [new($"{id}", null, named)]));
                return;
            }
            seen[id] = after;
            var made = creates ? new Changes().Create(after) : new Changes().Update(before!, after);
            steps.AddRange(made.Stamp(new("observer"), DateTimeOffset.UnixEpoch, Guid.Empty));
        }

        private static Source Row(int id, string name) => new() { Id = id, Name = name, Type = SourceType.Fixed, CreatedAt = DateTimeOffset.UnixEpoch };

        private static string Guard(int id) => $"{Source.Table.Name}/{id}";

        private static string Text(Step step) =>
            $"{step.Operation} {string.Join(", ", step.Rows.Select(r => $"{r.Key} {Text(r.Row, "name")} seen {Text(r.Seen, "name")}"))}";

        private static string? Text(JsonElement? row, string column) => row?.TryGetProperty(column, out var value) == true ? value.GetString() : null;
    }
}
