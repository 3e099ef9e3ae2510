using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using OpsDb.Jobs;
using OpsDb.Kernel;
using OpsDb.Locations;
using OpsDb.TestKit;

namespace OpsDb.DbTests.Jobs;

/// <summary>Items of work, as several workers take them from the main database.</summary>
public sealed class WorkClaimTests : WorkFixture
{
    private const string Queue = "peak_raw_testing";

    private DataLocation raw = null!;

    private IWorkClaims Claims => Services.GetRequiredService<IWorkClaims>();

    protected override TimeSpan Lease => TimeSpan.FromSeconds(0.2);

    [SetUp]
    public async Task MakeLocation() => raw = await LocationAsync("raw", LocationType.Source);

    [Test]
    public async Task What_is_found_twice_is_there_once()
    {
        var offers = Offers(3);
        Assert.That(await SubmitAsync(new OfferWork(offers)), Is.EqualTo(3));
        Assert.That(await SubmitAsync(new OfferWork([.. offers, offers[0]])), Is.Zero);
        Assert.That(await Installation.MainAsync<int>("select count(*) from work_item"), Is.EqualTo(3));
    }

    [Test]
    public async Task What_is_done_and_found_again_waits_again()
    {
        var offers = Offers(1);
        await SubmitAsync(new OfferWork(offers));
        var item = (await ClaimAsync()).Single();
        await DoneAsync(item);
        Assert.That((await ClaimAsync()).Count, Is.Zero);
        Assert.That(await SubmitAsync(new OfferWork(offers)), Is.EqualTo(1));
        Assert.That((await ClaimAsync()).Single().Fence, Is.GreaterThan(item.Fence));
    }

    [Test]
    public async Task Ten_workers_do_ten_thousand_items_each_once()
    {
        const int items = 10_000, workers = 10;
        foreach (var some in Offers(items).Chunk(1000))
            await SubmitAsync(new OfferWork(some));
        var taken = new ConcurrentDictionary<Guid, int>();
        await Task.WhenAll(Enumerable.Range(0, workers).Select(async n =>
        {
            while (await Claims.ClaimAsync([Queue], 50, TimeSpan.FromMinutes(5), $"worker/{n}", CancellationToken.None) is { Count: > 0 } mine)
            {
                foreach (var item in mine)
                    taken.AddOrUpdate(item.Id, 1, (_, count) => count + 1);
            }
        }));
        Assert.That((taken.Count, taken.Values.Max()), Is.EqualTo((items, 1)));
        Assert.That(await Installation.MainAsync<int>("select count(distinct claimed_by) from work_item where fence = 2"), Is.GreaterThan(1));
    }

    [Test]
    public async Task A_worker_that_was_lost_is_followed_by_another_and_can_record_nothing_when_it_wakes()
    {
        await SubmitAsync(new OfferWork(Offers(1)));
        var lost = (await ClaimAsync("a/1")).Single();
        Assert.That((await ClaimAsync("b/1")).Count, Is.Zero, "it is somebody's");
        WorkItem? next = null;
        await Eventually.TrueAsync(async () => (next = (await ClaimAsync("b/1")).SingleOrDefault()) is not null, "the claim has ended");
        Assert.That((next!.Attempt, next.ClaimedBy, next.Reason), Is.EqualTo((2, "b/1", "the worker a/1 was lost")));
        Assert.That(await Claims.RenewAsync(lost, Lease, CancellationToken.None), Is.False);
        var refused = await Assert.ThrowsAsync<RefusalException>(() => DoneAsync(lost));
        Assert.That(refused!.Problem, Is.EqualTo(JobProblems.ClaimLost));
        await Assert.ThrowsAsync<RefusalException>(() => SubmitAsync(new FailWork(lost.Id, lost.Fence, "late")));
        await DoneAsync(next);
    }

    [Test]
    public async Task A_worker_that_loses_its_item_while_it_records_records_nothing()
    {
        await SubmitAsync(new OfferWork(Offers(1)));
        var item = (await ClaimAsync("a/1")).Single();
        var isTaken = false;
        var refused = await Assert.ThrowsAsync<RefusalException>(() => SubmitAsync(new CreateSite("Elsewhere", "elsewhere"), services => async (changes, ct) =>
        {
            // It has decided, and the other one is faster.
            await services.GetRequiredService<WorkBook>().DoneAsync(changes, item, ct);
            if (!isTaken)
                await Eventually.TrueAsync(async () => (await ClaimAsync("b/1")).Count == 1, "the claim has ended");
            isTaken = true;
        }));
        Assert.That(refused!.Problem, Is.EqualTo(JobProblems.ClaimLost));
        Assert.That(await Installation.MainAsync<int>("select count(*) from site where short_name = 'elsewhere'"), Is.Zero, "nothing of it is there");
    }

    [Test]
    public async Task A_claim_that_is_renewed_stays()
    {
        await SubmitAsync(new OfferWork(Offers(1)));
        var item = (await ClaimAsync("a/1")).Single();
        Assert.That(await Claims.RenewAsync(item, TimeSpan.FromMinutes(1), CancellationToken.None), Is.True);
        Assert.That(await Installation.MainAsync<bool>("select min(ends_at) > now() + interval '30 seconds' from work_lease"), Is.True);
        await Claims.ReleaseAsync(item, CancellationToken.None);
        Assert.That((await ClaimAsync("b/1")).Single().Fence, Is.EqualTo(item.Fence + 1), "it is given back, and nobody said what became of it");
    }

    [Test]
    public async Task What_fails_is_tried_again_later_and_then_given_up_until_a_person_wants_it()
    {
        await SubmitAsync(new OfferWork(Offers(1)));
        for (var attempt = 1; attempt <= WorkItem.MaxAttempts; attempt++)
        {
            var item = (await ClaimAsync()).Single();
            var failed = await SubmitAsync(new FailWork(item.Id, item.Fence, "the disk is full"));
            var isLast = attempt == WorkItem.MaxAttempts;
            Assert.That((failed.State, failed.Attempt, failed.Reason),
                Is.EqualTo((isLast ? WorkItemState.Quarantined : WorkItemState.Waiting, attempt, "the disk is full")));
            Assert.That((await ClaimAsync()).Count, Is.Zero, "not yet");
            await Installation.MainAsync<int>("update work_item set not_before = now() - interval '1 second'; select 1");
        }
        var id = await Installation.MainAsync<Guid>("select id from work_item");
        Assert.That((await ClaimAsync()).Count, Is.Zero, "it is given up");
        await SubmitAsync(new Restart<WorkItem> { Id = id, How = RestartKind.Reset, Reason = "a new disk" });
        Assert.That((await ClaimAsync()).Single().Attempt, Is.EqualTo(1));
    }

    [Test]
    public async Task What_waits_for_something_else_is_not_given_up()
    {
        await SubmitAsync(new OfferWork(Offers(1)));
        for (var time = 0; time <= WorkItem.MaxAttempts; time++)
        {
            var item = (await ClaimAsync()).Single();
            var waits = await SubmitAsync(new FailWork(item.Id, item.Fence, "the link is down") { Waits = true });
            Assert.That((waits.State, waits.Attempt), Is.EqualTo((WorkItemState.Waiting, 0)));
            await Installation.MainAsync<int>("update work_item set not_before = now() - interval '1 second'; select 1");
        }
    }

    [Test]
    public async Task A_long_queue_does_not_keep_a_short_one_waiting()
    {
        var other = await LocationAsync("other", LocationType.Source);
        await SubmitAsync(new OfferWork([.. Offers(100).Select(o => o with { Priority = 0 }),
            new WorkOffer("peak_other_testing", "testing", other.Id, Guid.CreateVersion7()) { Priority = 1000 }]));
        var taken = await Claims.ClaimAsync([Queue, "peak_other_testing"], 4, Lease, "a/1", CancellationToken.None);
        Assert.That(taken.Select(i => i.Queue).Distinct().Count(), Is.EqualTo(2));
    }

    private WorkOffer[] Offers(int count) =>
        [.. Enumerable.Range(0, count).Select(_ => new WorkOffer(Queue, "testing", raw.Id, Guid.CreateVersion7()))];

    private Task<IReadOnlyList<WorkItem>> ClaimAsync(string process = "a/1") => Claims.ClaimAsync([Queue], 1, Lease, process, CancellationToken.None);

    private Task DoneAsync(WorkItem item) => SubmitAsync(new CreateSite($"{item.Id}", $"s{item.Id:n}"[..20]), services => (changes, ct) =>
        services.GetRequiredService<WorkBook>().DoneAsync(changes, item, ct));
}
