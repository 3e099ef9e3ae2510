using Microsoft.Extensions.DependencyInjection;
using OpsDb.Executions;
using OpsDb.Kernel;
using OpsDb.Transactions;

namespace OpsDb.DbTests.Transactions;

/// <summary>What a decision may rest on when it is stored.</summary>
public sealed class AcceptTests : IdleSiteFixture
{
    [Test]
    public async Task A_decision_that_rests_on_another_log_is_not_stored()
    {
        var stored = Starts(2);
        await AppendAsync(stored);
        var next = At(3, new Changes().Create(Running(3)));
        var payload = await Log.StoreAsync(next);
        Task<AppendResult> AppendNextAsync(long c, Guid? atC, long w, Guid? atW) =>
            Log.AppendAsync(new OverlayCut(new(Epoch, c, new Dictionary<string, Table>()), c, atC, 0, null).Entry(next, payload, new(w, atW, 0), [], [], 1));

        var other = Guid.CreateVersion7();
        foreach (var (c, atC, w, atW) in ((long, Guid?, long, Guid?)[])
            [(2, other, 0, null), (1, other, 0, null), (0, null, 2, other), (2, stored[1].Id, 1, other), (3, other, 0, null), (0, null, 3, other)])
            Assert.That((await AppendNextAsync(c, atC, w, atW)).Outcome, Is.EqualTo(AppendOutcome.NotThisStream), $"{c} {atC} {w} {atW}");
        Assert.That((await Log.HeadAsync()).Last, Is.EqualTo(2));
        Assert.That(await AppendNextAsync(2, stored[1].Id, 1, stored[0].Id), Is.EqualTo(new AppendResult(AppendOutcome.Appended, 3)));
    }

    [Test]
    public async Task A_transaction_that_is_only_tried_is_judged_like_any_other_and_leaves_nothing()
    {
        var stored = Starts(1)[0];
        await AppendAsync(stored);
        var before = await Log.HeadAsync();
        var small = At(2, new Changes().Create(Running(2)), "key");
        var many = new Changes();
        foreach (var unit in Enumerable.Range(0, 2000))
            many.Create(Running(unit));
        var large = At(2, many);
        Assert.That(Payload.Of(large).Parts, Is.Not.Empty);
        foreach (var transaction in (Transaction[])[small, small, large])
            Assert.That(await Log.TryAsync(EntryOf(transaction)), Is.EqualTo(new AppendResult(AppendOutcome.Fits, 2)));
        var full = ActivatorUtilities.CreateInstance<TransactionLog>(Services, Services.GetRequiredService<BufferOptions>() with { Capacity = 1 });
        Assert.That((await full.TryAsync(EntryOf(small))).Outcome, Is.EqualTo(AppendOutcome.Full));
        var after = await Log.HeadAsync();
        Assert.That((after.Last, after.Size), Is.EqualTo((before.Last, before.Size)));
        Assert.That(await Log.FindKeyAsync(small.Actor, "key"), Is.Null);

        Assert.That(await Log.AppendAsync(EntryOf(small, "a row")), Is.EqualTo(new AppendResult(AppendOutcome.Appended, 2)));
        Assert.That((await Log.TryAsync(EntryOf(small))).Outcome, Is.EqualTo(AppendOutcome.KeyKnown));
        Assert.That((await Log.TryAsync(EntryOf(large, "a row"))).Outcome, Is.EqualTo(AppendOutcome.DecideAgain), "the row has moved since");

        NewEntry EntryOf(Transaction transaction, params string[] guards) =>
            new OverlayCut(new(Epoch, 1, new Dictionary<string, Table>()), 1, stored.Id, 0, null)
                .Entry(transaction, Payload.Of(transaction), Watermark.Zero, guards, guards, 1);
    }

    [Test]
    public async Task A_refusal_that_rests_on_the_same_request_stored_meanwhile_is_the_first_answer()
    {
        var first = At(1, new Changes().Create(Running()), "key") with { Answer = Json.ToElement(new { taken = true }) };
        await using var scope = Services.CreateAsyncScope();
        // Another process stores it after this one has looked the key up, and this one finds the row.
        var tries = 0;
        var recorded = await scope.ServiceProvider.GetRequiredService<BufferSink>().RecordAsync(
            new(first.Actor, "key", first.BodyHash), new CriticalAttribute("test"), async ct =>
        {
            await scope.ServiceProvider.GetRequiredService<IReader<Execution, Guid>>().FindAsync(Guid.NewGuid(), ct);
            if (++tries == 2)
                await AppendAsync(first);
            throw new RefusalException(Problems.AlreadyExists, "it is there");
        }, CancellationToken.None);
        Assert.That((recorded.Replayed, recorded.Transaction), Is.EqualTo((true, first.Id)));
    }

    [Test]
    public async Task A_reader_sees_what_was_stored_before_it_came()
    {
        var overlay = Services.GetRequiredService<Overlay>();
        await overlay.RefreshAsync();
        // Enough of another process that reading it takes its time.
        var other = ActivatorUtilities.CreateInstance<TransactionLog>(Services);
        for (var round = 0; round < 3; round++)
        {
            var transactions = Starts(501, 1 + 501 * round);
            foreach (var transaction in transactions[..500])
                await AppendAsync(other, transaction);
            var earlier = overlay.RefreshAsync();
            await AppendAsync(transactions[500]);
            Assert.That((await overlay.RefreshAsync()).Position, Is.EqualTo(501 * (round + 1)));
            await earlier;
        }
    }
}
