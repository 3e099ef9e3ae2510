using System.Globalization;
using System.Text.RegularExpressions;
using Dapper;
using Npgsql;
using OpsDb.Servers;
using OpsDb.TestKit;
using StackExchange.Redis;

namespace OpsDb.SystemTests.Transactions;

/// <summary>One of a site's two processes is killed or stopped at a known moment; the other goes on, and the stopped one returns.
/// In one file, because the faults share the two processes and how they are stopped.</summary>
public sealed partial class ProcessFaultTests : FaultFixture
{
    private const string Sessions = "select count(*) from pg_stat_activity where datname = current_database() and application_name = @application";
    private const string Waiting = $"{Sessions} and wait_event_type = 'Lock'";

    private ConnectionMultiplexer redis = null!;
    private ApiProcess one = null!;
    private ApiProcess two = null!;

    private string Application => $"opsdb-{Installation.SiteName}";

    [TearDown]
    public async Task EndProcesses()
    {
        foreach (var process in (ApiProcess?[])[one, two])
        {
            if (process is not null)
                await process.DisposeAsync();
        }
        if (redis is not null)
            await redis.DisposeAsync();
    }

    [Test]
    public async Task A_request_whose_process_is_killed_before_it_is_stored_is_stored_by_its_repetition()
    {
        await StartProcessesAsync();
        var ids = await StartAsync(1, two.Api);
        await ConvergeAsync(ids);
        await using (await LockAsync("lock table applied_transaction in access exclusive mode", onReplica: true))
        {
            var lost = one.Api.StartExecutionAsync(7, "repeated");
            await WaitingAsync(Installation.ReplicaAsync<int>);
            one.KillNow();
            await Assert.ThatAsync(async () => await lost, Throws.InstanceOf<HttpRequestException>());
        }
        var repeated = await two.Api.StartExecutionAsync(7, "repeated");
        Assert.That((repeated.Status, repeated.Header("Idempotency-Replayed")), Is.EqualTo((202, (string?)null)));
        await TestContext.Out.WriteLineAsync("3 writes tried, 2 acknowledged, 1 process killed");
        await ConvergeAsync([.. ids, repeated.Id]);
    }

    [Test]
    public async Task A_process_that_was_stopped_before_it_stores_decides_again_on_what_the_other_has_stored()
    {
        await StartProcessesAsync();
        var ids = await StartAsync(1, two.Api);
        await ConvergeAsync(ids);
        Task<TestAnswer> late;
        await using (await LockAsync("lock table applied_transaction in access exclusive mode", onReplica: true))
        {
            late = one.Api.PostAsync($"/api/v1/executions/{ids[0]}/finish", new { comment = "one" }, "one");
            await WaitingAsync(Installation.ReplicaAsync<int>);
            one.Pause();
        }
        await Eventually.TrueAsync(async () => await Installation.ReplicaAsync<int>(Waiting, new { application = Application }) == 0, "the lock is gone");
        Servers.Relay.Down();
        var finished = await two.Api.PostAsync($"/api/v1/executions/{ids[0]}/finish", new { comment = "two" }, "two");
        Assert.That(finished.Status, Is.EqualTo(202), finished.ToString());
        one.Resume();
        var refused = await late;
        Assert.That((refused.Status, refused.Problem), Is.EqualTo((409, "state-conflict")), refused.ToString());
        Servers.Relay.Up();
        await TestContext.Out.WriteLineAsync("3 writes tried, 2 acknowledged, 1 process stopped");
        await ConvergeAsync(ids);
        await Eventually.TrueAsync(async () => await Installation.MainAsync<string>("select comment from executed_obs_unit") == "two", "the first finish wins");
        Assert.That(await Installation.MainAsync<int>("select count(*) from held_transaction"), Is.Zero);
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_request_that_was_stored_before_its_process_was_killed_or_stopped_is_not_stored_again(bool killed)
    {
        await StartProcessesAsync();
        var ids = await StartAsync(1, one.Api);
        await ConvergeAsync(ids);
        var body = new { obs_unit_id = 7, comment = new string('x', 9000) };
        await Redis.ExecuteAsync("CLIENT", "PAUSE", 60_000, "WRITE");
        var late = one.Api.PostAsync("/api/v1/executions", body, "repeated");
        // What Redis has received of a process and not yet done.
        await Eventually.TrueAsync(async () =>
        {
            var clients = (string)(await Redis.ExecuteAsync("CLIENT", "LIST"))!;
            return Received().Matches(clients).Any(m => int.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture) > 9000);
        }, "the script has arrived");
        one.Pause();
        await Redis.ExecuteAsync("CLIENT", "UNPAUSE");
        await Eventually.TrueAsync(async () => await LogLengthAsync() == 2, "it is stored");
        if (killed)
        {
            one.KillNow();
            await Assert.ThatAsync(async () => await late, Throws.InstanceOf<HttpRequestException>());
        }
        var repeated = await two.Api.PostAsync("/api/v1/executions", body, "repeated");
        Assert.That((repeated.Status, repeated.Header("Idempotency-Replayed")), Is.EqualTo((202, "true")), repeated.ToString());
        if (!killed)
        {
            one.Resume();
            Assert.That(((await late).Status, (await late).Id), Is.EqualTo((202, repeated.Id)));
        }
        await TestContext.Out.WriteLineAsync($"3 writes tried, {(killed ? 2 : 3)} acknowledged, 1 process {(killed ? "killed" : "stopped")}");
        await ConvergeAsync([.. ids, repeated.Id]);
    }

    [TestCase(CutMoment.BeforeCommit, true)]
    [TestCase(CutMoment.BeforeCommit, false)]
    [TestCase(CutMoment.AfterCommit, true)]
    [TestCase(CutMoment.AfterCommit, false)]
    public async Task When_the_process_that_applies_is_killed_or_stopped_at_its_commit_the_other_takes_over(CutMoment moment, bool killed)
    {
        await StartProcessesAsync();
        var first = await StartAsync(1, two.Api);
        await ConvergeAsync(first);
        var work = new Workload(Installation, two.Api);
        var cut = moment == CutMoment.BeforeCommit
            ? Servers.Relay.CutBeforeCommit(Application, thenDown: true)
            : Servers.Relay.CutAfterCommit(Application, thenDown: true);
        var running = work.RunAsync(clients: 6, executions: 3);
        await cut.Fired.WaitAsync(TimeSpan.FromSeconds(20));
        if (killed)
            one.KillNow();
        else
            one.Pause();
        Servers.Relay.Up();
        await running;
        await work.ConvergeAsync($"1 process {(killed ? "killed" : "stopped")}, 1 cut {moment}", others: 1);
        if (killed)
            return;
        one.Resume();
        var after = new Workload(Installation, one.Api);
        await after.RunAsync(clients: 2, executions: 1);
        await after.ConvergeAsync("the stopped process has returned", others: 19);
    }

    [Test]
    public async Task A_batch_that_a_stopped_process_and_its_successor_both_sent_is_applied_once()
    {
        await StartProcessesAsync();
        var first = await StartAsync(1, two.Api);
        await ConvergeAsync(first);
        var work = new Workload(Installation, two.Api);
        await using (await LockAsync("select from site_watermark for update"))
        {
            await work.RunAsync(clients: 5, executions: 1);
            await WaitingAsync(Installation.MainAsync<int>);
            one.Pause();
            await Redis.KeyDeleteAsync(Key("processor"));
            await WaitingAsync(Installation.MainAsync<int>, 2);
        }
        await work.ConvergeAsync("1 process stopped, 1 batch sent twice", others: 1);
        one.Resume();
        await work.RunAsync(clients: 2, executions: 1);
        await work.ConvergeAsync("the stopped process has returned", others: 1);
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task When_a_process_is_killed_or_stopped_before_it_trims_the_other_trims_and_nothing_is_missing(bool killed)
    {
        await StartProcessesAsync(("BUFFER_RETENTION", "1"), ("BUFFER_TRIM_INTERVAL", "0.2"));
        var work = new Workload(Installation, one.Api, two.Api);
        await work.RunAsync(clients: 4, executions: 2);
        await work.ConvergeAsync("none yet");
        var seen = await LogLengthAsync();
        await using (await LockAsync("lock table applied_transaction in access exclusive mode", onReplica: true))
        {
            await WaitingAsync(Installation.ReplicaAsync<int>, 2);
            if (killed)
                one.KillNow();
            else
                one.Pause();
        }
        var other = new Workload(Installation, two.Api);
        await other.RunAsync(clients: 4, executions: 2);
        await Eventually.TrueAsync(async () =>
        {
            // The replica knows main's time by main's commits.
            await Installation.MainAsync<long>("select txid_current()");
            return await LogLengthAsync() == 0;
        }, "the other trims", 40);
        await other.ConvergeAsync($"1 process {(killed ? "killed" : "stopped")} with {seen} entries to trim", others: 8);
        Assert.That((string?)await Redis.ExecuteAsync("HGET", Key("floor"), "trimmed"), Is.EqualTo("64"));
        if (killed)
            return;
        one.Resume();
        var after = new Workload(Installation, one.Api);
        await after.RunAsync(clients: 2, executions: 1);
        await after.ConvergeAsync("the stopped process has returned", others: 16);
        Assert.That((await one.Api.GetAsync("/api/v1/executions?count=true")).Total, Is.EqualTo(18));
    }

    [Test]
    public async Task Two_processors_that_are_awake_at_once_make_what_one_makes()
    {
        await StartProcessesAsync(("TRANSACTION_BATCH_SIZE", "4"), ("BACKGROUND_PROCESSING_INTERVAL", "0.01"));
        Servers.Relay.Down();
        await Installation.MainAsync<int>("alter table executed_obs_unit add constraint fault check (obs_unit_id <> 60); select 1");
        var (good, refused, parked) = (new List<Guid>(), new List<Guid>(), new List<Guid>());
        for (var round = 0; round < 8; round++)
        {
            good.AddRange(await StartAsync(30, round % 2 == 0 ? one.Api : two.Api));
            var bad = await one.Api.StartExecutionAsync(60);
            refused.Add(bad.Id);
            var finish = await two.Api.PostAsync($"/api/v1/executions/{bad.Id}/finish", new { });
            Assert.That((bad.Status, finish.Status), Is.EqualTo((202, 202)));
            parked.Add(Guid.Parse(finish.Header("OpsDb-Transaction")!));
        }
        Servers.Relay.Up();
        var wakes = 0;
        await Eventually.TrueAsync(async () =>
        {
            for (var i = 0; i < 20; i++, wakes++)
                await Redis.KeyDeleteAsync(Key("processor"));
            return await Installation.MainAsync<long>("select coalesce(max(position), 0) from site_watermark where site = @site") == 8 * 32;
        }, "the log is drained", 90);
        var applied = await Task.WhenAll(AppliedAsync(one), AppliedAsync(two));
        await TestContext.Out.WriteLineAsync(
            $"256 writes tried, 256 acknowledged, lease taken away {wakes} times; applied by each: {string.Join(", ", applied)}");
        await Assert.MultipleAsync(async () =>
        {
            Assert.That(applied, Has.All.GreaterThan(0), "both were awake");
            Assert.That(applied.Sum(), Is.LessThanOrEqualTo(256), "no position by both");
            await Assert.ThatAsync(async () => await Installation.MainHasAsync(good), Is.EqualTo(240));
            await Assert.ThatAsync(async () => await Installation.MainHasAsync(), Is.EqualTo(240));
            await Assert.ThatAsync(async () => await Installation.MainAsync<int>(
                "select count(*) from held_transaction where state = 'failed' and code = '23514' and entry #>> '{steps,0,rows,0,key}' = any(@keys)",
                new { keys = refused.Select(r => r.ToString()).ToArray() }), Is.EqualTo(8));
            await Assert.ThatAsync(async () => await Installation.MainAsync<int>(
                "select count(*) from held_transaction where state = 'parked' and id = any(@ids)", new { ids = parked.ToArray() }), Is.EqualTo(8));
            await Assert.ThatAsync(async () => await Installation.MainAsync<int>("select count(*) from held_transaction"), Is.EqualTo(16));
            await Assert.ThatAsync(async () => await Installation.MainAsync<string>(
                "select count(*) || ' ' || count(distinct position) from applied_transaction where site = @site"), Is.EqualTo("256 256"));
        });
    }

    [Test]
    public async Task A_gap_that_another_process_has_made_meanwhile_is_not_believed()
    {
        await StartProcessesAsync();
        var ids = await StartAsync(1, one.Api);
        await ConvergeAsync(ids);
        two.Pause();
        await using (await LockAsync("lock table held_transaction in access exclusive mode"))
        {
            await WaitingAsync(Installation.MainAsync<int>);
            ids.AddRange(await StartAsync(6, one.Api));
            one.Pause();
        }
        await Eventually.TrueAsync(
            async () => await Installation.MainAsync<int>($"{Sessions} and state <> 'idle'", new { application = Application }) == 0,
            "its reading is done");

        // The process has read the watermark and not yet the entries after it. Another one applies and removes them.
        await Redis.KeyDeleteAsync(Key("processor"));
        two.Resume();
        await ConvergeAsync(ids);
        two.KillNow();
        await Redis.KeyDeleteAsync(Key("processor"));
        foreach (var position in (int[])[2, 3, 4, 5, 6])
            await Redis.ExecuteAsync("XDEL", Key("transaction_buffer"), $"{position}-0");
        one.Resume();
        ids.AddRange(await StartAsync(1, one.Api));
        var states = new HashSet<string>();
        await Eventually.TrueAsync(async () =>
        {
            states.Add((await one.Api.GetAsync("/health")).Text("background_processor"));
            return await Installation.MainHasAsync() == ids.Count;
        }, "the process goes on");
        Assert.That(states, Does.Not.Contain("stopped"));
        await TestContext.Out.WriteLineAsync("8 writes tried, 8 acknowledged, 1 process stopped, 5 entries removed");
        await ConvergeAsync(ids);
    }

    private IDatabase Redis => redis.GetDatabase();

    /// <summary>Starts the site's processes; the first one has the processor's turn.</summary>
    private async Task StartProcessesAsync(params (string Name, string Value)[] changes)
    {
        await Site.DisposeAsync();
        redis = await ConnectRedisAsync();
        await Redis.KeyDeleteAsync(Key("processor"));
        // Longer than any stop here: what Redis has answered meanwhile is an answer.
        var settings = new Dictionary<string, string>(Installation.SecondarySettings()) { ["REDIS_TIMEOUT"] = "30" };
        foreach (var (name, value) in changes)
            settings[name] = value;
        one = await ApiProcess.StartAsync(settings, Ports.Next());
        await Eventually.TrueAsync(() => Redis.KeyExistsAsync(Key("processor")), "the first process has the turn");
        two = await ApiProcess.StartAsync(settings, Ports.Next());
    }

    /// <summary>Holds a lock on main, and thereby on the replica, until it is disposed.</summary>
    private async Task<NpgsqlConnection> LockAsync(string sql, bool onReplica = false)
    {
        var connection = new NpgsqlConnection($"{Installation.Main.ToConnectionString()};Pooling=false");
        await connection.OpenAsync();
        await connection.ExecuteAsync($"begin; {sql}");
        if (onReplica)
        {
            await Eventually.TrueAsync(async () =>
            {
                // A commit brings the lock to the replica.
                await Installation.MainAsync<long>("select txid_current()");
                return await Installation.ReplicaAsync<bool>(
                    """
                    select exists (select from pg_locks where database = (select oid from pg_database where datname = current_database())
                      and mode = 'AccessExclusiveLock' and granted)
                    """);
            }, "the replica has the lock");
        }
        return connection;
    }

    /// <summary>Waits until so many of the site's connections wait for a lock.</summary>
    private Task WaitingAsync(Func<string, object?, Task<int>> ask, int count = 1) =>
        Eventually.TrueAsync(async () => await ask(Waiting, new { application = Application }) >= count, "the process waits for the lock", 8);

    private static async Task<int> AppliedAsync(ApiProcess process)
    {
        var metrics = (await process.Api.GetAsync("/metrics", TestTokens.Admin)).Body.GetString()!;
        return int.Parse(AppliedTotal().Match(metrics).Groups[1].Value, CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"^\w*applied_total(?:\{[^}]*\})? (\d+)$", RegexOptions.Multiline)]
    private static partial Regex AppliedTotal();

    [GeneratedRegex(@"(?:qbuf|argv-mem)=(\d+)")]
    private static partial Regex Received();
}
