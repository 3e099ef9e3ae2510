using Microsoft.Extensions.DependencyInjection;
using OpsDb.Jobs;
using OpsDb.Locations;

namespace OpsDb.DbTests.Jobs;

/// <summary>Work that does not go on by itself is found, whatever it waits for.</summary>
public sealed class StuckTests : WorkFixture
{
    [Test]
    public async Task Each_kind_of_stuck_work_is_found_and_nothing_else()
    {
        var raw = await LocationAsync("raw", LocationType.Source);
        string[] queues = ["peak_raw_new", "peak_raw_later", "peak_raw_unattended", "peak_raw_busy", "peak_raw_endless", "peak_raw_given_up", "peak_raw_done"];
        await SubmitAsync(new OfferWork([.. queues.Select(q => new WorkOffer(q, q["peak_raw_".Length..], raw.Id, Guid.CreateVersion7()))]));
        await Installation.MainAsync<int>("""
            update work_item set since = now() - interval '2 days', not_before = now() + interval '1 minute' where operation = 'later';
            update work_item set since = now() - interval '2 hours', not_before = now() - interval '2 hours' where operation = 'unattended';
            update work_item set state = 'claimed', claimed_by = 'a/1', since = now() - interval '2 hours' where operation = 'busy';
            update work_item set state = 'claimed', claimed_by = 'a/1', since = now() - interval '25 hours' where operation = 'endless';
            update work_item set state = 'quarantined', reason = 'the file is another one' where operation = 'given_up';
            update work_item set state = 'done', since = now() - interval '9 days' where operation = 'done';
            select 1
            """);
        await RunAsync("find-stuck");
        await RunAsync("find-stuck");
        var stuck = await Services.GetRequiredService<JobBook>().StuckAsync(CancellationToken.None);
        Assert.That(stuck.Select(s => $"{s.Queue} {s.What}"), Is.EqualTo(new[]
        {
            "peak_raw_given_up was given up", "peak_raw_unattended waits for a worker", "peak_raw_endless is with a worker for very long",
        }));
        Assert.That(await Installation.MainAsync<int>("select count(*) from notice where user_name = 'admin'"), Is.EqualTo(3),
            "once, however often it is seen");
        Assert.That(await Installation.MainAsync<string>("select body from notice where subject like '%given_up%' and user_name = 'admin'"),
            Does.Contain("the file is another one"));
    }
}
