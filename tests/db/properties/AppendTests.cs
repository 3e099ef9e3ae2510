using System.Collections.Concurrent;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using OpsDb.Kernel;
using OpsDb.Redis;
using OpsDb.Transactions;

namespace OpsDb.DbTests.Properties;

/// <summary>Whatever is appended together is checked and stored as if each had come alone. How a failure is run again: <see cref="Property"/>.</summary>
public sealed class AppendTests : DatabaseFixture
{
    private static readonly string[] Names = ["a", "b", "c", "d"];

    protected override Dictionary<string, string> Settings() => SecondarySettings();

    [Test]
    public void Appending_together_makes_what_appending_one_by_one_makes() => Property.Holds(cases: 300, most: 30, async rolls =>
    {
        var epoch = Guid.NewGuid();
        var options = Services.GetRequiredService<BufferOptions>() with
        {
            Capacity = 5 + rolls.Subject.Next(20),
            CapacityBytes = 100 + rolls.Subject.Next(1000),
        };
        var (together, alone) = (new TestLog(Services, options, "together"), new TestLog(Services, options, "alone"));
        await together.BeginAsync(epoch);
        await alone.BeginAsync(epoch);
        var group = new List<Entry>();
        var held = new List<Guid>();
        foreach (var dice in rolls.Events)
        {
            group.Add(Entry.Of(dice, epoch, held));
            if (!dice.Once(of: 4))
                continue;
            await AppendAsync();
            if (dice.Next(3) is var hint and > 0 && held.Count > 0)
                await Task.WhenAll(together.HintAsync(held.Count / hint), alone.HintAsync(held.Count / hint));
        }
        await AppendAsync();
        var (one, other) = (await together.DumpAsync(), await alone.DumpAsync());
        Property.Require(one == other, () => $"together {one}\nalone    {other}");

        async Task AppendAsync()
        {
            var answers = await together.AppendTogetherAsync(group);
            var expected = await alone.AppendOneByOneAsync(group);
            Property.Require(answers.SequenceEqual(expected),
                () => $"{string.Join(", ", answers)}\nis not {string.Join(", ", expected)}\nfor {string.Join('\n', group)}");
            held.AddRange(group.Where((_, i) => expected[i].Outcome == AppendOutcome.Appended).Select(e => e.Transaction.Id));
            group.Clear();
        }
    });

    [Test]
    public void Guards_apart_mean_what_the_others_mean() => Property.Holds(cases: 200, most: 20, async rolls =>
    {
        var epoch = Guid.NewGuid();
        var options = Services.GetRequiredService<BufferOptions>();
        var (apart, beside) = (new TestLog(Services, options, "apart"), new TestLog(Services, options, "beside"));
        await apart.BeginAsync(epoch);
        await beside.BeginAsync(epoch);
        var held = new List<Guid>();
        foreach (var dice in rolls.Events)
        {
            var entry = Entry.Of(dice, epoch, held) with { Apart = [.. Names.Where(_ => dice.Once(of: 4))] };
            var answer = await apart.AppendOneByOneAsync([entry]);
            var expected = await beside.AppendOneByOneAsync(
                [entry with { Apart = [], Read = [.. entry.Read.Union(entry.Apart)], Written = [.. entry.Written.Union(entry.Apart)] }]);
            Property.Require(answer[0] == expected[0], () => $"{answer[0]} is not {expected[0]} for {entry}");
            if (answer[0].Outcome == AppendOutcome.Appended)
                held.Add(entry.Transaction.Id);
        }
    });

    [Test]
    public void An_entry_with_guards_apart_rests_on_nothing_that_has_moved() => Property.Holds(cases: 30, most: 40, async rolls =>
    {
        var epoch = Guid.NewGuid();
        var log = new TestLog(Services, Services.GetRequiredService<BufferOptions>(), "moving");
        await log.BeginAsync(epoch);
        var appended = new ConcurrentDictionary<long, Entry>();
        // Each rests on what is there when it is made; some need several calls until they are complete, and others come between.
        await Task.WhenAll(rolls.Events.Select(async dice =>
        {
            await Task.Delay(dice.Next(30));
            var guards = Enumerable.Range(dice.Next(3000), dice.Once(of: 2) ? 1 : 2500).Select(n => $"guard {n}").ToArray();
            var cut = new OverlayCut(new(epoch, appended.Count == 0 ? 0 : appended.Keys.Max(), new Dictionary<string, Table>()), 0, null, 0, null);
            cut = cut with { Position = cut.State.Floor };
            var entry = new Entry(Entry.New(null, null), new(Encoding.ASCII.GetBytes("x"), []), false, cut, new(0, null, 0), [], [], 1);
            entry = guards.Length > 1 ? entry with { Apart = guards } : entry with { Read = guards, Written = guards };
            if (await log.AppendAsync(entry) is { Outcome: AppendOutcome.Appended } at)
                appended[at.Position] = entry;
        }));
        Property.Require(!appended.IsEmpty, () => "nothing was appended");
        foreach (var (position, entry) in appended)
        {
            var moved = appended.Where(a => a.Key > entry.Seen.Position && a.Key < position).FirstOrDefault(a => a.Value.Rests.Intersect(entry.Rests).Any());
            Property.Require(moved.Value is null, () => $"{position} rests on {entry.Seen.Position}, and {moved.Key} has moved what it rests on");
        }
        Property.Require(await log.SetsToComeAsync() == 0, () => "a set of guards is left over");
    });

    /// <summary>What is to be appended, resting on what the log held before the group or on something that it never held.</summary>
    private sealed record Entry(
        Transaction Transaction,
        Payload Payload,
        bool LacksPart,
        OverlayCut Seen,
        Watermark Watermark,
        string[] Read,
        string[] Written,
        double Share)
    {
        public string[] Apart { get; init; } = [];

        public IEnumerable<string> Rests => Read.Concat(Apart);

        public static Transaction New(string? key, string? hash) => new(
            Guid.CreateVersion7(), "site", "test", Transaction.CurrentSchemaVersion, new("observer"), DateTimeOffset.UnixEpoch, key, hash, null, []);

        public static Entry Of(Dice dice, Guid epoch, List<Guid> held)
        {
            var key = dice.Next(6) is var used && used < Names.Length ? Names[used] : null;
            var hash = key is null ? null : "hash";
            var transaction = New(key, hash);
            var whole = !dice.Once(of: 8);
            var bytes = Encoding.ASCII.GetBytes(new string('x', 1 + dice.Next(100)));
            var ((c, atC), (w, atW)) = (Place(), Place());
            var seen = new OverlayCut(new(epoch, c, new Dictionary<string, Table>()), c, atC, 0, null);
            var payload = whole ? new Payload(bytes, []) : new([], [bytes]);
            if (dice.Once(of: 8))
                payload = payload.Measured;
            return new(transaction, payload, dice.Once(of: 2), seen, new(w, atW, 0), Some(), Some(), dice.Once(of: 2) ? 0.9 : 1);

            (long, Guid?) Place() => dice.Next(12) switch
            {
                0 => (held.Count + 1, Guid.NewGuid()),
                1 when held.Count > 0 => (held.Count, Guid.NewGuid()),
                < 4 => (0, null),
                _ => dice.Next(held.Count + 1) is var position && position > 0 ? (position, dice.Once(of: 4) ? null : held[position - 1]) : (0, null),
            };

            string[] Some() => [.. Names.Where(_ => dice.Once(of: 3))];
        }
    }

    private sealed class TestLog(IServiceProvider services, BufferOptions options, string name)
    {
        private readonly RedisStore redis = services.GetRequiredService<RedisStore>();
        private readonly TransactionLog log = new(
            services.GetRequiredService<RedisStore>(),
            new($"{services.GetRequiredService<Site>().Name}_{name}", SiteType.Secondary, true),
            options,
            new([]));

        private string[] Keys => [.. ((string[])["transaction_buffer", "idempotency", "guards", "floor", "epoch", "guard_sets"]).Select(Key)];

        public async Task BeginAsync(Guid epoch)
        {
            await redis.EvaluateAsync(Forget, Keys, []);
            await log.BeginAsync(epoch);
        }

        public Task HintAsync(int position) => log.HintAppliedAsync(position, position, default);

        public async Task<IReadOnlyList<AppendResult>> AppendTogetherAsync(IReadOnlyList<Entry> entries)
        {
            foreach (var entry in entries)
                await StoreAsync(entry);
            var coming = log.ExpectAppend();
            var appends = entries.Select(AppendAsync).ToList();
            coming.Dispose();
            return await Task.WhenAll(appends);
        }

        public async Task<IReadOnlyList<AppendResult>> AppendOneByOneAsync(IReadOnlyList<Entry> entries)
        {
            var appends = new List<AppendResult>();
            foreach (var entry in entries)
            {
                await StoreAsync(entry);
                appends.Add(await AppendAsync(entry));
            }
            return appends;
        }

        public async Task<string> DumpAsync() => (await redis.EvaluateAsync(Dump, Keys[..4], [])).Text!;

        public Task<AppendResult> AppendAsync(Entry e) =>
            log.AppendAsync(e.Seen.Entry(e.Transaction, e.Payload, e.Watermark, e.Read, e.Written, e.Share) with { Apart = e.Apart });

        /// <summary>Sets of guards whose entry has not come.</summary>
        public async Task<long> SetsToComeAsync() => (await redis.EvaluateAsync(CountSetsToCome, [Key("guard_sets")], [])).Number;

        private async Task StoreAsync(Entry entry)
        {
            if (entry.Payload.Parts is [var part] && !entry.LacksPart)
                await redis.SetAsync(Key($"payload:{entry.Transaction.Id}:0"), part, TimeSpan.FromMinutes(1));
        }

        /// <summary>The log's key, which begins as its channel does.</summary>
        private string Key(string name) => log.Channel.Replace("appended", name, StringComparison.Ordinal);

        private static readonly RedisScript Forget = new("return redis.call('DEL', unpack(KEYS))");

        private static readonly RedisScript CountSetsToCome = new("return redis.call('ZCOUNT', KEYS[1], 'inf', 'inf')");

        private static readonly RedisScript Dump = new(
            """
            local dump = {redis.call('XRANGE', KEYS[1], '-', '+')}
            for i = 2, #KEYS do
              local fields, lines = redis.call('HGETALL', KEYS[i]), {}
              for f = 1, #fields, 2 do lines[#lines + 1] = fields[f] .. '=' .. fields[f + 1] end
              table.sort(lines)
              dump[i] = lines
            end
            return cjson.encode(dump)
            """);
    }
}
