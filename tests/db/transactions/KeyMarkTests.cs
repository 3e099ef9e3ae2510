using Microsoft.Extensions.DependencyInjection;
using OpsDb.Kernel;
using OpsDb.Redis;
using OpsDb.Transactions;

namespace OpsDb.DbTests.Transactions;

/// <summary>A key that tells its time is not looked up in the database where it cannot have left the log; wherever it may have, it is.</summary>
public sealed class KeyMarkTests : IdleSiteFixture
{
    private static readonly DateTimeOffset Before = DateTimeOffset.FromUnixTimeMilliseconds(1_800_000_000_000), After = Before.AddMilliseconds(1);

    [Test]
    public async Task A_key_newer_than_any_that_left_the_log_is_not_looked_up()
    {
        await TrimAsync(KeyOf(Before));
        Assert.That(await AppendUnaskedAsync(KeyOf(After)), Is.EqualTo(AppendOutcome.Appended));
    }

    [Test]
    public async Task A_key_that_is_no_newer_than_one_that_left_the_log_is_looked_up()
    {
        await TrimAsync(KeyOf(After));
        Assert.That(await AppendUnaskedAsync(KeyOf(After)), Is.EqualTo(AppendOutcome.DecideAgain), "another key of the same millisecond");
        Assert.That(await AppendUnaskedAsync(KeyOf(Before)), Is.EqualTo(AppendOutcome.DecideAgain));
    }

    [Test]
    public async Task A_trim_between_decision_and_append_is_noticed()
    {
        var seen = await Log.HeadAsync();
        await TrimAsync(KeyOf(After));
        Assert.That(seen.KeysMarked);
        Assert.That(await AppendUnaskedAsync(KeyOf(After)), Is.EqualTo(AppendOutcome.DecideAgain));
    }

    [Test]
    public async Task The_clock_of_one_user_does_not_slow_another_down()
    {
        await TrimAsync(KeyOf(After.AddYears(70)));
        Assert.That(await AppendUnaskedAsync(KeyOf(Before), new("somebody else")), Is.EqualTo(AppendOutcome.Appended));
    }

    [Test]
    public async Task At_a_site_whose_log_was_trimmed_by_an_older_release_every_key_is_looked_up_until_the_main_database_has_told_the_newest()
    {
        await StoreAsync("keys_marked", "");
        Assert.That((await Log.HeadAsync()).KeysMarked, Is.False);
        Assert.That(await AppendUnaskedAsync(KeyOf(After)), Is.EqualTo(AppendOutcome.DecideAgain));
        await Log.MarkKeysAsync(await Log.HeadAsync(), [("observer", Before.ToUnixTimeMilliseconds())]);
        Assert.That((await Log.HeadAsync()).KeysMarked);
        Assert.That(await AppendUnaskedAsync(KeyOf(Before)), Is.EqualTo(AppendOutcome.DecideAgain));
        Assert.That(await AppendUnaskedAsync(KeyOf(After)), Is.EqualTo(AppendOutcome.Appended));
    }

    [Test]
    public async Task A_trim_by_a_process_of_an_older_release_is_noticed()
    {
        await StoreAsync("trimmed", "1");
        Assert.That((await Log.HeadAsync()).KeysMarked, Is.False);
        Assert.That(await AppendUnaskedAsync(KeyOf(After), position: 1), Is.EqualTo(AppendOutcome.DecideAgain));
    }

    [Test]
    public async Task What_was_read_before_a_trim_marks_nothing()
    {
        var head = await Log.HeadAsync();
        await StoreAsync("keys_marked", "");
        await TrimAsync(KeyOf(Before));
        await Log.MarkKeysAsync(head, []);
        Assert.That((await Log.HeadAsync()).KeysMarked, Is.False);
    }

    [Test]
    public async Task In_a_new_epoch_keys_are_looked_up_again()
    {
        var next = Guid.CreateVersion7();
        await Log.ChangeEpochAsync(Epoch, null, null, new(next, Epoch, TransactionLog.ForkAtEnd, null, 0, null, null, "test", Before));
        var head = await Log.HeadAsync();
        Assert.That((head.Epoch, head.KeysMarked), Is.EqualTo((next, false)));
    }

    [Test]
    public async Task The_main_database_tells_the_newest_key_of_each_user()
    {
        var first = At(1, new Changes().Create(Running()), KeyOf(Before));
        var second = At(2, new Changes().Create(Running()), KeyOf(After));
        await ApplyAsync(await ReadAsync(), first, second, At(3, new Changes().Create(Running()), "a text"));
        await using var main = await Databases.MainAsync(CancellationToken.None);
        var parameters = new { site = Installation.SiteName, form = TimedKey.Pattern };
        var newest = await main.QueryAsync<(string, long)>(Trimmer.NewestKeys, parameters, CancellationToken.None);
        Assert.That(newest, Is.EqualTo(new[] { (first.Actor.User, After.ToUnixTimeMilliseconds()) }));
    }

    [TestCase("0197a0c3-6b00-7abc-8def-0123456789ab", 0x0197a0c36b00)]
    [TestCase("0197A0C3-6B00-7abc-8def-0123456789ab", null)]
    [TestCase("0197a0c3-6b00-4abc-8def-0123456789ab", null)]
    [TestCase("0197a0c3-6b00-7abc-cdef-0123456789ab", null)]
    [TestCase("0197a0c36b007abc8def0123456789ab", null)]
    [TestCase("0197a0c3-6b00-7abc-8def-0123456789ab\n", null)]
    [TestCase("start-17", null)]
    [TestCase(null, null)]
    public void Only_a_canonical_UUIDv7_tells_its_time(string? key, long? milliseconds) => Assert.That(TimedKey.Milliseconds(key), Is.EqualTo(milliseconds));

    private static string KeyOf(DateTimeOffset at) => Guid.CreateVersion7(at).ToString();

    /// <summary>Appends an entry with the key and removes it.</summary>
    private async Task TrimAsync(string key)
    {
        var entry = At(1, new Changes().Create(Running()), key);
        await AppendAsync(entry);
        var stored = (await Log.AfterAsync(new(Epoch, 0), 1))[0];
        Assert.That(await Log.TrimAsync(Epoch, [new(1, entry.Id, null, null)], [stored]), Is.EqualTo(1));
    }

    private async Task<AppendOutcome> AppendUnaskedAsync(string key, Actor? actor = null, long position = 0)
    {
        var head = await Log.HeadAsync();
        var transaction = At(head.Last + 1, new Changes().Create(Running()), key);
        transaction = transaction with { Actor = actor ?? transaction.Actor };
        var seen = new OverlayCut(new(Epoch, head.Last, new Dictionary<string, Table>()), head.Last, null, 0, null);
        return (await Log.AppendAsync(seen.Entry(transaction, await Log.StoreAsync(transaction), new(Math.Max(head.Last, position), null, 0), [], [], 1,
            TimedKey.Milliseconds(key)))).Outcome;
    }

    private Task StoreAsync(string field, string value) =>
        Services.GetRequiredService<RedisStore>().HashSetAsync($"site:{Installation.SiteName}:floor", (field, value));
}
