namespace OpsDb.SystemTests.Transactions;

/// <summary>The site's replica has become a primary of its own; no other test can use these servers afterwards.</summary>
public sealed class PromotionTests : ReadFixture
{
    [Test]
    public async Task A_promoted_replica_is_read_whatever_the_old_timeline_demanded_and_old_tokens_are_refused()
    {
        var ids = await StartAsync(3);
        await ConvergeAsync(ids);
        var token = (await Site.GetAsync(Lists)).Header("OpsDb-Consistency")!;
        Assert.That(token.Split(':')[3], Is.EqualTo("1"));
        // What the site has read on main, which is lost now, and the replica will never have.
        await RedisAsync("HSET", "floor", "read_floor", "1 FF/0");
        Servers.Relay.Down();
        Assert.That((await Site.GetAsync(Lists)).Problem, Is.EqualTo("not-yet-consistent"));
        Assert.That((await DemandAsync(Site, Lists, token)).Problem, Is.EqualTo("not-yet-consistent"));

        await Servers.Replica!.PromoteAsync();
        var read = await Site.GetAsync(Lists);
        Assert.That((read.Status, read.Total), Is.EqualTo((200, 3)), read.ToString());
        Assert.That(await ReadFloorAsync(), Is.EqualTo("2 0/0"), "the floor of the old timeline is cleared");
        Assert.That(read.Header("OpsDb-Consistency")!.Split(':')[3], Is.EqualTo("2"));
        Assert.That((await DemandAsync(Site, Lists, read.Header("OpsDb-Consistency")!)).Status, Is.EqualTo(200));
        var lost = await DemandAsync(Site, Lists, token);
        Assert.That((lost.Status, lost.Problem), Is.EqualTo((412, "consistency-lost")), lost.ToString());

        ids.AddRange(await StartAsync(1));
        var mine = await Site.GetAsync($"/api/v1/executions/{ids[^1]}");
        Assert.That((mine.Status, mine.SyncState), Is.EqualTo((200, "buffered")), mine.ToString());
        Assert.That((await Site.GetAsync($"/api/v1/executions/{ids[0]}")).SyncState, Is.EqualTo("replicated"));
    }
}
