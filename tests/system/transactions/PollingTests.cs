using OpsDb.TestKit;

namespace OpsDb.SystemTests.Transactions;

/// <summary>Readers who ask again and again whether anything has changed.</summary>
public sealed class PollingTests : ReadFixture
{
    [Test]
    public async Task Who_polls_with_a_tag_learns_that_the_main_database_has_refused_what_the_site_accepted()
    {
        Servers.Relay.Down();
        await Installation.MainAsync<int>("alter table executed_obs_unit add constraint fault check (obs_unit_id <> 60); select 1");
        var started = await Site.StartExecutionAsync(60);
        var path = $"/api/v1/executions/{started.Id}";
        var transaction = $"/api/v1/transactions/{started.Header("OpsDb-Transaction")}";
        var seen = await Site.GetAsync(path);
        var followed = await Site.GetAsync(transaction);
        Assert.That((seen.SyncState, seen.ETag), Is.EqualTo(("buffered", started.ETag)));
        Assert.That((await PollAsync(path, seen)).Status, Is.EqualTo(304));
        Assert.That((await PollAsync(transaction, followed)).Status, Is.EqualTo(304));

        Servers.Relay.Up();
        await Eventually.TrueAsync(async () => await PollAsync(path, seen) is { Status: 200, SyncState: "failed" }, "the row's reader is told", 40);
        var state = await PollAsync(transaction, followed);
        Assert.That((state.Status, state.Text("state")), Is.EqualTo((200, "failed")));
        var changed = await Site.PatchAsync(path, new { comment = "still mine" }, started.ETag);
        Assert.That(changed.Status, Is.EqualTo(202), $"the writer's tag is good: {changed}");
    }

    private Task<TestAnswer> PollAsync(string path, TestAnswer seen) => Site.GetAsync(path, null, ("If-None-Match", seen.ETag));
}
