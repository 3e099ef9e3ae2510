using System.Text.Json.Nodes;
using OpsDb.TestKit;

namespace OpsDb.SystemTests.Transactions;

public sealed class ReleaseTests : FaultFixture
{
    [Test]
    public async Task Entries_of_a_newer_release_are_left_to_it_and_refuse_only_what_they_concern()
    {
        var other = await Installation.StartSecondaryAsync();
        using var redis = await ConnectRedisAsync();
        var log = Key("transaction_buffer");
        Servers.Relay.Down();
        var ids = await StartAsync(3);
        // As a newer release would have written it: one member more in each object.
        var last = (await redis.GetDatabase().StreamRangeAsync(log, count: 1, messageOrder: StackExchange.Redis.Order.Descending)).Single();
        var entry = JsonNode.Parse((string)last["t"]!)!.AsObject();
        var newer = Guid.CreateVersion7();
        entry["schema_version"] = 2;
        entry["id"] = newer.ToString();
        entry["of_the_future"] = true;
        entry["steps"]![0]!["of_the_future"] = true;
        await redis.GetDatabase().ExecuteAsync("XADD", log, "4-0", "id", newer.ToString(), "b", "5000", "t", entry.ToJsonString());
        Assert.That((await Site.GetAsync("/api/v1/site/health")).Text("status"), Is.EqualTo("degraded"));
        Servers.Relay.Up();

        const string watermark = "select coalesce(max(position), 0) from site_watermark where site = @site";
        await Eventually.TrueAsync(async () => await Installation.ReplicaAsync<long>(watermark) == 3, "what comes before it is applied");
        await Eventually.TrueAsync(async () => !(bool)await RedisAsync("EXISTS", "processor"), "the turn is free for a process that can read it");
        foreach (var api in (TestApi[])[Site, other])
        {
            var health = await api.GetAsync("/api/v1/site/health");
            Assert.That(health.Problems, Does.Contain("an entry of a newer release, at position 4"));
            Assert.That(health.Text("redis"), Is.EqualTo("connected"));
            TestAnswer[] refused =
            [
                await api.GetAsync($"/api/v1/executions/{ids[0]}"), await api.GetAsync("/api/v1/executions"), await api.StartExecutionAsync(),
                await api.PostAsync($"/api/v1/executions/{ids[0]}/finish", new { }),
            ];
            Assert.That(refused.Select(r => (r.Status, r.Problem)), Is.All.EqualTo((503, "newer-release")));
            Assert.That(refused.Select(r => r.Header("Retry-After")), Is.All.Not.Null);
            Assert.That((await api.GetAsync("/api/v1/sources")).Status, Is.EqualTo(200), "it does not concern these");
        }
        Assert.That(await Installation.MainAsync<long>(watermark), Is.EqualTo(3), "nothing beyond is applied");

        // A process of that release applies it.
        await Installation.MainAsync<int>(
            "update site_watermark set position = 4, transaction_id = @newer where site = @site returning 1", new { newer, site = Installation.SiteName });
        await Eventually.TrueAsync(async () => (await Site.GetAsync($"/api/v1/executions/{ids[0]}")).Status == 200, "what it did is in the site's database");
        ids.AddRange(await StartAsync(2));
        await Eventually.TrueAsync(async () => await Installation.ReplicaHasAsync(ids) == 5, "the site goes on");
        await Eventually.TrueAsync(async () => (await Site.GetAsync("/health")).Text("status") == "healthy", "the alarm ends");
    }

    [Test]
    public async Task While_an_entry_does_not_say_what_it_concerns_nothing_is_read()
    {
        await RedisAsync("XADD", "transaction_buffer", "1-0", "id", Guid.CreateVersion7().ToString(), "t", """{"release":"2027-1","changes":"?"}""");
        foreach (var path in (string[])["sources", "executions"])
            Assert.That((await Site.GetAsync($"/api/v1/{path}")).Problem, Is.EqualTo("newer-release"), path);
        Assert.That(await Site.ProblemsAsync(), Does.Contain("newer release"));
    }
}
