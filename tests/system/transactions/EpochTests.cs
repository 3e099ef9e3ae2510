using OpsDb.Servers;
using OpsDb.TestKit;

namespace OpsDb.SystemTests.Transactions;

/// <summary>Redis comes back without what it has acknowledged: the site goes on, and says what may be missing.</summary>
public sealed class EpochTests : ReadFixture
{
    [Test]
    public async Task After_Redis_came_back_empty_the_site_goes_on_and_says_what_may_be_missing()
    {
        var applied = await StartAsync(20);
        await ConvergeAsync(applied);
        var before = (await Site.GetAsync("/api/v1/executions?limit=1")).Header("OpsDb-Consistency")!;
        var first = await Site.StartExecutionAsync(7, "applied");
        await ConvergeAsync([.. applied, first.Id]);
        Servers.Relay.Down();
        await Site.StartExecutionAsync(8, "lost");
        await EmptyRedisAsync();

        // Cut off from main, with what the replica knows.
        var retried = new TestAnswer(default, default, null!);
        await Eventually.TrueAsync(async () => (retried = await Site.StartExecutionAsync(8, "lost")).Status == 202,
            "the retry of the lost request is taken as new", 60);
        Assert.That((await Site.GetAsync($"/api/v1/executions/{retried.Id}")).SyncState, Is.EqualTo("buffered"));
        Assert.That((await Site.StartExecutionAsync(7, "applied")).Id, Is.EqualTo(first.Id), "the key of what was applied still answers");
        Assert.That((await Site.GetAsync("/api/v1/executions?count=true")).Total, Is.EqualTo(22));
        Assert.That(await LossAsync(),
            Does.Contain("Redis has lost the log").And.Contains("from 22 on may be missing").Or.Contains("positions 22 to 22 are missing"));
        Assert.That((await Site.GetAsync("/api/v1/executions", null, ("OpsDb-Min-Consistency", before))).Status, Is.EqualTo(412),
            "the former log's tokens are no proof any more");

        Servers.Relay.Up();
        await AllOnceAsync([.. applied, first.Id, retried.Id]);
        Assert.That(await LossAsync(), Is.Not.Empty, "until somebody acknowledges it");
        var known = await Main.PostAsync($"/api/v1/sites/{Installation.SiteName}/acknowledge-loss", new { note = "known" }, null, TestTokens.Admin);
        Assert.That(known.Status, Is.EqualTo(204));
        await Eventually.TrueAsync(async () => (await Site.GetAsync("/health")).Text("status") == "healthy", "healthy again");
        Assert.That((await Main.PostAsync($"/api/v1/sites/{Installation.SiteName}/acknowledge-loss", new { }, null, TestTokens.Admin)).Status, Is.EqualTo(404));
        Assert.That(await Installation.MainAsync<string>("select action || ' ' || note from transaction_intervention"), Is.EqualTo("acknowledge_loss known"));
    }

    [Test]
    public async Task With_an_older_file_put_back_nothing_is_applied_twice_and_no_row_goes_back()
    {
        var ids = await StartAsync(10);
        await ConvergeAsync(ids);
        var files = Files();
        var copy = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"opsdb-{Guid.NewGuid():n}");
        files.CopyTo(copy);
        Assert.That((await Site.PostAsync($"/api/v1/executions/{ids[0]}/finish", new { quality = "good" })).Status, Is.EqualTo(202));
        ids.AddRange(await StartAsync(5));
        await AllOnceAsync(ids);
        await Servers.RedisServer!.KillAsync();
        files.PutBack(copy);
        await Servers.RedisServer.StartAsync();

        await Eventually.TrueAsync(async () =>
        {
            var read = await Site.GetAsync($"/api/v1/executions/{ids[0]}");
            return read.Status == 200 && (read.Text("status") == "completed" ? true : throw new AssertionException($"gone back: {read}"));
        }, "reads go on", 40);
        var taken = new TestAnswer(default, default, null!);
        await Eventually.TrueAsync(async () => (taken = await Site.StartExecutionAsync(9, "after")).Status == 202, "the site goes on recording", 40);
        ids.Add(taken.Id);
        foreach (var id in ids)
            Assert.That((await Site.GetAsync($"/api/v1/executions/{id}")).Text("status"), Is.EqualTo(id == ids[0] ? "completed" : "running"));
        Assert.That((await Site.PostAsync($"/api/v1/executions/{ids[0]}/finish", new { })).Status, Is.EqualTo(409), "it is finished already");
        await AllOnceAsync(ids);
        Assert.That(await Installation.MainAsync<string>("select status from executed_obs_unit where id = @id", new { id = ids[0] }), Is.EqualTo("completed"));
        Assert.That(await LossAsync(), Does.Contain("ends at position 10"));
        Assert.That(await Installation.MainAsync<int>("select count(*) from held_transaction"), Is.Zero);
    }

    [Test]
    public async Task A_torn_file_loses_only_its_tail_and_the_alarm_names_it()
    {
        var ids = await StartAsync(3);
        await ConvergeAsync(ids);
        Servers.Relay.Down();
        ids.AddRange(await StartAsync(3));
        var torn = await Site.StartExecutionAsync(5, "torn");
        Assert.That((await Site.GetAsync($"/api/v1/executions/{torn.Id}")).Status, Is.EqualTo(200), "this process knows of it");
        await LoseNewestEntryAsync();

        var next = new TestAnswer(default, default, null!);
        await Eventually.TrueAsync(async () => (next = await Site.StartExecutionAsync(6, "next")).Status == 202, "the site goes on", 60);
        Assert.That((await Site.GetAsync($"/api/v1/executions/{torn.Id}")).Status, Is.EqualTo(404));
        Assert.That(await LossAsync(), Does.Contain("positions 7 to 7 are missing").Or.Contains("positions 4 to 7 are missing"));
        var again = await Site.StartExecutionAsync(5, "torn");
        Assert.That((again.Status, again.Header("Idempotency-Replayed")),
            Is.EqualTo((202, (string?)null)), "the caller who still has the request can bring it again");
        Servers.Relay.Up();
        await AllOnceAsync([.. ids, next.Id, again.Id]);
    }

    [Test]
    public async Task An_entry_that_is_lost_before_anybody_has_read_it_is_named_by_whoever_stored_it()
    {
        var ids = await StartAsync(3);
        await ConvergeAsync(ids);
        Servers.Relay.Down();
        var torn = await Site.StartExecutionAsync(5, "torn");
        await LoseNewestEntryAsync();
        var next = new TestAnswer(default, default, null!);
        await Eventually.TrueAsync(async () => (next = await Site.StartExecutionAsync(6, "next")).Status == 202, "the site goes on", 60);
        Assert.That(await LossAsync(), Does.Contain("positions 4 to 4 are missing, and later ones may be."));
        Servers.Relay.Up();
        await AllOnceAsync([.. ids, next.Id]);
        Assert.That(await LossAsync(), Does.Contain("positions 4 to 4 are missing, and later ones may be."), "main knows it, too");
        Assert.That((await Site.GetAsync($"/api/v1/executions/{torn.Id}")).Status, Is.EqualTo(404));
    }

    [Test]
    public async Task A_loss_whose_end_only_another_process_knows_is_named_with_an_open_end()
    {
        var other = await Installation.StartSecondaryAsync();
        var ids = await StartAsync(3);
        await ConvergeAsync(ids);
        Servers.Relay.Down();
        await Site.StartExecutionAsync(5, "known");
        await other.StartExecutionAsync(6, "known to the other alone");
        await LoseNewestEntryAsync();
        await LoseNewestEntryAsync();
        await Eventually.TrueAsync(async () => (await Site.GetAsync(Lists)).Status == 200, "reads go on", 60);
        Assert.That(await LossAsync(), Does.Contain("positions 4 to 4 are missing, and later ones may be."));
        Servers.Relay.Up();
        await AllOnceAsync(ids);
    }

    [Test]
    public async Task An_entry_whose_position_another_process_has_used_again_is_named_and_the_other_one_stays()
    {
        var other = await Installation.StartSecondaryAsync();
        var ids = await StartAsync(3);
        await ConvergeAsync(ids);
        Assert.That((await other.GetAsync(Lists)).Status, Is.EqualTo(200));
        Servers.Relay.Down();
        await Site.StartExecutionAsync(5, "torn");
        await LoseNewestEntryAsync();
        var next = new TestAnswer(default, default, null!);
        await Eventually.TrueAsync(async () => (next = await other.StartExecutionAsync(6, "next")).Status == 202, "the other process goes on", 60);
        Servers.Relay.Up();
        await ConvergeAsync([.. ids, next.Id]);
        Assert.That((await Site.GetAsync($"/api/v1/executions/{next.Id}")).Status, Is.EqualTo(200));
        Assert.That(await LossAsync(), Does.Contain("positions 4 to 4 are missing, or some of them: they have been used again"));
        var last = await Site.StartExecutionAsync(7, "last");
        await AllOnceAsync([.. ids, next.Id, last.Id]);
        Assert.That(await LossAsync(), Does.Contain("positions 4 to 4 are missing, or some of them: they have been used again"), "main knows it, too");
    }

    [Test]
    public async Task A_stream_that_somebody_deleted_begins_anew_while_other_processes_go_on()
    {
        var other = await Installation.StartSecondaryAsync();
        var ids = await StartAsync(10);
        await ConvergeAsync(ids);
        await RedisAsync("DEL", "transaction_buffer");
        await Eventually.TrueAsync(async () =>
        {
            var taken = await Site.StartExecutionAsync(1, "after");
            return taken.Status == 202;
        }, "the site goes on");
        ids.Add((await other.StartExecutionAsync(1, "after")).Id);
        ids.AddRange(await StartAsync(10, other));
        await AllOnceAsync(ids);
        Assert.That((await other.GetAsync("/api/v1/executions?count=true")).Total, Is.EqualTo(21));
        Assert.That(await Installation.MainAsync<int>("select count(*) from site_watermark where site = @site"),
            Is.EqualTo(2), "one change, whoever noticed it");
    }

    [Test]
    public async Task A_drained_and_trimmed_log_is_not_a_lost_one()
    {
        var trimming = await Installation.StartSecondaryAsync(("BUFFER_RETENTION", "1"), ("BUFFER_TRIM_INTERVAL", "0.2"));
        var ids = await StartAsync(5, trimming);
        await ConvergeAsync(ids);
        await Eventually.TrueAsync(async () =>
        {
            await Installation.MainAsync<long>("select txid_current()");
            return await LogLengthAsync() == 0;
        }, "the log is empty");
        await Servers.RedisServer!.KillAsync();
        await Servers.RedisServer.StartAsync();
        var fresh = await Installation.StartSecondaryAsync();
        ids.AddRange(await StartAsync(5, fresh));
        await ConvergeAsync(ids);
        Assert.That((await fresh.GetAsync("/api/v1/site/health")).Text("status"), Is.EqualTo("healthy"));
    }

    [Test]
    public async Task After_a_loss_what_main_alone_has_is_read_there()
    {
        var ids = await StartAsync(3);
        await ConvergeAsync(ids);
        await PauseReplayAsync();
        ids.AddRange(await StartAsync(3));
        await Eventually.TrueAsync(async () => await Installation.MainHasAsync() == 6, "main has them");
        await EmptyRedisAsync();
        Assert.That(await TotalAsync(), Is.EqualTo(6), "the first answer after the loss");
        Servers.Relay.Down();
        var refused = await Site.GetAsync(Lists);
        Assert.That((refused.Status, refused.Problem), Is.EqualTo((503, "not-yet-consistent")), "nothing goes back");
        await ReplayAsync();
        Assert.That(await TotalAsync(), Is.EqualTo(6));
    }

    [Test]
    public async Task After_a_loss_without_main_what_main_alone_has_is_read_as_soon_as_main_answers()
    {
        var ids = await StartAsync(3);
        await ConvergeAsync(ids);
        await PauseReplayAsync();
        ids.AddRange(await StartAsync(3));
        await Eventually.TrueAsync(async () => await Installation.MainHasAsync() == 6, "main has them");
        Servers.Relay.Down();
        await EmptyRedisAsync();
        Assert.That(await TotalAsync(), Is.EqualTo(3), "nobody at the site knows of more");
        Servers.Relay.Up();
        await Eventually.TrueAsync(async () => await TotalAsync() == 6, "what main has");
    }

    [Test]
    public async Task With_the_replica_down_what_is_pending_after_a_loss_is_counted_and_listed_and_not_overtaken()
    {
        var unbuffered = await Installation.StartSecondaryAsync(("CRITICAL_OPERATIONS_BUFFER", "false"));
        await ConvergeAsync(await StartAsync(20));
        // Nobody applies meanwhile.
        await RedisAsync("SET", "processor", "nobody", "PX", 120_000);
        await Servers.Replica!.KillAsync();
        try
        {
            await RedisAsync("DEL", "transaction_buffer");
            await Eventually.TrueAsync(async () => (await Site.StartExecutionAsync()).Status == 202, "the site goes on");
            Assert.That((await Site.GetAsync("/buffer-stats")).Body.GetProperty("pending_transactions").GetInt64(), Is.EqualTo(1));
            Assert.That((await Site.GetAsync("/api/v1/transactions?state=pending")).Items.Count(), Is.EqualTo(1));
            var direct = await unbuffered.StartExecutionAsync();
            Assert.That((direct.Status, direct.Problem), Is.EqualTo((503, "main-unreachable")), direct.ToString());
        }
        finally
        {
            await Servers.Replica.StartAsync();
        }
    }

    private RedisFiles Files() =>
        Servers.RedisServer is RedisServer local ? local.Files : throw new IgnoreException("The files of a Redis in a container are out of reach.");

    private async Task LoseNewestEntryAsync()
    {
        var files = Files();
        await Servers.RedisServer!.KillAsync();
        files.LoseNewestEntry();
        await Servers.RedisServer.StartAsync();
    }

    private async Task EmptyRedisAsync()
    {
        var files = Files();
        await Servers.RedisServer!.KillAsync();
        files.Remove();
        await Servers.RedisServer.StartAsync();
    }

    /// <summary>As soon as reads are answered.</summary>
    private async Task<int> TotalAsync()
    {
        var read = new TestAnswer(default, default, null!);
        await Eventually.TrueAsync(async () => (read = await Site.GetAsync(Lists)).Status == 200, "reads go on", 60);
        return read.Total;
    }

    private async Task<string> LossAsync() =>
        (await Site.ProblemsAsync()).Split('\n').FirstOrDefault(p => p.StartsWith("The log began anew", StringComparison.Ordinal)) ?? "";

    /// <summary>Positions begin again, so only the rows can be counted.</summary>
    private async Task AllOnceAsync(IReadOnlyCollection<Guid> ids)
    {
        await Eventually.TrueAsync(async () => await Installation.ReplicaHasAsync(ids) == ids.Count, "the replica has every execution", 60);
        Assert.That(await Installation.MainHasAsync(), Is.EqualTo(ids.Count), "nothing twice");
        await Eventually.TrueAsync(async () => (await Site.GetAsync("/buffer-stats")).Body.GetProperty("pending_transactions").GetInt64() == 0, "drained", 40);
    }
}
