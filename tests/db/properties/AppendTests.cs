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
        public static Entry Of(Dice dice, Guid epoch, List<Guid> held)
        {
            var key = dice.Next(6) is var used && used < Names.Length ? Names[used] : null;
            var hash = key is null ? null : "hash";
            var transaction = new Transaction(
                Guid.CreateVersion7(), "site", "test", Transaction.CurrentSchemaVersion, new("observer"), DateTimeOffset.UnixEpoch, key, hash, null, []);
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

        private string[] Keys => [.. ((string[])["transaction_buffer", "idempotency", "guards", "floor", "epoch"]).Select(Key)];

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

        private Task<AppendResult> AppendAsync(Entry e) => log.AppendAsync(e.Seen.Entry(e.Transaction, e.Payload, e.Watermark, e.Read, e.Written, e.Share));

        private async Task StoreAsync(Entry entry)
        {
            if (entry.Payload.Parts is [var part] && !entry.LacksPart)
                await redis.SetAsync(Key($"payload:{entry.Transaction.Id}:0"), part, TimeSpan.FromMinutes(1));
        }

        /// <summary>The log's key, which begins as its channel does.</summary>
        private string Key(string name) => log.Channel.Replace("appended", name, StringComparison.Ordinal);

        private static readonly RedisScript Forget = new("return redis.call('DEL', unpack(KEYS))");

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
