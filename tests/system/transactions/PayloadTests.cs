using OpsDb.Kernel;
using OpsDb.Transactions;

namespace OpsDb.SystemTests.Transactions;

public sealed class PayloadTests : LogFixture
{
    [Test]
    public async Task A_large_transaction_is_read_as_it_was_appended_and_no_value_in_Redis_is_large()
    {
        var (small, large) = (Create(), Create(1_500_000));
        Assert.That((await AppendAsync(small)).Outcome, Is.EqualTo(AppendOutcome.Appended));
        var payload = await Log.StoreAsync(large);
        Assert.That((await AppendAsync(large, payload)).Outcome, Is.EqualTo(AppendOutcome.Appended));

        Assert.That(payload.Parts, Has.Count.GreaterThan(4));
        Assert.That(payload.Parts.Select(p => p.Length), Is.All.LessThanOrEqualTo(256 * 1024));
        Assert.That((long)await Redis.ExecuteAsync("MEMORY", "USAGE", Key("transaction_buffer")), Is.LessThan(10_000), "the stream refers to them");
        var read = await Log.RefreshAsync(0);
        Assert.That(read.Transactions.Select(Text), Is.EqualTo(new[] { small, large }.Select(Text)));
        Assert.That(read.Size.Appended, Is.EqualTo(payload.Bytes + Payload.Of(small).Bytes), "the parts count as bytes of the log");
        Assert.That((await Log.AtAsync(new(Epoch, 2)))!.Id, Is.EqualTo(large.Id));
    }

    [Test]
    public async Task Parts_vanish_after_an_hour_unless_an_entry_refers_to_them()
    {
        var large = Create(600_000);
        var payload = await Log.StoreAsync(large);
        Assert.That(TimesToLive(large, payload), Is.All.InRange(TimeSpan.FromMinutes(55), TimeSpan.FromHours(1)));
        await AppendAsync(large, payload);
        Assert.That(TimesToLive(large, payload), Is.All.Null);
    }

    [Test]
    public async Task An_entry_is_not_appended_without_all_its_parts()
    {
        var large = Create(600_000);
        var payload = await Log.StoreAsync(large);
        await Redis.KeyDeleteAsync(Key($"payload:{large.Id}:1"));
        Assert.That((await AppendAsync(large, payload)).Outcome, Is.EqualTo(AppendOutcome.PartsMissing));
        Assert.That((await Log.HeadAsync()).Last, Is.Zero);

        Assert.That((await AppendAsync(large)).Outcome, Is.EqualTo(AppendOutcome.Appended), "once they are written again");
        Assert.That((await Log.AfterAsync(new(Epoch, 0), 10)).Single().Id, Is.EqualTo(large.Id));
    }

    [Test]
    public async Task Parts_leave_with_their_entry()
    {
        var (first, second) = (Create(600_000), Create(600_000));
        await AppendAsync(first);
        await AppendAsync(second);
        var entries = await Log.AfterAsync(new(Epoch, 0), 1);
        Assert.That(await Log.TrimAsync(Epoch, [new(2, second.Id, null, null)], entries), Is.EqualTo(1));
        Assert.That(await Redis.KeyExistsAsync(Key($"payload:{first.Id}:0")), Is.False);
        Assert.That((await Log.AfterAsync(new(Epoch, 0), 10)).Single().Id, Is.EqualTo(second.Id));
    }

    [Test]
    public async Task An_entry_that_lacks_a_part_is_an_error_and_not_skipped()
    {
        var large = Create(600_000);
        await AppendAsync(large);
        await Redis.KeyDeleteAsync(Key($"payload:{large.Id}:0"));
        var error = await Assert.ThrowsAsync<OutageException>(() => Log.RefreshAsync(0));
        Assert.That(error!.Message, Does.Contain("position 1 lacks a part"));
    }

    private static string Text(Transaction transaction) => Json.ToElement(transaction).GetRawText();

    private IEnumerable<TimeSpan?> TimesToLive(Transaction transaction, Payload payload) =>
        [.. payload.Parts.Index().Select(p => Redis.KeyTimeToLive(Key($"payload:{transaction.Id}:{p.Index}")))];
}
