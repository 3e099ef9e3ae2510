using OpsDb.TestKit;
using StackExchange.Redis;

namespace OpsDb.SystemTests.Transactions;

/// <summary>A log that somebody has edited: an entry is missing between others, or is there twice.</summary>
public sealed class GapTests : ReadFixture
{
    [Test]
    public async Task At_a_gap_in_the_log_the_processor_stops_and_says_so_and_applies_nothing_beyond_it()
    {
        var ids = await StartAsync(3);
        await ConvergeAsync(ids);
        Servers.Relay.Down();
        ids.AddRange(await StartAsync(5));
        Assert.That((await Site.GetAsync(Lists)).Status, Is.EqualTo(200), "it has read them");
        await RedisAsync("XDEL", "transaction_buffer", "5-0");
        Servers.Relay.Up();

        var health = new TestAnswer(default, default, null!);
        await Eventually.TrueAsync(async () => (health = await Site.GetAsync("/api/v1/site/health")).Text("background_processor") == "stopped", "the alarm",
            40);
        await Assert.MultipleAsync(async () =>
        {
            Assert.That(health.Text("status"), Is.EqualTo("degraded"));
            Assert.That(health.Problems, Does.Contain("The log has lost entries after position 4"));
            Assert.That((await Site.GetAsync("/metrics", TestTokens.Admin)).Body.GetString(), Does.Match(@"(?m)^\w*processor_stopped(\{.*\})? 1$"));
            Assert.That(await Installation.MainHasAsync(), Is.EqualTo(4), "what comes before the gap");
            Assert.That(await Installation.MainAsync<long>("select position from site_watermark where site = @site"), Is.EqualTo(4));
        });
        Assert.That((await Site.StartExecutionAsync()).Status, Is.EqualTo(202), "the site goes on recording");
        await TestContext.Out.WriteLineAsync("9 writes tried, 9 acknowledged, 1 entry removed");
    }

    [Test]
    public async Task A_process_that_meets_a_gap_shows_nothing_over_it()
    {
        Servers.Relay.Down();
        await StartAsync(3);
        Assert.That((await Site.GetAsync(Lists)).Status, Is.EqualTo(200), "it has read them");
        await RedisAsync("XDEL", "transaction_buffer", "2-0");
        await using var fresh = await TestApi.StartUnreadyAsync(Installation.SecondarySettings());
        var refused = await fresh.GetAsync(Lists);
        Assert.That((refused.Status, refused.Problem), Is.EqualTo((503, "stream-changed")), refused.ToString());
        Assert.That(refused.Detail, Does.Contain("after position 1"));
        Assert.That((await Site.GetAsync(Lists)).Total, Is.EqualTo(3), "who has read the entry before goes on");
    }

    [Test]
    public async Task An_entry_that_is_in_the_log_twice_is_applied_once()
    {
        Servers.Relay.Down();
        await StartAsync(1);
        var entry = ((RedisResult[])(await RedisAsync("XRANGE", "transaction_buffer", "1-0", "1-0"))!)[0];
        var fields = (RedisResult[])((RedisResult[])entry!)[1]!;
        await RedisAsync("XADD", "transaction_buffer", ["2-0", .. fields.Select(field => (object)(byte[])field!)]);
        Servers.Relay.Up();
        var next = await StartAsync(1);
        await Eventually.TrueAsync(async () => await Installation.MainHasAsync([next[0]]) == 1, "what follows is applied");
        Assert.That(await Installation.MainHasAsync(), Is.EqualTo(2));
    }
}
