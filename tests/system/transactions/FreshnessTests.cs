using System.Diagnostics;
using OpsDb.TestKit;

namespace OpsDb.SystemTests.Transactions;

/// <summary>What callers can say of how new, or how old, a state may be.</summary>
public sealed class FreshnessTests : ReadFixture
{
    [Test]
    public async Task Without_Redis_a_caller_who_takes_it_gets_what_this_process_knew_last_marked_as_stale()
    {
        var ids = await StartAsync(1);
        await ConvergeAsync(ids);
        Servers.Relay.Down();
        ids.AddRange(await StartAsync(1));
        var fresh = await PreferAsync(Site, Lists, "stale");
        Assert.That((fresh.Status, fresh.Header("Preference-Applied")), Is.EqualTo((200, (string?)null)), "what is fresh is not marked");
        Assert.That(fresh.Header("OpsDb-Consistency"), Is.Not.Null);

        await Servers.RedisServer!.KillAsync();
        try
        {
            Assert.That((await Site.GetAsync(Lists)).Problem, Is.EqualTo("buffer-unavailable"), "who does not say so gets nothing");
            var stale = await PreferAsync(Site, Lists, "respond-async, Stale; why=\"a dashboard\"");
            Assert.That((stale.Status, stale.Total), Is.EqualTo((200, 2)), stale.ToString());
            AssertStale(stale);
            var missing = await PreferAsync(Site, $"/api/v1/executions/{Guid.NewGuid()}", "stale");
            Assert.That(missing.Status, Is.EqualTo(404));
            AssertStale(missing);
            // A process without a capture has the site's database alone.
            await using var other = await TestApi.StartUnreadyAsync(Installation.SecondarySettings());
            var bare = await PreferAsync(other, Lists, "stale");
            Assert.That((bare.Status, bare.Total), Is.EqualTo((200, 1)), bare.ToString());
            AssertStale(bare);
        }
        finally
        {
            await Servers.RedisServer.StartAsync();
        }
        await Eventually.TrueAsync(async () => (await PreferAsync(Site, Lists, "stale")) is { Status: 200 } again && again.Header("Preference-Applied") is null,
            "fresh again");
        Servers.Relay.Up();
        await ConvergeAsync(ids);
    }

    [Test]
    public async Task Cut_off_below_the_read_floor_a_caller_who_takes_it_gets_the_replica_marked_as_stale()
    {
        await PauseReplayAsync();
        var created = await CreateSourceAsync(Site, "Not here yet");
        var fresh = await PreferAsync(Site, Path(created), "stale");
        Assert.That((fresh.Status, fresh.Header("Preference-Applied")), Is.EqualTo((200, (string?)null)), "main can be read");
        Servers.Relay.Down();
        var refused = await Site.GetAsync(Path(created));
        Assert.That((refused.Status, refused.Problem), Is.EqualTo((503, "not-yet-consistent")), refused.ToString());
        var stale = await PreferAsync(Site, "/api/v1/sources", "stale");
        Assert.That(stale.Status, Is.EqualTo(200), stale.ToString());
        Assert.That(stale.Items.Select(i => i.GetProperty("name").GetString()), Has.None.EqualTo("Not here yet"));
        AssertStale(stale);
    }

    [Test]
    public async Task A_write_can_wait_until_main_has_it_and_says_so()
    {
        var taken = await Site.PostAsync("/api/v1/executions", new { obs_unit_id = 1 }, "waits", headers: [("Prefer", "wait=10")]);
        Assert.That((taken.Status, taken.SyncState, taken.Header("Preference-Applied")), Is.EqualTo((201, "applied", "wait")), taken.ToString());
        Assert.That(await Installation.MainHasAsync([taken.Id]), Is.EqualTo(1));
        var changed = await Site.PostAsync($"/api/v1/executions/{taken.Id}/finish", new { }, headers: [("Prefer", "wait=10")]);
        Assert.That((changed.Status, changed.SyncState), Is.EqualTo((200, "applied")), changed.ToString());
        var again = await Site.PostAsync("/api/v1/executions", new { obs_unit_id = 1 }, "waits", headers: [("Prefer", "wait=10")]);
        Assert.That((again.Status, again.Id, again.Header("Idempotency-Replayed")), Is.EqualTo((201, taken.Id, "true")), again.ToString());
        var hasty = await Site.StartExecutionAsync();
        Assert.That((hasty.Status, hasty.Header("Preference-Applied")), Is.EqualTo((202, (string?)null)));
        var atMain = await Main.PostAsync("/api/v1/executions", new { obs_unit_id = 1 }, headers: [("Prefer", "wait=10")]);
        Assert.That((atMain.Status, atMain.Header("Preference-Applied")), Is.EqualTo((201, "wait")));
    }

    [Test]
    public async Task A_write_that_waited_in_vain_is_buffered_as_ever()
    {
        Servers.Relay.Down();
        var clock = Stopwatch.StartNew();
        var taken = await Site.PostAsync("/api/v1/executions", new { obs_unit_id = 1 }, headers: [("Prefer", "wait=1")]);
        Assert.That((taken.Status, taken.SyncState, taken.Header("Preference-Applied")), Is.EqualTo((202, "buffered", (string?)null)), taken.ToString());
        Assert.That(clock.Elapsed, Is.InRange(TimeSpan.FromSeconds(0.9), TimeSpan.FromSeconds(5)));
        Servers.Relay.Up();
        await ConvergeAsync([taken.Id]);
    }

    [Test]
    public async Task A_hint_that_a_write_was_applied_is_not_believed_before_main_confirms_it()
    {
        Servers.Relay.Down();
        await RedisAsync("HSET", "floor", "applied", "1000");
        var taken = await Site.PostAsync("/api/v1/executions", new { obs_unit_id = 1 }, headers: [("Prefer", "wait=1")]);
        Assert.That((taken.Status, taken.SyncState), Is.EqualTo((202, "buffered")), taken.ToString());
        Servers.Relay.Up();
        await Eventually.TrueAsync(async () => await Installation.MainHasAsync() == 1, "it arrives");
        // Decided, but not carried out.
        await Installation.MainAsync<int>("alter table executed_obs_unit add constraint fault check (obs_unit_id <> 2); select 1");
        await RedisAsync("HSET", "floor", "applied", "1000");
        var refusedThere = await Site.PostAsync("/api/v1/executions", new { obs_unit_id = 2 }, headers: [("Prefer", "wait=1")]);
        Assert.That((refusedThere.Status, refusedThere.SyncState), Is.Not.EqualTo((201, "applied")), refusedThere.ToString());
        await Installation.MainAsync<int>("alter table executed_obs_unit drop constraint fault; select 1");
    }

    [Test]
    public async Task A_token_of_one_site_is_honoured_at_the_other()
    {
        var here = (await StartAsync(1))[0];
        var mine = (await Site.GetAsync($"/api/v1/executions/{here}")).Header("OpsDb-Consistency")!;
        var there = await DemandAsync(Main, $"/api/v1/executions/{here}", mine, "wait=20");
        Assert.That(there.Status, Is.EqualTo(200), there.ToString());
        Assert.That((await DemandAsync(Site, $"/api/v1/executions/{here}", mine)).Status, Is.EqualTo(200), "and at its own");

        await PauseReplayAsync();
        var direct = await Main.StartExecutionAsync();
        var token = direct.Header("OpsDb-Consistency")!;
        Assert.That((await Site.GetAsync($"/api/v1/executions/{direct.Id}")).Status, Is.EqualTo(404), "without the token");
        var clock = Stopwatch.StartNew();
        var read = await DemandAsync(Site, $"/api/v1/executions/{direct.Id}", token, "wait=1");
        Assert.That((read.Status, read.SyncState), Is.EqualTo((200, "applied")), read.ToString());
        Assert.That(clock.Elapsed, Is.GreaterThan(TimeSpan.FromSeconds(0.9)), "the replica was waited for, then main was read");
        // Main would be read at once if the site had shown more than the replica has.
        await RedisAsync("HDEL", "floor", "read_floor");
        var later = DemandAsync(Site, $"/api/v1/executions/{direct.Id}", (await Main.StartExecutionAsync()).Header("OpsDb-Consistency")!, "wait=20");
        await ReplayAsync();
        Assert.That((await later).SyncState, Is.EqualTo("replicated"), "the replica came in time");

        // A direct write at the site, demanded at main and at the site itself.
        var source = await CreateSourceAsync(Site, "Both ways");
        foreach (var api in (TestApi[])[Main, Site])
            Assert.That((await DemandAsync(api, Path(source), source.Header("OpsDb-Consistency")!, "wait=20")).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task A_state_that_does_not_come_in_time_is_answered_with_503()
    {
        var before = (await StartAsync(1))[0];
        await ConvergeAsync([before]);
        Servers.Relay.Down();
        var written = await Site.StartExecutionAsync();
        var token = written.Header("OpsDb-Consistency")!;
        var clock = Stopwatch.StartNew();
        var atMain = await DemandAsync(Main, Lists, token, "wait=1");
        Assert.That((atMain.Status, atMain.Problem), Is.EqualTo((503, "not-yet-consistent")), atMain.ToString());
        Assert.That(atMain.Header("Retry-After"), Is.Not.Null);
        Assert.That(clock.Elapsed, Is.InRange(TimeSpan.FromSeconds(0.9), TimeSpan.FromSeconds(4)));

        var direct = await Main.StartExecutionAsync();
        var atSite = await DemandAsync(Site, Lists, direct.Header("OpsDb-Consistency")!);
        Assert.That((atSite.Status, atSite.Problem), Is.EqualTo((503, "not-yet-consistent")), atSite.ToString());
        var parts = token.Split(':');
        parts[2] = "1000000";
        Assert.That((await DemandAsync(Site, Lists, string.Join(':', parts))).Problem, Is.EqualTo("not-yet-consistent"),
            "a position that the log does not have");
        // As text this LSN is smaller than any other.
        parts = token.Split(':');
        parts[4] = "10000/0";
        Assert.That((await DemandAsync(Site, Lists, string.Join(':', parts))).Problem, Is.EqualTo("not-yet-consistent"));
        Servers.Relay.Up();
        Assert.That((await DemandAsync(Main, $"/api/v1/executions/{written.Id}", token, "wait=20")).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task A_token_that_nothing_can_be_compared_with_is_refused()
    {
        var token = (await Site.StartExecutionAsync()).Header("OpsDb-Consistency")!.Split(':');
        string With(int part, string text) => string.Join(':', token.Select((t, i) => i == part ? text : t));
        string[] others =
            ["", "1", With(1, "x"), With(2, "-1"), With(2, "9999999999999999999"), With(3, ""), With(4, "0"), With(4, "123456789/0"), With(4, "0/0:0")];
        foreach (var malformed in others)
        {
            foreach (var api in (TestApi[])[Site, Main])
            {
                var refused = await DemandAsync(api, Lists, malformed);
                Assert.That((refused.Status, refused.Problem), Is.EqualTo((400, "malformed-header")), $"{malformed}: {refused}");
            }
        }
        foreach (var lost in (string[])[With(1, Guid.NewGuid().ToString("n")), With(3, "0")])
        {
            var refused = await DemandAsync(Site, Lists, lost);
            Assert.That((refused.Status, refused.Problem), Is.EqualTo((412, "consistency-lost")), $"{lost}: {refused}");
        }
        Assert.That((await DemandAsync(Main, Lists, With(3, "0"))).Problem, Is.EqualTo("consistency-lost"));
        Assert.That((await DemandAsync(Site, Lists, With(3, "7"))).Problem, Is.EqualTo("not-yet-consistent"), "a timeline that has not begun here");
    }

    private static void AssertStale(TestAnswer answer) => Assert.Multiple(() =>
    {
        Assert.That(answer.Header("Preference-Applied"), Is.EqualTo("stale"));
        Assert.That(answer.Header("OpsDb-Consistency"), Is.Null);
        Assert.That(answer.Header("OpsDb-As-Of"), Is.Not.Null);
    });
}
