using OpsDb.TestKit;

namespace OpsDb.SystemTests.Transactions;

public sealed class TrimTests : FaultFixture
{
    [Test]
    public async Task Entries_leave_the_log_when_they_are_old_and_the_replica_has_them_and_their_keys_still_answer()
    {
        var trimming = await Installation.StartSecondaryAsync(("BUFFER_RETENTION", "1"));
        using var redis = await Task.Run(() => StackExchange.Redis.ConnectionMultiplexer.Connect(Servers.Redis.ToConnectionString()));
        async Task<long> CountAsync(string command, string key) => (long)await redis.GetDatabase().ExecuteAsync(command, $"site:{Installation.SiteName}:{key}");
        var ids = await StartAsync(50, trimming);
        var first = await trimming.StartExecutionAsync(7, "kept for ever");
        ids.Add(first.Id);
        await ConvergeAsync(ids);
        await Eventually.TrueAsync(async () =>
        {
            // The replica knows main's time by main's commits.
            await Installation.MainAsync<long>("select txid_current()");
            return await CountAsync("XLEN", "transaction_buffer") == 0;
        }, "the log is empty");
        Assert.That((await CountAsync("HLEN", "idempotency"), await CountAsync("HLEN", "guards")), Is.EqualTo((0L, 0L)));

        var again = await Site.StartExecutionAsync(7, "kept for ever");
        Assert.That((again.Status, again.Id, again.Header("Idempotency-Replayed")), Is.EqualTo((202, first.Id, "true")), again.ToString());
        Assert.That((await Site.PostAsync($"/api/v1/executions/{first.Id}/finish", new { })).Status, Is.EqualTo(202));
        ids.AddRange(await StartAsync(5, trimming));
        await ConvergeAsync(ids);
        var fresh = await Installation.StartSecondaryAsync();
        Assert.That((await fresh.GetAsync($"/api/v1/executions/{first.Id}")).Text("status"), Is.EqualTo("completed"));
    }

    [Test]
    public async Task Nothing_leaves_the_log_that_the_replica_does_not_have()
    {
        var trimming = await Installation.StartSecondaryAsync(("BUFFER_RETENTION", "1"));
        await Installation.ReplicaAsync<string>("select pg_wal_replay_pause()::text");
        try
        {
            await StartAsync(10, trimming);
            await Eventually.TrueAsync(async () => await Installation.MainAsync<int>("select count(*) from applied_transaction where site = @site and applied_at < clock_timestamp() - interval '3 s'", new { site = Installation.SiteName }) == 10, "main has had them for longer than the retention");
            using var redis = await Task.Run(() => StackExchange.Redis.ConnectionMultiplexer.Connect(Servers.Redis.ToConnectionString()));
            Assert.That((long)await redis.GetDatabase().ExecuteAsync("XLEN", $"site:{Installation.SiteName}:transaction_buffer"), Is.EqualTo(10));
            Assert.That((await Site.GetAsync("/api/v1/executions?count=true")).Body.GetProperty("total").GetInt32(), Is.EqualTo(10));
        }
        finally
        {
            await Installation.ReplicaAsync<string>("select pg_wal_replay_resume()::text");
        }
    }
}
