using OpsDb.Kernel;
using OpsDb.Transactions;

namespace OpsDb.SystemTests.Transactions;

public sealed class TrimScriptTests : LogFixture
{
    [Test]
    public async Task Nothing_is_removed_when_the_entry_at_a_watermark_is_not_the_transaction_it_names()
    {
        var entries = await FillAsync(5);
        var stranger = Guid.CreateVersion7();
        Assert.That(await Log.TrimAsync(Epoch, [At(5, stranger)], entries[..3]), Is.Zero, "the replica follows another log");
        Assert.That(await Log.TrimAsync(Epoch, [At(5, entries[4].Id), At(4, stranger)], entries[..3]), Is.Zero, "a standby does");
        Assert.That(await Log.TrimAsync(Epoch, [At(9, stranger)], entries[..3]), Is.Zero, "the log has lost its end");
        Assert.That(await LengthAsync(), Is.EqualTo(5));
        Assert.That(await Log.TrimAsync(Epoch, [At(5, entries[4].Id), At(4, entries[3].Id)], entries[..3]), Is.EqualTo(3));
        Assert.That(await LengthAsync(), Is.EqualTo(2));
    }

    [Test]
    public async Task Nothing_above_a_watermark_is_removed()
    {
        var entries = await FillAsync(5);
        Assert.That(await Log.TrimAsync(Epoch, [At(5, entries[4].Id), At(2, entries[1].Id)], entries[..3]), Is.Zero);
        Assert.That(await LengthAsync(), Is.EqualTo(5));
    }

    [Test]
    public async Task A_late_trimmer_does_not_take_the_trimmed_floor_back()
    {
        var entries = await FillAsync(5);
        await Log.TrimAsync(Epoch, [At(5, entries[4].Id)], entries[..4]);
        Assert.That(await Log.TrimAsync(Epoch, [At(5, entries[4].Id)], entries[..2]), Is.Zero);
        Assert.That((await Log.HeadAsync()).Trimmed, Is.EqualTo(4));
        Assert.That((await Log.HeadAsync()).Size.Trimmed, Is.EqualTo(entries[3].LogBytes));
    }

    private static DatabaseSnapshot At(long position, Guid transaction) => new(position, transaction, null, null);

    private async Task<long> LengthAsync() => (long)await Redis.ExecuteAsync("XLEN", Key("transaction_buffer"));

    private async Task<Transaction[]> FillAsync(int count)
    {
        for (var i = 0; i < count; i++)
            await AppendAsync(Create());
        return [.. await Log.AfterAsync(new(Epoch, 0), count)];
    }
}
