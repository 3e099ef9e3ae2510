using OpsDb.TestKit;
using StackExchange.Redis;

namespace OpsDb.SystemTests.Transactions;

public sealed class GapTests : FaultFixture
{
    [Test]
    public async Task At_a_gap_in_the_log_the_processor_stops_and_says_so_and_applies_nothing_beyond_it()
    {
        var ids = await StartAsync(3);
        await ConvergeAsync(ids);
        Servers.Relay.Down();
        ids.AddRange(await StartAsync(5));
        using var redis = await ConnectionMultiplexer.ConnectAsync(Servers.Redis.ToConnectionString());
        var stream = $"site:{Installation.SiteName}:transaction_buffer";
        Assert.That((long)await redis.GetDatabase().ExecuteAsync("XDEL", stream, "5-0"), Is.EqualTo(1));
        Servers.Relay.Up();

        var health = new TestAnswer(default, default, null!);
        await Eventually.TrueAsync(async () => (health = await Site.GetAsync("/health")).Text("background_processor") == "stopped", "the alarm", 40);
        await Assert.MultipleAsync(async () =>
        {
            Assert.That(health.Text("status"), Is.EqualTo("degraded"));
            Assert.That(health.Body.GetProperty("problems").ToString(), Does.Contain("The log has lost entries after position 4"));
            Assert.That((await Site.GetAsync("/metrics", TestTokens.Admin)).Body.GetString(), Does.Match(@"(?m)^\w*processor_stopped(\{.*\})? 1$"));
            Assert.That(await Installation.MainAsync<int>("select count(*) from executed_obs_unit"), Is.EqualTo(4), "what comes before the gap");
        });
        Assert.That((await Site.StartExecutionAsync()).Status, Is.EqualTo(202), "the site goes on recording");
        await TestContext.Out.WriteLineAsync("9 writes tried, 9 acknowledged, 1 entry removed");
    }
}
