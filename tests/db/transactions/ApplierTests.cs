using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using NUnit.Framework.Constraints;
using OpsDb.Database;
using OpsDb.Kernel;
using OpsDb.Redis;
using OpsDb.Transactions;

namespace OpsDb.DbTests.Transactions;

/// <summary>What makes each transaction of a log applied once, whoever applies it and how often.</summary>
public sealed class ApplierTests : IdleSiteFixture
{
    [TestCase("revision = revision + 1")]
    [TestCase("transaction_id = gen_random_uuid()")]
    [TestCase("position = position + 1")]
    public async Task Nothing_of_a_batch_is_applied_when_the_watermark_is_not_as_it_was_read(string moved)
    {
        await ApplyAsync(await ReadAsync(), Starts(3));
        var read = await ReadAsync();
        await Installation.MainAsync<int>($"update site_watermark set {moved} returning 1");
        await Assert.ThatAsync(async () => await ApplyAsync(read, Starts(3, 4)), IsMoved);
        await Assert.ThatAsync(async () => await ApplyOneAsync(read, Starts(1, 4)[0]), IsMoved);
        Assert.That((await CountAsync("executed_obs_unit"), await CountAsync("applied_transaction where epoch is not null")), Is.EqualTo((3, 3)));
    }

    [Test]
    public async Task A_batch_that_was_made_before_an_intervention_is_not_applied_after_it()
    {
        await Installation.MainAsync<int>("alter table executed_obs_unit add constraint fault check (obs_unit_id <> 60); select 1");
        var row = Running() with { ObsUnitId = 60 };
        var refused = At(1, new Changes().Create(row));
        var (_, refusal) = await ApplyOneAsync(await ReadAsync(), refused);
        Assert.That(refusal?.Code, Is.EqualTo("23514"));
        var read = await ReadAsync();
        await Services.GetRequiredService<IInterventions>().DiscardAsync(refused.Id, null, new(new("admin")), CancellationToken.None);

        // By what it had read, the processor would park this behind a transaction that is settled by now.
        var follower = At(2, new Changes().Create(row with { ObsUnitId = 59 }));
        await Assert.ThatAsync(async () => await ApplyAsync(read, follower), IsMoved);
        await ApplyAsync(await ReadAsync(), follower);
        Assert.That(await OutcomesAsync(), Is.EqualTo("discarded applied"));
    }

    [Test]
    public async Task What_was_held_and_then_discarded_is_told_apart_from_what_is_applied_until_it_is_replicated()
    {
        await Installation.MainAsync<int>("alter table executed_obs_unit add constraint fault check (obs_unit_id <> 60); select 1");
        var refused = At(2, new Changes().Create(Running() with { ObsUnitId = 60 }));
        await ApplyAsync(await ReadAsync(), At(1, new Changes().Create(Running())));
        await ApplyOneAsync(await ReadAsync(), refused);
        Assert.That((await ReadAsync()).FirstHeld, Is.EqualTo(2));
        await Services.GetRequiredService<IInterventions>().DiscardAsync(refused.Id, null, new(new("admin")), CancellationToken.None);
        Assert.That((await ReadAsync()).FirstHeld, Is.EqualTo(2));
        Assert.That((await Applier.FindAsync(Epoch, 2, CancellationToken.None))!.FirstHeld, Is.Null);
    }

    [Test]
    public async Task Of_two_that_apply_the_same_batch_at_once_one_does()
    {
        var rounds = 20;
        for (var round = 0; round < rounds; round++)
        {
            var batch = Starts(3, 1 + 3 * round);
            var (one, other) = (await ReadAsync(), await ReadAsync());
            var outcomes = await Task.WhenAll(OutcomeAsync(() => ApplyAsync(one, batch)),
                OutcomeAsync(() => round % 2 == 0 ? ApplyAsync(other, batch) : ApplyOneAsync(other, batch[0])));
            Assert.That(outcomes, Is.EquivalentTo(new[] { "applied", SqlState.WatermarkMoved }));
            if (await ReadAsync() is { Watermark.Position: var position } read && position < 3 * (round + 1))
                await ApplyAsync(read, batch[1..]);
        }
        await TestContext.Out.WriteLineAsync($"{rounds} pairs, {3 * rounds} transactions");
        Assert.That((await CountAsync("executed_obs_unit"), await CountAsync("applied_transaction where epoch is not null")),
            Is.EqualTo((3 * rounds, 3 * rounds)));

        static async Task<string> OutcomeAsync(Func<Task> apply)
        {
            try
            {
                await apply();
                return "applied";
            }
            catch (PostgresException e)
            {
                return e.SqlState;
            }
        }
    }

    [Test]
    public async Task A_batch_that_does_not_begin_right_after_the_watermark_is_not_applied()
    {
        var batch = Starts(3);
        var read = await ReadAsync();
        await Assert.ThatAsync(async () => await ApplyAsync(read, batch[1..]), Throws.InvalidOperationException);
        await Assert.ThatAsync(async () => await ApplyAsync(read, batch[0], batch[2]), Throws.InvalidOperationException, "nor one with a gap");
        await Assert.ThatAsync(async () => await ApplyOneAsync(read, batch[1]), Throws.InvalidOperationException);
        Assert.That(await CountAsync("executed_obs_unit"), Is.Zero);
    }

    [Test]
    public async Task What_is_known_by_its_id_is_skipped()
    {
        var batch = Starts(6);
        await AppendAsync(batch);
        var processor = Processor(batchSize: 2);
        Assert.That(await processor.TurnAsync(CancellationToken.None), Is.Null);
        await Installation.MainAsync<int>("update site_watermark set position = 2, transaction_id = @id, revision = revision + 1 returning 1",
            new { id = batch[1].Id });
        await AppendAsync(Starts(3, 7));
        Assert.That(await processor.TurnAsync(CancellationToken.None), Is.Null);
        Assert.That((await ReadAsync()).Watermark.Position, Is.EqualTo(9));
        Assert.That(await OutcomesAsync(), Is.EqualTo(string.Join(' ', Enumerable.Repeat("applied", 9))));
        Assert.That((await CountAsync("executed_obs_unit"), await CountAsync("held_transaction")), Is.EqualTo((9, 0)));
    }

    [Test]
    public async Task A_key_that_main_has_is_a_duplicate_of_the_first_or_for_another_request_refused()
    {
        Transaction[] batch =
        [
            At(1, new Changes().Create(Running(1)), "key"),
            At(2, new Changes().Create(Running(2)), "key"),
            At(3, new Changes().Create(Running(3)), "key", "another body"),
            At(4, new Changes().Create(Running(4))), At(5, new Changes().Create(Running(5)), "key"),
        ];
        var applied = await ReadAsync();
        (applied, _) = await ApplyAsync(applied, batch[0]);
        foreach (var (transaction, code) in ((Transaction, string?)[])[(batch[1], null), (batch[2], SqlState.KeyReused)])
        {
            (applied, var refusal) = await ApplyOneAsync(applied, transaction);
            Assert.That(refusal?.Code, Is.EqualTo(code));
        }
        (applied, _) = await ApplyAsync(applied, batch[3]);
        await ApplyOneAsync(applied, batch[4]);
        Assert.That(await OutcomesAsync(), Is.EqualTo("applied duplicate failed applied duplicate"));
        Assert.That(await CountAsync($"applied_transaction where duplicate_of = '{batch[0].Id}'"), Is.EqualTo(2));
        Assert.That(await Installation.MainAsync<string>("select code || ' ' || constraint_name from held_transaction"),
            Is.EqualTo("OD003 applied_transaction_key"));
        Assert.That(await CountAsync("executed_obs_unit"), Is.EqualTo(2), "a duplicate has no effect of its own");
    }

    [Test]
    public async Task The_processor_tells_duplicates_and_reused_keys_apart_in_the_middle_of_a_batch()
    {
        Transaction[] batch =
        [
            At(1, new Changes().Create(Running(1)), "key"), At(2, new Changes().Create(Running(2))), At(3, new Changes().Create(Running(3)), "key"),
            At(4, new Changes().Create(Running(4)), "key", "another body"), At(5, new Changes().Create(Running(5))),
        ];
        await RewriteAsync(batch);
        Assert.That(await Processor().TurnAsync(CancellationToken.None), Is.Null);
        Assert.That(await OutcomesAsync(), Is.EqualTo("applied applied duplicate failed applied"));
        Assert.That(await CountAsync("executed_obs_unit"), Is.EqualTo(3));
    }

    [Test]
    public async Task Of_a_refused_batch_it_is_known_which_transaction_was_refused()
    {
        await Installation.MainAsync<int>("alter table executed_obs_unit add constraint fault check (obs_unit_id <> 60); select 1");
        var batch = Starts(8);
        batch[5] = At(6, new Changes().Create(Running() with { ObsUnitId = 60 }));
        var read = await ReadAsync();
        await Assert.ThatAsync(async () => await ApplyAsync(read, batch), Throws.InstanceOf<RefusedException>().With.Property("Index").EqualTo(5));
    }

    [Test]
    public async Task Nothing_is_passed_over_when_main_changes_while_a_refused_transaction_is_being_found()
    {
        // The first transaction can be applied at the first try, and no more at the second, as when main has changed its row meanwhile.
        await Installation.MainAsync<int>(
            """
            create sequence tries;
            grant usage on sequence tries to opsdb_application;
            alter table executed_obs_unit add constraint fault check (obs_unit_id <> 60 and (obs_unit_id <> 59 or nextval('tries') = 1));
            select 1
            """);
        await AppendAsync(
            At(1, new Changes().Create(Running(1) with { ObsUnitId = 59 })),
            At(2, new Changes().Create(Running(2))),
            At(3, new Changes().Create(Running(3) with { ObsUnitId = 60 })),
            At(4, new Changes().Create(Running(4))));
        Assert.That(await Processor().TurnAsync(CancellationToken.None), Is.Null);
        Assert.That(await OutcomesAsync(), Is.EqualTo("failed applied failed applied"));
        Assert.That(await CountAsync("executed_obs_unit"), Is.EqualTo(2));
    }

    private static Constraint IsMoved => Throws.InstanceOf<PostgresException>().With.Property("SqlState").EqualTo(SqlState.WatermarkMoved);

    /// <summary>Puts these in the place of the entries, which the append script would not have taken.</summary>
    private async Task RewriteAsync(IReadOnlyList<Transaction> transactions)
    {
        var redis = Services.GetRequiredService<RedisStore>();
        var key = $"site:{Installation.SiteName}:transaction_buffer";
        const string fill =
            """
            redis.call('DEL', KEYS[1])
            for i = 1, #ARGV, 2 do
              redis.call('XADD', KEYS[1], ((i + 1) / 2) .. '-0', 'id', ARGV[i], 'b', '0', 't', ARGV[i + 1])
            end
            return 1
            """;
        await redis.EvaluateAsync(new(fill), [key],
            [.. transactions.SelectMany(t => new object[] { t.Id.ToString(), System.Text.Json.JsonSerializer.Serialize(t, Json.Options) })]);
    }
}
