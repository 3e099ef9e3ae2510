using System.Diagnostics;
using Npgsql;
using OpsDb.DataApi;
using OpsDb.Servers;
using OpsDb.TestKit;
using OpsDb.Transactions;

namespace OpsDb.SystemTests.Transactions;

public sealed class LinkTests : FaultFixture
{
    [Test]
    public async Task A_cut_off_site_still_accepts_and_shows_what_main_gets_later()
    {
        var before = await StartAsync(2);
        await ConvergeAsync(before);
        Servers.Relay.Down();

        var id = (await StartAsync(1))[0];
        var finished = await Site.PostAsync($"/api/v1/executions/{id}/finish", new { comment = "cut off" });
        Assert.That(finished.Status, Is.EqualTo(202), finished.ToString());
        var old = await Site.PostAsync($"/api/v1/executions/{before[0]}/finish", new { quality = "good" });
        Assert.That(old.Status, Is.EqualTo(202), old.ToString());
        var read = await Site.GetAsync($"/api/v1/executions/{id}");
        Assert.That((read.Text("status"), read.SyncState), Is.EqualTo(("completed", "buffered")));
        Assert.That((await Site.GetAsync("/api/v1/executions?status=completed")).Items.Count(), Is.EqualTo(2));
        Assert.That((await Main.GetAsync($"/api/v1/executions/{id}")).Status, Is.EqualTo(404));
        Assert.That((await Main.GetAsync($"/api/v1/executions/{before[0]}")).Text("status"), Is.EqualTo("running"));
        await Eventually.TrueAsync(async () => (await Site.GetAsync("/health")).Text("status") == "degraded", "health tells of the lost link");

        Servers.Relay.Up();
        await ConvergeAsync([.. before, id]);
        await SyncsAsync(id, "replicated", "the site reads it from its database");
        foreach (var one in (Guid[])[.. before, id])
        {
            await SyncsAsync(one, "replicated", "replicated");
            var (here, there) = (await Site.GetAsync($"/api/v1/executions/{one}"), await Main.GetAsync($"/api/v1/executions/{one}"));
            foreach (var property in here.Body.EnumerateObject().Where(p => p.Name != "sync"))
                Assert.That(property.Value.ToString(), Is.EqualTo(there.Body.GetProperty(property.Name).ToString()), property.Name);
        }
    }

    [Test]
    public async Task What_needs_the_main_site_says_so_while_it_is_cut_off()
    {
        Servers.Relay.Down();
        var body = new { name = "Later", type = "fixed", ra_deg = 1.5, dec_deg = 2.5 };
        var refused = await Site.PostAsync("/api/v1/sources", body, "later", TestTokens.Admin);
        Assert.That((refused.Status, refused.Problem), Is.EqualTo((503, "main-unreachable")), refused.ToString());
        Assert.That(refused.Header("Retry-After"), Is.Not.Null);
        Servers.Relay.Up();
        var taken = await Site.PostAsync("/api/v1/sources", body, "later", TestTokens.Admin);
        Assert.That(taken.Status, Is.EqualTo(201), taken.ToString());
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task What_needs_the_main_site_says_so_in_a_bounded_time_while_the_link_hangs(bool connected)
    {
        var site = await Installation.StartSecondaryAsync(("MAIN_DB_TIMEOUT", "2"), ("DB_CONNECT_TIMEOUT", "2"));
        var body = new { name = "Later", type = "fixed", ra_deg = 1.5, dec_deg = 2.5 };
        if (connected)
            Assert.That((await site.PostAsync("/api/v1/sources", body with { name = "Before" }, "before", TestTokens.Admin)).Status, Is.EqualTo(201));
        Servers.Relay.Hang();
        foreach (var key in (string[])["later", "later", "another"])
        {
            var started = Stopwatch.GetTimestamp();
            var refused = await site.PostAsync("/api/v1/sources", body, key, TestTokens.Admin);
            Assert.That((refused.Status, refused.Problem), Is.EqualTo((503, "main-unreachable")), refused.ToString());
            Assert.That(Stopwatch.GetElapsedTime(started).TotalSeconds, Is.LessThan(8), "a time-out, and what it takes to give the connection up");
        }
        Servers.Relay.Up();
        await Eventually.TrueAsync(async () => (await site.PostAsync("/api/v1/sources", body, "later", TestTokens.Admin)).Status == 201, "the link is back");
    }

    [Test]
    public async Task A_commit_whose_answer_is_lost_is_not_repeated()
    {
        Servers.Relay.Down();
        var ids = await StartAsync(30);
        Servers.Relay.Up();
        var cut = Servers.Relay.CutAfterCommit($"opsdb-{Installation.SiteName}");
        await cut.Fired.WaitAsync(TimeSpan.FromSeconds(20));
        await ConvergeAsync(ids);
    }

    [Test]
    public async Task A_commit_that_never_arrives_is_made_again()
    {
        Servers.Relay.Down();
        var ids = await StartAsync(30);
        Servers.Relay.Up();
        var cut = Servers.Relay.CutBeforeCommit($"opsdb-{Installation.SiteName}");
        await cut.Fired.WaitAsync(TimeSpan.FromSeconds(20));
        await ConvergeAsync(ids);
    }

    [Test]
    public async Task A_link_cut_in_the_middle_of_a_batch_applies_all_of_it_or_nothing()
    {
        Servers.Relay.Down();
        var ids = await StartAsync(60);
        Servers.Relay.Up();
        foreach (var message in (int[])[3, 25, 90])
            await Servers.Relay.CutAt(message, $"opsdb-{Installation.SiteName}").Fired.WaitAsync(TimeSpan.FromSeconds(20));
        await ConvergeAsync(ids);
    }

    [Test]
    public async Task Only_half_received_batches_of_the_site_itself_are_ended()
    {
        await using var elsewhere = await HoldAsync("opsdb-elsewhere");
        await using var own = await HoldAsync($"opsdb-{Installation.SiteName}");
        var ended = 0;
        await DataApiBase.UseAsync<Applier>(TestApi.Read(Installation.SecondarySettings()), applier =>
            Eventually.TrueAsync(async () => (ended = await applier.EndHalfReceivedAsync(CancellationToken.None)) > 0, "they are old enough"));
        Assert.That(ended, Is.EqualTo(1));
        await using var question = new NpgsqlCommand("select 1", elsewhere);
        Assert.That(await question.ExecuteScalarAsync(), Is.EqualTo(1));

        async Task<NpgsqlConnection> HoldAsync(string application)
        {
            var connection = new NpgsqlConnection($"{Installation.Application.ToConnectionString()};Pooling=false;Application Name={application}");
            await connection.OpenAsync();
            await using var command = new NpgsqlCommand("begin; update site_watermark set position = position where false", connection);
            await command.ExecuteNonQueryAsync();
            return connection;
        }
    }

    [Test]
    public async Task A_flapping_link_makes_progress()
    {
        Servers.Relay.Flap(TimeSpan.FromSeconds(0.7));
        var ids = new List<Guid>();
        for (var i = 0; i < 10; i++)
            ids.AddRange(await StartAsync(20));
        await Eventually.TrueAsync(async () => await Installation.MainHasAsync() == ids.Count, "everything arrives while the link flaps", 60);
        Servers.Relay.Up();
        await ConvergeAsync(ids);
    }

    [Test]
    public async Task A_hanging_link_does_not_stop_the_site()
    {
        Servers.Relay.Hang();
        var ids = await StartAsync(20);
        Assert.That((await Site.GetAsync("/api/v1/executions?count=true")).Total, Is.EqualTo(20));
        Servers.Relay.Up();
        await ConvergeAsync(ids);
    }

    [TestCase(LinkDirection.ToMain)]
    [TestCase(LinkDirection.ToSite)]
    public async Task A_link_that_carries_one_way_only_loses_and_doubles_nothing(LinkDirection cut)
    {
        var work = new Workload(Installation, Site);
        await work.RunAsync(clients: 2, executions: 1);
        Servers.Relay.CutDirection(cut);
        await work.RunAsync(clients: 6, executions: 2);
        Assert.That((await Site.GetAsync("/api/v1/executions?status=completed&count=true")).Total, Is.EqualTo(14));
        Servers.Relay.Up();
        await work.RunAsync(clients: 2, executions: 1);
        await work.ConvergeAsync($"1 direction cut ({cut})", seconds: 90);
    }

    [Test]
    public async Task A_slow_and_narrow_link_is_late_and_nothing_else()
    {
        Servers.Relay.Delay(TimeSpan.FromMilliseconds(500));
        Servers.Relay.Bandwidth(512);
        try
        {
            var work = new Workload(Installation, Site);
            await work.RunAsync(clients: 8, executions: 3);
            await work.ConvergeAsync("500 ms, 512 kbit/s");
        }
        finally
        {
            Servers.Relay.Delay(TimeSpan.Zero);
            Servers.Relay.Bandwidth(0);
        }
    }

    [TestCase(1)]
    [TestCase(2)]
    public async Task A_link_that_is_cut_at_random_moments_loses_and_doubles_nothing(int seed)
    {
        var random = new Random(seed);
        var application = $"opsdb-{Installation.SiteName}";
        var work = new Workload(Installation, Site);
        var running = work.RunAsync(clients: 8, executions: 4);
        const int cuts = 8;
        for (var round = 0; round < cuts; round++)
        {
            var cut = random.Next(4) switch
            {
                0 => Servers.Relay.CutBeforeCommit(application),
                1 => Servers.Relay.CutAfterCommit(application),
                // The processor looks at main's watermark again and again, so this many messages pass in any case.
                _ => Servers.Relay.CutAt(1 + random.Next(20), application),
            };
            // So that there is something to commit.
            await StartAsync(1);
            await cut.Fired.WaitAsync(TimeSpan.FromSeconds(60));
        }
        await running;
        await work.ConvergeAsync($"{cuts} cuts", others: cuts, seconds: 90);
    }

    [Test]
    public async Task A_batch_of_which_a_broken_link_has_brought_one_half_is_ended_and_the_site_goes_on()
    {
        const string holders =
            """
            select count(*) from pg_stat_activity a where datname = current_database() and wait_event = 'ClientRead' and state = 'active'
              and exists (select from pg_locks l where l.pid = a.pid and l.relation = 'site_watermark'::regclass and l.mode = 'RowExclusiveLock')
            """;
        await StartAsync(1);
        await Eventually.TrueAsync(async () => await Installation.MainHasAsync() == 1, "the epoch has begun");
        Servers.Relay.Down();
        var work = new Workload(Installation, Site);
        await work.RunAsync(clients: 8, executions: 2);
        Servers.Relay.Up();
        var cut = Servers.Relay.CutInSend(20_000, $"opsdb-{Installation.SiteName}");
        await cut.Fired.WaitAsync(TimeSpan.FromSeconds(20));
        await Eventually.TrueAsync(async () => await Installation.MainAsync<int>(holders) == 1, "main waits for the rest and holds the watermark");
        await Installation.StartSecondaryAsync();
        // The turn of the first process lapses, the second one waits for the lock, then ends its holder.
        await work.ConvergeAsync("1 batch cut in half", others: 1, seconds: 45);
        Assert.That(await Installation.MainAsync<int>(holders), Is.Zero);
    }
}
