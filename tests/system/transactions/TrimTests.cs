using OpsDb.TestKit;

namespace OpsDb.SystemTests.Transactions;

public sealed class TrimTests : FaultFixture
{
    [Test]
    public async Task Entries_leave_the_log_when_they_are_old_and_the_replica_has_them_and_their_keys_still_answer()
    {
        var trimming = await Installation.StartSecondaryAsync(("BUFFER_RETENTION", "1"), ("BUFFER_TRIM_INTERVAL", "0.2"));
        async Task<long> CountAsync(string command, string key) => (long)await RedisAsync(command, key);
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
        var trimming = await Installation.StartSecondaryAsync(("BUFFER_RETENTION", "1"), ("BUFFER_TRIM_INTERVAL", "0.2"));
        await Installation.ReplicaAsync<string>("select pg_wal_replay_pause()::text");
        try
        {
            await StartAsync(10, trimming);
            const string old = "select count(*) from applied_transaction where site = @site and applied_at < clock_timestamp() - interval '3 s'";
            await Eventually.TrueAsync(async () => await Installation.MainAsync<int>(old) == 10, "main has had them for longer than the retention");
            Assert.That(await LogLengthAsync(), Is.EqualTo(10));
            Assert.That((await Site.GetAsync("/api/v1/executions?count=true")).Total, Is.EqualTo(10));
        }
        finally
        {
            await Installation.ReplicaAsync<string>("select pg_wal_replay_resume()::text");
        }
    }

    [Test]
    public async Task Nothing_leaves_the_log_that_a_standby_which_may_be_promoted_does_not_have_or_does_not_tell()
    {
        await using var standby = await Servers.StartStandbyAsync("standby");
        var trimming = await Installation.StartSecondaryAsync(
            ("BUFFER_RETENTION", "1"), ("BUFFER_TRIM_INTERVAL", "0.2"), ("PROMOTABLE_STANDBYS", $"127.0.0.1:{standby.Admin.Port}"));
        var ids = await StartAsync(5, trimming);
        await ConvergeAsync(ids);
        await Eventually.TrueAsync(EmptyAsync, "what the standby has leaves the log");

        await standby.QueryAsync("select pg_wal_replay_pause()");
        ids.AddRange(await StartAsync(10, trimming));
        await ConvergeAsync(ids);
        await OldAsync();
        Assert.That(await LogLengthAsync(), Is.EqualTo(10), "the replica has them, the standby does not");

        await standby.StopAsync();
        const string sentence = "does not tell its watermark";
        await Eventually.TrueAsync(async () => (await trimming.GetAsync("/health")).Problems.Contains(sentence, StringComparison.Ordinal), "the alarm");
        Assert.That(await LogLengthAsync(), Is.EqualTo(10));

        await standby.StartAsync();
        await Eventually.TrueAsync(EmptyAsync, "the standby has caught up");
        Assert.That(await trimming.ProblemsAsync(), Does.Not.Contain(sentence));
    }

    [Test]
    public async Task A_log_that_needs_too_many_bytes_keeps_entries_for_less_time_but_never_passes_the_replica()
    {
        var trimming = await Installation.StartSecondaryAsync(("TRANSACTION_BUFFER_BYTES", "100000"), ("BUFFER_TRIM_INTERVAL", "0.2"));
        var ids = new List<Guid>();
        async Task WriteAsync(int count)
        {
            for (var i = 0; i < count; i++)
            {
                var answer = await trimming.PostAsync("/api/v1/executions", new { obs_unit_id = 1, comment = new string('x', 9000) });
                Assert.That(answer.Status, Is.EqualTo(202), answer.ToString());
                ids.Add(answer.Id);
            }
        }

        await WriteAsync(6);
        await ConvergeAsync(ids);
        await OldAsync();
        Assert.That(await LogLengthAsync(), Is.EqualTo(6), "below 80 % they stay for the time of retention");
        for (var i = 0; i < 3; i++)
        {
            await WriteAsync(6);
            await ConvergeAsync(ids);
        }
        await Eventually.TrueAsync(async () => await LogLengthAsync() is >= 7 and <= 8, "80,000 bytes are eight of these");

        await Installation.ReplicaAsync<string>("select pg_wal_replay_pause()::text");
        try
        {
            await WriteAsync(4);
            await Eventually.TrueAsync(async () => await Installation.MainHasAsync() == ids.Count, "main has them");
            await WriteAsync(9);
            await Eventually.TrueAsync(async () => await Installation.MainHasAsync() == ids.Count, "main has them");
            await OldAsync();
            Assert.That(await LogLengthAsync(), Is.EqualTo(13), "the replica does not have these");
            Assert.That((await trimming.GetAsync("/api/v1/executions?count=true")).Total, Is.EqualTo(ids.Count));
        }
        finally
        {
            await Installation.ReplicaAsync<string>("select pg_wal_replay_resume()::text");
        }
        await ConvergeAsync(ids);
        await Eventually.TrueAsync(async () => await LogLengthAsync() <= 8, "then they leave");
    }

    [Test]
    public async Task Trimming_does_not_wait_for_the_main_database_which_tells_later_what_left_the_log_unnoted()
    {
        var ids = await StartAsync(10);
        await ConvergeAsync(ids);
        await OldAsync();
        Servers.Relay.Down();
        try
        {
            await RedisAsync("HDEL", "floor", "keys_marked");
            await Installation.StartSecondaryAsync(("BUFFER_RETENTION", "1"), ("BUFFER_TRIM_INTERVAL", "0.2"));
            await Eventually.TrueAsync(async () => await LogLengthAsync() == 0, "the log is empty");
            Assert.That((await RedisAsync("HGET", "floor", "keys_marked")).IsNull, "nobody has told what left it");
        }
        finally
        {
            Servers.Relay.Up();
        }
        await Eventually.TrueAsync(async () => $"{await RedisAsync("HGET", "floor", "keys_marked")}" == $"{ids.Count}", "main has told");
    }

    private async Task<bool> EmptyAsync()
    {
        // The replica knows main's time by main's commits.
        await Installation.MainAsync<long>("select txid_current()");
        return await LogLengthAsync() == 0;
    }

    /// <summary>Main has had everything for longer than the shortest retention and several looks of the trimmer.</summary>
    private Task OldAsync() => Eventually.TrueAsync(async () => await Installation.MainAsync<bool>(
        "select max(applied_at) < clock_timestamp() - interval '3 s' from applied_transaction where site = @site and txid_current() > 0"),
        "main has had them for three seconds");
}
