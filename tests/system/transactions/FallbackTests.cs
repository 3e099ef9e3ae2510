using Microsoft.Extensions.DependencyInjection;
using OpsDb.DataApi;
using OpsDb.Database;
using OpsDb.Kernel;
using OpsDb.TestKit;
using OpsDb.Transactions;

namespace OpsDb.SystemTests.Transactions;

/// <summary>A site whose own database is down reads the main one, and never shows an older state afterwards.</summary>
public sealed class FallbackTests : ReadFixture
{
    [Test]
    public async Task With_the_replica_killed_the_site_reads_and_decides_on_main_and_is_ready()
    {
        var ids = await StartAsync(3);
        await ConvergeAsync(ids);
        await Servers.Replica!.KillAsync();
        try
        {
            var read = await Site.GetAsync($"/api/v1/executions/{ids[0]}");
            Assert.That((read.Status, read.SyncState), Is.EqualTo((200, "applied")), read.ToString());
            Assert.That(read.Header("OpsDb-Consistency"), Is.Not.Null);
            Assert.That((await Site.GetAsync(Lists)).Total, Is.EqualTo(3));
            ids.AddRange(await StartAsync(2));
            var finished = await Site.PostAsync($"/api/v1/executions/{ids[0]}/finish", new { });
            Assert.That(finished.Status, Is.EqualTo(202), finished.ToString());
            Assert.That((await Site.GetAsync($"/api/v1/executions/{ids[0]}")).Text("status"), Is.EqualTo("completed"));
            Assert.That((await Site.GetAsync(Lists)).Total, Is.EqualTo(5));
            var health = await Site.GetAsync("/api/v1/site/health");
            Assert.That((health.Text("status"), health.Text("database")), Is.EqualTo(("degraded", "disconnected")));
            // A process that starts now has no cut and no token that it remembers.
            var other = await Installation.StartSecondaryAsync();
            Assert.That((await other.GetAsync(Lists)).Total, Is.EqualTo(5));
        }
        finally
        {
            await Servers.Replica.StartAsync();
        }
        await SyncsAsync(ids[0], "replicated", "the site reads its own database again");
        await ConvergeAsync(ids);
    }

    [Test]
    public async Task A_replica_that_returns_behind_what_was_read_on_main_is_not_read_by_any_process_until_it_is_there()
    {
        var other = await Installation.StartSecondaryAsync();
        var ids = await StartAsync(1);
        await ConvergeAsync(ids);
        var elsewhere = Guid.Empty;
        await KillAndReturnWithoutReplayAsync(async () =>
        {
            elsewhere = (await Main.StartExecutionAsync()).Id;
            Assert.That((await Site.GetAsync($"/api/v1/executions/{elsewhere}")).Status, Is.EqualTo(200), "read on main");
        });

        Assert.That(await Installation.ReplicaHasAsync(), Is.EqualTo(1), "the replica answers and is behind");
        foreach (var process in (TestApi[])[Site, other])
        {
            var read = await process.GetAsync($"/api/v1/executions/{elsewhere}");
            Assert.That((read.Status, read.SyncState), Is.EqualTo((200, "applied")), read.ToString());
        }
        Servers.Relay.Down();
        var refused = await other.GetAsync(Lists);
        Assert.That((refused.Status, refused.Problem), Is.EqualTo((503, "not-yet-consistent")), refused.ToString());
        Assert.That(refused.Header("Retry-After"), Is.Not.Null);
        ids.AddRange(await StartAsync(1));
        Servers.Relay.Up();
        await ReplayAsync();
        await Eventually.TrueAsync(async () => (await other.GetAsync($"/api/v1/executions/{elsewhere}")) is { Status: 200, SyncState: "replicated" },
            "the replica is read again");
    }

    [Test]
    public async Task The_read_floor_only_rises_and_is_a_number()
    {
        var created = await CreateSourceAsync(Site, "Raises the floor");
        Assert.That(created.Status, Is.EqualTo(201), created.ToString());
        Assert.That(await ReadFloorAsync(), Does.Match("^1 [0-9A-F]+/[0-9A-F]+$"));
        // As text F/0 would come after it.
        await RedisAsync("HSET", "floor", "read_floor", "1 10/0");
        await CreateSourceAsync(Site, "Does not lower it");
        Assert.That(await ReadFloorAsync(), Is.EqualTo("1 10/0"));
        await RedisAsync("HSET", "floor", "read_floor", "1 FFFFFFFF/FFFFFFFE");
        await CreateSourceAsync(Site, "Nor where a double has no more digits");
        Assert.That(await ReadFloorAsync(), Is.EqualTo("1 FFFFFFFF/FFFFFFFE"));
        await RedisAsync("HSET", "floor", "read_floor", "0 FFFFFFFF/FFFFFFFE");
        await CreateSourceAsync(Site, "A newer timeline counts more");
        Assert.That(await ReadFloorAsync(), Does.StartWith("1 ").And.Not.Contain("FFFFFFFE"));
    }

    [Test]
    public async Task With_both_databases_gone_reads_and_writes_are_refused_until_one_returns()
    {
        var ids = await StartAsync(1);
        await ConvergeAsync(ids);
        Servers.Relay.Down();
        await Servers.Replica!.KillAsync();
        try
        {
            var refused = await Site.GetAsync($"/api/v1/executions/{ids[0]}");
            Assert.That((refused.Status, refused.Problem), Is.EqualTo((503, "local-database-unreachable")), refused.ToString());
            Assert.That(refused.Header("Retry-After"), Is.Not.Null);
            await Eventually.TrueAsync(async () => (await Site.StartExecutionAsync()).Problem == "local-database-unreachable",
                "what was read a moment ago may be rested on for that moment");
            await Eventually.TrueAsync(async () => (await Site.GetAsync("/health/ready")).Status == 503, "it is not ready");
            Servers.Relay.Up();
            Assert.That((await Site.GetAsync($"/api/v1/executions/{ids[0]}")).Status, Is.EqualTo(200), "main is back");
        }
        finally
        {
            await Servers.Replica.StartAsync();
        }
    }

    [Test]
    public async Task What_was_written_on_main_from_the_site_is_seen_at_the_site_at_once_by_every_process()
    {
        var other = await Installation.StartSecondaryAsync();
        await PauseReplayAsync();
        var created = await CreateSourceAsync(Site, "Written through", "once");
        Assert.That(created.Status, Is.EqualTo(201), created.ToString());
        foreach (var process in (TestApi[])[Site, other])
        {
            var read = await process.GetAsync(Path(created));
            Assert.That((read.Status, read.Text("name"), read.SyncState), Is.EqualTo((200, "Written through", "applied")), read.ToString());
        }
        // A replay says what main has; the floor is raised for it as well.
        await RedisAsync("HDEL", "floor", "read_floor");
        Assert.That((await CreateSourceAsync(Site, "Written through", "once")).Header("Idempotency-Replayed"), Is.EqualTo("true"));
        Assert.That((await other.GetAsync(Path(created))).Status, Is.EqualTo(200));
        // An answer that changes nothing shows main's row, too.
        await RedisAsync("HDEL", "floor", "read_floor");
        var unchanged = await Site.PatchAsync(Path(created), new { ra_deg = 1.5 }, created.ETag);
        Assert.That(unchanged.Status, Is.EqualTo(200), unchanged.ToString());
        Assert.That((await other.GetAsync(Path(created))).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task A_direct_write_whose_floor_cannot_be_raised_has_an_unknown_outcome_and_its_retry_raises_it()
    {
        await PauseReplayAsync();
        // A floor that is no hash: Redis answers, but cannot raise it. The commit is made all the same.
        var floor = await RedisAsync("DUMP", "floor");
        await RedisAsync("SET", "floor", "broken");
        var unknown = await CreateSourceAsync(Site, "Unknown", "again");
        Assert.That((unknown.Status, unknown.Problem), Is.EqualTo((503, "outcome-unknown")), unknown.ToString());
        Assert.That(unknown.Header("OpsDb-Transaction"), Is.Not.Null);
        Assert.That(await Installation.MainAsync<int>("select count(*) from source where name = 'Unknown'"), Is.EqualTo(1));
        Assert.That((await CreateSourceAsync(Site, "Unknown", "again")).Problem, Is.EqualTo("outcome-unknown"));

        if (floor.IsNull)
            await RedisAsync("DEL", "floor");
        else
            await RedisAsync("RESTORE", "floor", 0, (byte[])floor!, "REPLACE");
        var retried = await CreateSourceAsync(Site, "Unknown", "again");
        Assert.That((retried.Status, retried.Header("Idempotency-Replayed")), Is.EqualTo((201, "true")), retried.ToString());
        Assert.That((await Site.GetAsync(Path(retried))).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task Without_Redis_a_direct_write_is_refused_before_it_is_made()
    {
        await Servers.RedisServer!.KillAsync();
        try
        {
            var refused = await CreateSourceAsync(Site, "Not made", "never");
            Assert.That((refused.Status, refused.Problem), Is.EqualTo((503, "buffer-unavailable")), refused.ToString());
            Assert.That(await Installation.MainAsync<int>("select count(*) from source where name = 'Not made'"), Is.Zero);
        }
        finally
        {
            await Servers.RedisServer.StartAsync();
        }
    }

    [Test]
    public async Task A_replica_that_lacks_what_has_left_the_log_is_not_used()
    {
        await PauseReplayAsync();
        var ids = await StartAsync(5);
        await Eventually.TrueAsync(async () => await Installation.MainHasAsync() == 5, "main has them");
        await RedisAsync("XTRIM", "transaction_buffer", "MINID", "6-0");
        await RedisAsync("HSET", "floor", "trimmed", "5");
        var fresh = await Installation.StartSecondaryAsync();
        var read = await fresh.GetAsync(Lists);
        Assert.That((read.Status, read.Total), Is.EqualTo((200, 5)), read.ToString());
        Assert.That(await ReadFloorAsync(), Is.Not.Null, "it was read on main");
        await RedisAsync("HDEL", "floor", "read_floor");
        Servers.Relay.Down();
        Assert.That((await fresh.GetAsync(Lists)).Status, Is.EqualTo(503), "what is missing is nowhere");
        Assert.That((await fresh.GetAsync($"/api/v1/executions/{ids[0]}")).Status, Is.EqualTo(503));
    }

    [Test]
    public async Task A_replica_whose_watermark_names_another_transaction_than_the_log_is_not_used()
    {
        var ids = await StartAsync(3);
        await ConvergeAsync(ids);
        // Nobody applies meanwhile, so that nobody but the readers meets the wrong watermark.
        await RedisAsync("SET", "processor", "nobody", "PX", 120_000);
        const string named = "select transaction_id from site_watermark where site = @site";
        var right = await Installation.MainAsync<Guid>(named);
        await NameAsync(Guid.NewGuid());
        await Eventually.TrueAsync(async () => await Installation.ReplicaAsync<Guid>(named) != right, "the replica has it");
        await PauseReplayAsync();
        var refused = await Site.GetAsync(Lists);
        Assert.That((refused.Status, refused.Problem), Is.EqualTo((503, "stream-changed")), refused.ToString());

        await NameAsync(right);
        var fresh = await Installation.StartSecondaryAsync();
        foreach (var process in (TestApi[])[Site, fresh])
        {
            await RedisAsync("HDEL", "floor", "read_floor");
            var read = await process.GetAsync($"/api/v1/executions/{ids[0]}");
            Assert.That((read.Status, read.SyncState), Is.EqualTo((200, "applied")), read.ToString());
            Assert.That(await ReadFloorAsync(), Is.Not.Null, "it was read on main");
        }

        Task<Guid> NameAsync(Guid id) =>
            Installation.MainAsync<Guid>(
                "update site_watermark set transaction_id = @id where site = @site returning transaction_id", new { id, site = Installation.SiteName });
    }

    [Test]
    public async Task Readers_of_two_databases_with_different_refused_transactions_do_not_keep_each_other_waiting()
    {
        await ConvergeAsync(await StartAsync(1));
        await PauseReplayAsync();
        await Installation.MainAsync<Guid>("update site_watermark set holds = gen_random_uuid() where site = @site returning holds");
        // The replica has reached it, and is asked before each try.
        await RedisAsync("HSET", "floor", "read_floor", "1 0/1");
        await DataApiBase.UseAsync<IServiceScopeFactory>(TestApi.Read(Installation.SecondarySettings()), async scopes =>
        {
            await using var services = scopes.CreateAsyncScope();
            var held = services.ServiceProvider.GetRequiredService<HeldTransactionsCache>();
            var cut = await services.ServiceProvider.GetRequiredService<Overlay>().RefreshAsync();
            var parameters = cut.Lineage.Parameters(services.ServiceProvider.GetRequiredService<Site>());
            using var stop = new CancellationTokenSource();
            var onMain = Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
            {
                await Task.Yield();
                await using var main = await services.ServiceProvider.GetRequiredService<Databases>().MainAsync(CancellationToken.None);
                while (!stop.IsCancellationRequested)
                    await held.LoadAsync(main, parameters, CancellationToken.None);
            }));
            try
            {
                for (var i = 0; i < 20; i++)
                {
                    await using var scope = scopes.CreateAsyncScope();
                    var tries = 0;
                    await scope.ServiceProvider.GetRequiredService<SnapshotReader>().ReadAsync(async from =>
                    {
                        Assert.That(++tries, Is.LessThanOrEqualTo(2));
                        return ((await from.Session.FindAsync<DatabaseSnapshot>(DatabaseSnapshot.Sql, from.Parameters, CancellationToken.None))!, tries);
                    }, CancellationToken.None);
                }
            }
            finally
            {
                await stop.CancelAsync();
                await onMain;
            }
        });
    }

    /// <summary>Kills the replica and starts it again, such that it does not replay what main committed meanwhile.</summary>
    private async Task KillAndReturnWithoutReplayAsync(Func<Task> meanwhile)
    {
        await Installation.MainAsync<int>("checkpoint; select 1");
        var lsn = await Installation.MainAsync<string>("select pg_current_wal_lsn()::text");
        const string isThere = "select pg_last_wal_replay_lsn() >= @lsn::pg_lsn";
        await Eventually.TrueAsync(() => Installation.ReplicaAsync<bool>(isThere, new { lsn }), "the replica is there");
        // So that it does not have to replay anything of this again; and the delay does not end with the server.
        await Installation.ReplicaAsync<int>("checkpoint; select 1");
        await Servers.Replica!.QueryAsync("alter system set recovery_min_apply_delay = '1h'");
        await Servers.Replica.KillAsync();
        try
        {
            await meanwhile();
        }
        finally
        {
            await Servers.Replica.StartAsync();
        }
    }
}
