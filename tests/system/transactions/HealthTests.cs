using OpsDb.TestKit;

namespace OpsDb.SystemTests.Transactions;

/// <summary>What operators are told is what is the matter.</summary>
public sealed class HealthTests : ReadFixture
{
    [Test]
    public async Task A_main_database_that_refuses_says_why()
    {
        await Site.DisposeAsync();
        await RedisAsync("DEL", "processor");
        var api = await Installation.StartSecondaryAsync(("MAIN_DB_HOST", Installation.Replica.Host), ("MAIN_DB_PORT", $"{Installation.Replica.Port}"));
        await StartAsync(1, api);
        await Eventually.TrueAsync(async () => (await api.ProblemsAsync()).Contains("SQLSTATE 25006: cannot execute"), "the reason");
    }

    [Test]
    public async Task A_database_that_refuses_the_process_is_not_said_to_lack_the_schema()
    {
        await using var wrong = await TestApi.StartUnreadyAsync(new(Installation.SecondarySettings()) { ["LOCAL_DB_NAME"] = "nowhere" });
        Assert.That(await wrong.ProblemsAsync(), Does.Contain("refuses this process; reads and writes use the main database").And.Contain("SQLSTATE 3D000")
            .And.Not.Contain("schema"));
        Assert.That((await wrong.GetAsync("/api/v1/sources")).Status, Is.EqualTo(200), "the main database stands in");
        await using var empty = await TestApi.StartUnreadyAsync(new(Installation.SecondarySettings()) { ["LOCAL_DB_NAME"] = "postgres" });
        Assert.That((await empty.GetAsync("/health")).Problems, Does.Contain("does not have the schema"));
    }

    [Test]
    public async Task A_Redis_that_does_not_tell_its_role_is_answered_for_by_the_operators()
    {
        await AdministerAsync("ACL", "SETUSER", "default", "-role");
        try
        {
            var asserted = await Installation.StartSecondaryAsync(("BUFFER_DURABILITY_ASSERTED", "true"));
            var careful = await Installation.StartSecondaryAsync();
            await StartAsync(1, asserted);
            var refused = await careful.StartExecutionAsync();
            Assert.That((refused.Status, refused.Problem), Is.EqualTo((503, "buffer-not-durable")), refused.ToString());
            Assert.That(await careful.ProblemsAsync(), Does.Contain("does not tell its role"));
            Assert.That(await asserted.ProblemsAsync(), Does.Not.Contain("role"));
        }
        finally
        {
            await AdministerAsync("ACL", "SETUSER", "default", "+role");
        }
    }

    [Test]
    public async Task After_a_reconnect_health_asks_whether_Redis_is_durable()
    {
        Assert.That(await Site.MetricAsync("buffer_durable"), Is.EqualTo(1));
        await AdministerAsync("CONFIG", "SET", "appendfsync", "everysec");
        try
        {
            // The next look at the settings is a minute away.
            await AdministerAsync("CLIENT", "KILL", "TYPE", "normal");
            await Eventually.TrueAsync(async () => await Site.MetricAsync("buffer_durable") == 0, "the alarm");
            Assert.That(await Site.ProblemsAsync(), Does.Contain("everysec"));
        }
        finally
        {
            await AdministerAsync("CONFIG", "SET", "appendfsync", "always");
        }
    }

    [Test]
    public async Task Every_process_tells_how_far_the_replica_is_behind_by_what_is_on_its_timeline()
    {
        var other = await Installation.StartSecondaryAsync();
        await PauseReplayAsync();
        await StartAsync(3);
        foreach (var api in (TestApi[])[Site, other])
            await Eventually.TrueAsync(async () => await api.MetricAsync("replica_lag_bytes") > 0, "it is behind");
        await ReplayAsync();
        foreach (var api in (TestApi[])[Site, other])
            await Eventually.TrueAsync(async () => await api.MetricAsync("replica_lag_bytes") == 0, "it has caught up");
        foreach (var (place, behind) in new[] { ("1 FF/0", true), ("2 FF/0", false) })
        {
            await RedisAsync("HSET", "floor", "applied_wal", place);
            await Eventually.TrueAsync(async () => await other.MetricAsync("replica_lag_bytes") > 0 == behind, place);
        }
    }
}
