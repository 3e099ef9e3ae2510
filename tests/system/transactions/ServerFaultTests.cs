using System.Diagnostics;
using OpsDb.TestKit;

namespace OpsDb.SystemTests.Transactions;

public sealed class ServerFaultTests : FaultFixture
{
    [Test]
    public async Task With_Redis_gone_writes_and_reads_are_refused_with_a_time_to_retry_and_nothing_is_lost()
    {
        var ids = await StartAsync(5);
        await Servers.RedisServer!.KillAsync();
        var key = Guid.NewGuid().ToString();
        var refused = await Site.StartExecutionAsync(1, key);
        Assert.That(refused.Status, Is.EqualTo(503), refused.ToString());
        Assert.That(refused.Header("Retry-After"), Is.Not.Null);
        Assert.That((await Site.GetAsync($"/api/v1/executions/{ids[0]}")).Problem, Is.EqualTo("buffer-unavailable"));
        Assert.That((await Site.GetAsync("/api/v1/site/health")).Text("redis"), Is.EqualTo("disconnected"));
        await Eventually.TrueAsync(async () => (await Site.GetAsync("/health/ready")).Status == 503, "it is not ready");

        await Servers.RedisServer.StartAsync();
        var retried = new TestAnswer(default, default, null!);
        await Eventually.TrueAsync(async () => (retried = await Site.StartExecutionAsync(1, key)).Status == 202, "the retry is taken");
        await ConvergeAsync([.. ids, retried.Id]);
    }

    [Test]
    public async Task With_Redis_frozen_the_outcome_is_told_to_be_unknown_and_the_retry_is_stored_once()
    {
        await StartAsync(1);
        var first = (await Site.GetAsync("/api/v1/executions")).Items.Single().GetProperty("id").GetGuid();
        var key = Guid.NewGuid().ToString();
        await Servers.RedisServer!.PauseAsync();
        var clock = Stopwatch.StartNew();
        var unknown = await Site.StartExecutionAsync(2, key);
        Assert.Multiple(() =>
        {
            Assert.That((unknown.Status, unknown.Problem), Is.EqualTo((503, "outcome-unknown")), unknown.ToString());
            Assert.That(unknown.Header("OpsDb-Transaction"), Is.Not.Null);
            Assert.That(unknown.Header("Retry-After"), Is.Not.Null);
            Assert.That(clock.Elapsed, Is.LessThan(TimeSpan.FromSeconds(8)));
        });
        await Servers.RedisServer.ResumeAsync();
        var retried = new TestAnswer(default, default, null!);
        await Eventually.TrueAsync(async () => (retried = await Site.StartExecutionAsync(2, key)).Status == 202, "the retry is taken");
        var again = await Site.StartExecutionAsync(2, key);
        Assert.That(again.Id, Is.EqualTo(retried.Id));
        await ConvergeAsync([first, retried.Id]);
    }

    [Test]
    public async Task A_Redis_that_does_not_sync_before_it_answers_takes_no_critical_writes()
    {
        var watchful = await Installation.StartSecondaryAsync(("BUFFER_DURABILITY_INTERVAL", "0.1"));
        var careless = await Installation.StartSecondaryAsync(("BUFFER_DURABILITY_INTERVAL", "0.1"), ("REQUIRE_DURABLE_BUFFER", "false"));
        var ids = await StartAsync(1, watchful);
        await AdministerAsync("CONFIG", "SET", "appendfsync", "everysec");
        try
        {
            await Eventually.TrueAsync(async () => (await watchful.GetAsync("/health")).Text("status") == "degraded", "the alarm");
            var refused = await watchful.StartExecutionAsync();
            Assert.That((refused.Status, refused.Problem), Is.EqualTo((503, "buffer-not-durable")), refused.ToString());
            Assert.That((await watchful.GetAsync("/api/v1/site/health")).ToString(), Does.Contain("appendfsync everysec"));
            Assert.That((await watchful.GetAsync($"/api/v1/executions/{ids[0]}")).Status, Is.EqualTo(200), "reads go on");
            ids.AddRange(await StartAsync(1, careless));
        }
        finally
        {
            await AdministerAsync("CONFIG", "SET", "appendfsync", "always");
        }
        await Eventually.TrueAsync(async () => (await watchful.GetAsync("/health")).Text("status") == "healthy", "the alarm ends");
        ids.AddRange(await StartAsync(1, watchful));
        await ConvergeAsync(ids);
    }

    [Test]
    public async Task With_the_primary_gone_the_site_goes_on_and_main_says_so()
    {
        var before = await StartAsync(3);
        await ConvergeAsync(before);
        await Servers.Primary!.KillAsync();
        try
        {
            var id = (await StartAsync(1))[0];
            Assert.That((await Site.GetAsync($"/api/v1/executions/{id}")).SyncState, Is.EqualTo("buffered"));
            var direct = await Main.StartExecutionAsync();
            Assert.That(direct.Status, Is.EqualTo(503), direct.ToString());
            Assert.That(direct.Header("Retry-After"), Is.Not.Null);
            Assert.That((await Main.GetAsync($"/api/v1/executions/{before[0]}")).Problem, Is.EqualTo("local-database-unreachable"));
            before.Add(id);
        }
        finally
        {
            await Servers.Primary.StartAsync();
        }
        await ConvergeAsync(before);
    }

    [Test]
    public async Task A_paused_replica_hides_nothing_that_the_site_has_accepted()
    {
        await Installation.ReplicaAsync<string>("select pg_wal_replay_pause()::text");
        try
        {
            var ids = await StartAsync(10);
            await Eventually.TrueAsync(async () => await Installation.MainHasAsync() == 10, "main has them");
            var finished = await Site.PostAsync($"/api/v1/executions/{ids[0]}/finish", new { });
            Assert.That(finished.Status, Is.EqualTo(202), finished.ToString());
            await SyncsAsync(ids[0], "applied", "the site knows that main has it");
            Assert.That((await Site.GetAsync("/api/v1/executions?count=true")).Total, Is.EqualTo(10));
            Assert.That((await Site.GetAsync($"/api/v1/executions/{ids[0]}")).Text("status"), Is.EqualTo("completed"));
        }
        finally
        {
            await Installation.ReplicaAsync<string>("select pg_wal_replay_resume()::text");
        }
    }

    [Test]
    public async Task With_the_primary_frozen_the_site_goes_on_and_main_has_everything_once_afterwards()
    {
        var work = new Workload(Installation, Site);
        await work.RunAsync(clients: 2, executions: 1);
        await Servers.Primary!.PauseAsync();
        try
        {
            await work.RunAsync(clients: 6, executions: 2);
            Assert.That((await Site.GetAsync("/api/v1/executions?status=completed&count=true")).Total, Is.EqualTo(14));
        }
        finally
        {
            await Servers.Primary.ResumeAsync();
        }
        await work.ConvergeAsync("primary frozen once", seconds: 90);
    }

    [Test]
    public async Task With_the_replica_frozen_every_write_is_stored_once_however_often_it_is_repeated()
    {
        var work = new Workload(Installation, Site);
        await work.RunAsync(clients: 2, executions: 1);
        await Servers.Replica!.PauseAsync();
        Task running;
        try
        {
            running = work.RunAsync(clients: 6, executions: 2);
            await Eventually.TrueAsync(() => Task.FromResult(work.Repeated > 8), "clients give up and try again");
        }
        finally
        {
            await Servers.Replica.ResumeAsync();
        }
        await running;
        await work.ConvergeAsync("replica frozen once", seconds: 90);
    }

    [Test]
    public async Task With_Redis_frozen_again_and_again_every_write_is_stored_once()
    {
        var work = new Workload(Installation, Site);
        var running = work.RunAsync(clients: 6, executions: 4);
        var freezes = 0;
        for (; freezes < 4; freezes++)
        {
            var before = work.Repeated;
            await Servers.RedisServer!.PauseAsync();
            try
            {
                await Eventually.TrueAsync(() => Task.FromResult(work.Repeated >= before + 6 || running.IsCompleted), "writes are answered with 503");
            }
            finally
            {
                await Servers.RedisServer.ResumeAsync();
            }
            var acknowledged = work.Acknowledged;
            await Eventually.TrueAsync(() => Task.FromResult(work.Acknowledged > acknowledged || running.IsCompleted), "writes are taken again");
        }
        await running;
        await work.ConvergeAsync($"Redis frozen {freezes} times", seconds: 90);
    }

    [Test]
    public async Task A_Redis_without_memory_is_unavailable_and_is_not_taken_for_rows_that_changed()
    {
        await StartAsync(1);
        await AdministerAsync("CONFIG", "SET", "maxmemory", "1");
        try
        {
            var refused = await Site.StartExecutionAsync(2, "key");
            Assert.That(refused.Status, Is.EqualTo(503), refused.ToString());
        }
        finally
        {
            await AdministerAsync("CONFIG", "SET", "maxmemory", "0");
        }
        Assert.That((await Site.StartExecutionAsync(2, "key")).Status, Is.EqualTo(202));
    }
}
