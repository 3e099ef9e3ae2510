using System.Text.Json;
using OpsDb.TestKit;

namespace OpsDb.SystemTests.Transactions;

/// <summary>Transactions that the main database refuses, and what operators do about them: in one file, to be read as one story.</summary>
public sealed class RefusalTests : ReadFixture
{
    [Test]
    public async Task A_refused_transaction_is_set_aside_with_those_that_need_it_and_the_rest_goes_on()
    {
        Servers.Relay.Down();
        var good = await StartAsync(40);
        await Installation.MainAsync<int>("alter table executed_obs_unit add constraint fault check (obs_unit_id <> 60); select 1");
        var refused = await Site.StartExecutionAsync(60, "refused");
        var finish = await Site.PostAsync($"/api/v1/executions/{refused.Id}/finish", new { quality = "good" });
        var other = await Site.PostAsync($"/api/v1/executions/{good[3]}/finish", new { quality = "bad" });
        Assert.That((refused.Status, finish.Status, other.Status), Is.EqualTo((202, 202, 202)));
        good.AddRange(await StartAsync(5));
        Servers.Relay.Up();

        await Eventually.TrueAsync(async () => (await SyncAsync(good[^1])) == "replicated", "what follows is applied");
        await Eventually.TrueAsync(async () => (await SyncAsync(refused.Id)) == "parked", "the site knows");
        Assert.That(await Installation.MainHasAsync(), Is.EqualTo(45));
        var shown = await Site.GetAsync($"/api/v1/executions/{refused.Id}");
        Assert.That((shown.Text("status"), shown.Text("quality")), Is.EqualTo(("completed", "good")), "the site goes on showing what it has accepted");
        var listed = await Site.GetAsync("/api/v1/executions?obs_unit_id=60&count=true");
        Assert.That((listed.Items.Single().GetProperty("sync").GetProperty("state").GetString(), listed.Total), Is.EqualTo(("parked", 1)));
        Assert.That((await Main.GetAsync($"/api/v1/executions/{refused.Id}")).Status, Is.EqualTo(404));
        var again = await Site.StartExecutionAsync(60, "refused");
        Assert.That((again.Status, again.Id), Is.EqualTo((202, refused.Id)), "its key still answers");

        var health = await Site.GetAsync("/api/v1/site/health");
        Assert.That((health.Text("status"), health.Buffer("failed"), health.Buffer("parked")), Is.EqualTo(("degraded", 1, 1)), health.ToString());
        foreach (var api in (TestApi[])[Main, Site])
        {
            var failed = (await api.GetAsync("/api/v1/transactions?state=failed")).Items.Single();
            Assert.That(failed.GetProperty("refusal").GetProperty("code").GetString(), Is.EqualTo("23514"));
            Assert.That(failed.GetProperty("refusal").GetProperty("constraint").GetString(), Is.EqualTo("fault"));
            Assert.That(failed.GetProperty("steps")[0].GetProperty("rows")[0].GetProperty("row").GetProperty("obs_unit_id").GetInt32(), Is.EqualTo(60));
            Assert.That((await api.GetAsync("/api/v1/transactions?state=parked")).Items.Single().GetProperty("id").GetGuid(), Is.EqualTo(Transaction(finish)));
        }

        var tooEarly = await ResolveAsync(Main, Transaction(refused), "retry");
        Assert.That((tooEarly.Status, tooEarly.Text("state")), Is.EqualTo((200, "failed")));
        Assert.That((await ResolveAsync(Main, Transaction(finish), "retry")).Problem, Is.EqualTo("state-conflict"));
        await Installation.MainAsync<int>("alter table executed_obs_unit drop constraint fault; select 1");
        var retried = await ResolveAsync(Main, Transaction(refused), "retry", new { note = "The constraint is gone." });
        Assert.That((retried.Status, retried.Text("state")), Is.EqualTo((200, "applied")), retried.ToString());
        Assert.That(retried.Body.GetProperty("followers")[0].GetProperty("state").GetString(), Is.EqualTo("applied"));
        Assert.That((await ResolveAsync(Main, Transaction(refused), "retry")).Text("state"), Is.EqualTo("applied"), "a repeated request changes nothing");
        await ConvergeAsync([.. good, refused.Id]);
        await Eventually.TrueAsync(async () => await SyncAsync(refused.Id) == "replicated", "the site sees it in its database");
        Assert.That((await Main.GetAsync($"/api/v1/executions/{refused.Id}")).Text("quality"), Is.EqualTo("good"));
        var life = await Main.GetAsync($"/api/v1/transactions/{Transaction(refused)}");
        Assert.That(life.Body.GetProperty("interventions").EnumerateArray().Select(i => i.GetProperty("outcome").GetString()),
            Is.EqualTo(new[] { "failed", "applied" }));
        Assert.That((await Site.GetAsync("/api/v1/site/health")).Text("status"), Is.EqualTo("healthy"));
    }

    [Test]
    public async Task A_conflict_keeps_both_versions_and_either_can_win()
    {
        var ids = await StartAsync(3);
        await ConvergeAsync(ids);
        Servers.Relay.Down();
        var finishes = new List<Guid>();
        foreach (var id in ids)
            finishes.Add(Transaction(await Site.PostAsync($"/api/v1/executions/{id}/finish", new { comment = "site" })));
        foreach (var id in ids)
            Assert.That((await Main.PostAsync($"/api/v1/executions/{id}/abort", new { reason = "main" })).Status, Is.EqualTo(200));
        Servers.Relay.Up();
        await Eventually.TrueAsync(async () => (await Main.GetAsync("/api/v1/transactions?state=failed")).Items.Count() == 3, "the conflicts are stored");

        var one = await Main.GetAsync($"/api/v1/transactions/{finishes[0]}");
        var conflict = one.Body.GetProperty("refusal").GetProperty("conflicts")[0];
        Assert.That(one.Body.GetProperty("refusal").GetProperty("code").GetString(), Is.EqualTo("OD002"));
        string? Status(string which) => conflict.GetProperty(which).GetProperty("status").GetString();
        Assert.That((Status("seen"), Status("stored")), Is.EqualTo(("running", "aborted")));
        Assert.That((await Main.GetAsync($"/api/v1/executions/{ids[0]}")).Text("status"), Is.EqualTo("aborted"), "nothing is overwritten silently");
        await Eventually.TrueAsync(async () => await SyncAsync(ids[0]) == "failed", "marked at the site");
        Assert.That((await Site.GetAsync($"/api/v1/executions/{ids[0]}")).Text("comment"), Is.EqualTo("site"));

        Assert.That((await ResolveAsync(Main, finishes[0], "discard", new { note = "Main was right." })).Text("state"), Is.EqualTo("discarded"));
        var overwritten = await ResolveAsync(Site, finishes[1], "retry", new { overwrite = true });
        Assert.That(overwritten.Text("state"), Is.EqualTo("applied"), "operators may act from the site as well");
        var steps = (await Main.GetAsync($"/api/v1/transactions/{finishes[2]}")).Body.GetProperty("steps").GetRawText()
            .Replace("\"comment\":\"site\"", "\"comment\":\"both\"");
        var reasonless = await ResolveAsync(Main, finishes[2], "retry", $$"""{"steps":{{steps}},"overwrite":true}""");
        Assert.That((reasonless.Status, reasonless.Body.GetProperty("errors").TryGetProperty("reason", out _)),
            Is.EqualTo((422, true)), "a completed execution has no reason, as the abort has");
        steps = steps.Replace("\"comment\":\"both\"", "\"comment\":\"both\",\"reason\":null");
        var stored = (await Main.GetAsync($"/api/v1/transactions/{finishes[2]}")).Body.GetProperty("refusal").GetProperty("conflicts")[0].GetProperty("stored");
        steps = WithSeen(steps, stored);
        var edited = await ResolveAsync(Main, finishes[2], "retry", $$"""{"steps":{{steps}},"note":"merged"}""");
        Assert.That(edited.Text("state"), Is.EqualTo("applied"), edited.ToString());

        foreach (var (id, status, comment) in new[] { (ids[0], "aborted", null), (ids[1], "completed", "site"), (ids[2], "completed", "both") })
        {
            await Eventually.TrueAsync(async () => await SyncAsync(id) == "replicated", "resolved");
            foreach (var api in (TestApi[])[Main, Site])
            {
                var read = await api.GetAsync($"/api/v1/executions/{id}");
                Assert.That((read.Text("status"), read.Text("comment")), Is.EqualTo((status, comment)));
            }
        }
        const string audit = "select string_agg(action || ' ' || outcome || ' ' || actor, ', ' order by at) from transaction_intervention";
        Assert.That(await Installation.MainAsync<string>(audit),
            Is.EqualTo("discard discarded admin, edit applied admin, edit applied admin"));
    }

    [Test]
    public async Task After_a_discard_its_followers_are_tried_each_on_its_own()
    {
        Servers.Relay.Down();
        await Installation.MainAsync<int>("alter table executed_obs_unit add constraint fault check (obs_unit_id <> 60); select 1");
        var refused = await Site.StartExecutionAsync(60);
        var finish = await Site.PostAsync($"/api/v1/executions/{refused.Id}/finish", new { });
        Servers.Relay.Up();
        await Eventually.TrueAsync(async () => (await Main.GetAsync("/api/v1/transactions?state=parked")).Items.Any(), "parked");
        var discarded = await ResolveAsync(Main, Transaction(refused), "discard");
        var follower = discarded.Body.GetProperty("followers")[0];
        Assert.That((follower.GetProperty("id").GetGuid(), follower.GetProperty("state").GetString()),
            Is.EqualTo((Transaction(finish), "failed")), "what it finished is not there");
        Assert.That((await ResolveAsync(Main, Transaction(finish), "discard")).Text("state"), Is.EqualTo("discarded"));
        await Eventually.TrueAsync(async () => (await Site.GetAsync($"/api/v1/executions/{refused.Id}")).Status == 404,
            "given up, and gone from the site's view");
        Assert.That((await Main.GetAsync($"/api/v1/transactions/{Transaction(refused)}")).Text("state"), Is.EqualTo("discarded"));
    }

    [Test]
    public async Task After_a_discard_a_state_move_that_rests_on_nothing_discarded_is_applied([Values] bool parked)
    {
        var id = (await StartAsync(1)).Single();
        await ConvergeAsync([id]);
        await PauseReplayAsync();
        Servers.Relay.Down();
        var comment = await Site.PatchAsync($"/api/v1/executions/{id}", new { comment = "site" }, (await Site.GetAsync($"/api/v1/executions/{id}")).ETag);
        var before = await Main.GetAsync($"/api/v1/executions/{id}");
        Assert.That((await Main.PatchAsync($"/api/v1/executions/{id}", new { comment = "main" }, before.ETag)).Status, Is.EqualTo(200));
        var finish = parked ? await Site.PostAsync($"/api/v1/executions/{id}/finish", new { quality = "good" }) : null;
        Servers.Relay.Up();
        await Eventually.TrueAsync(async () => (await Main.GetAsync("/api/v1/transactions?state=failed")).Items.Any(), "the comment is refused");
        if (parked)
            await Eventually.TrueAsync(async () => (await Main.GetAsync("/api/v1/transactions?state=parked")).Items.Any(), "the finish waits behind it");
        var discarded = await ResolveAsync(Main, Transaction(comment), "discard");
        // The site, whose database does not know of the discard yet, still shows the comment and decides on it.
        finish ??= await Site.PostAsync($"/api/v1/executions/{id}/finish", new { quality = "good" });
        Assert.That(finish.Status, Is.EqualTo(202), finish.ToString());
        if (parked)
            Assert.That(discarded.Body.GetProperty("followers")[0].GetProperty("state").GetString(), Is.EqualTo("applied"), discarded.ToString());
        await Eventually.TrueAsync(async () =>
        {
            var transaction = await Main.GetAsync($"/api/v1/transactions/{Transaction(finish)}");
            return transaction.Body.TryGetProperty("state", out var state) && state.GetString() == "applied";
        }, "the finish is applied");
        var row = await Main.GetAsync($"/api/v1/executions/{id}");
        Assert.That((row.Text("status"), row.Text("comment"), row.Text("quality")), Is.EqualTo(("completed", "main", "good")));
        await ReplayAsync();
        await Eventually.TrueAsync(async () => await SyncAsync(id) == "replicated", "resolved");
        Assert.That((await Site.GetAsync($"/api/v1/executions/{id}")).Text("comment"), Is.EqualTo("main"));
    }

    [Test]
    public async Task A_change_of_a_discarded_create_is_not_made_to_another_row_with_its_id()
    {
        Servers.Relay.Down();
        await Installation.MainAsync<int>("alter table executed_obs_unit add constraint fault check (obs_unit_id <> 60); select 1");
        var id = Guid.CreateVersion7();
        var start = await Site.PostAsync("/api/v1/executions", new { id, obs_unit_id = 60, start_time = "2026-11-20T03:00:00Z" });
        var finish = await Site.PostAsync($"/api/v1/executions/{id}/finish", new { quality = "good" });
        Servers.Relay.Up();
        await Eventually.TrueAsync(async () => (await Main.GetAsync("/api/v1/transactions?state=parked")).Items.Any(), "the finish waits behind the start");
        var other = await Main.PostAsync("/api/v1/executions", new { id, obs_unit_id = 1, start_time = "2026-11-20T03:00:00Z" });
        Assert.That(other.Status, Is.EqualTo(201), "somebody else uses the id");
        var discarded = await ResolveAsync(Main, Transaction(start), "discard");
        Assert.That(discarded.Body.GetProperty("followers")[0].GetProperty("state").GetString(), Is.EqualTo("failed"), discarded.ToString());
        Assert.That((await Main.GetAsync($"/api/v1/transactions/{Transaction(finish)}")).Text("state"), Is.EqualTo("failed"));
        Assert.That((await Main.GetAsync($"/api/v1/executions/{id}")).Text("status"), Is.EqualTo("running"));
    }

    [Test]
    public async Task A_correction_is_checked_before_anything_is_done()
    {
        Servers.Relay.Down();
        await Installation.MainAsync<int>("alter table executed_obs_unit add constraint fault check (obs_unit_id <> 60); select 1");
        var id = Transaction(await Site.StartExecutionAsync(60));
        Servers.Relay.Up();
        await Eventually.TrueAsync(async () => (await Main.GetAsync("/api/v1/transactions?state=failed")).Items.Any(), "failed");
        var steps = (await Main.GetAsync($"/api/v1/transactions/{id}")).Body.GetProperty("steps").GetRawText();
        string[] wrongs =
        [
            "[]",
            steps.Replace("executed_obs_unit", "obs_unit"),
            steps.Replace("\"obs_unit_id\"", "\"unit\""),
            steps.Replace("\"status\":\"running\"", "\"status\":7"),
            steps.Replace("\"mean_pwv_mm\":null", "\"mean_pwv_mm\":-1"),
        ];
        foreach (var wrong in wrongs)
        {
            var answer = await ResolveAsync(Main, id, "retry", $$"""{"steps":{{wrong}}}""");
            Assert.That((answer.Status, answer.Problem), Is.EqualTo((422, "invalid-fields")), $"{wrong} {answer}");
        }
        Assert.That((await Main.PostAsync($"/api/v1/transactions/{id}/retry", new { }, null, TestTokens.Observer)).Problem, Is.EqualTo("permission-missing"));
        Assert.That((await ResolveAsync(Main, Guid.NewGuid(), "discard")).Problem, Is.EqualTo("not-found"));
        Assert.That(await Installation.MainAsync<int>("select count(*) from transaction_intervention"), Is.Zero);
        var right = await ResolveAsync(Main, id, "retry", $$"""{"steps":{{steps.Replace("\"obs_unit_id\":60", "\"obs_unit_id\":59")}}}""");
        Assert.That(right.Text("state"), Is.EqualTo("applied"), right.ToString());
    }

    [Test]
    public async Task A_systemic_cause_stops_the_processor_instead_of_failing_a_whole_night()
    {
        Servers.Relay.Down();
        var ids = await StartAsync(30);
        await Installation.MainAsync<int>("alter table executed_obs_unit add constraint fault check (obs_unit_id < 0) not valid; select 1");
        Servers.Relay.Up();
        var health = new TestAnswer(default, default, null!);
        await Eventually.TrueAsync(async () => (health = await Site.GetAsync("/api/v1/site/health")).Text("background_processor") == "stopped", "the alarm");
        Assert.That(health.Problems, Does.Contain("10 transactions executions.start in a row"));
        var other = await Installation.StartSecondaryAsync();
        Assert.That((await other.GetAsync("/api/v1/site/health")).Text("background_processor"), Is.EqualTo("stopped"), "each process of the site tells");
        Assert.That(await HeldAsync(), Is.EqualTo(9));
        Assert.That((await Site.GetAsync("/api/v1/executions?count=true")).Total, Is.EqualTo(30), "the site shows them all the same");

        var goesOn = await Main.PostAsync($"/api/v1/sites/{Installation.SiteName}/continue", new { note = "Really." }, null, TestTokens.Admin);
        Assert.That(goesOn.Status, Is.EqualTo(204));
        await Eventually.TrueAsync(async () => await HeldAsync() == 18, "it goes on to the next run", 30);
        await Installation.MainAsync<int>("alter table executed_obs_unit drop constraint fault; select 1");
        await Eventually.TrueAsync(async () => await Installation.MainHasAsync() == 12, "the rest is applied", 30);
        foreach (var held in (await Main.GetAsync("/api/v1/transactions?state=failed")).Items.ToList())
            Assert.That((await ResolveAsync(Main, held.GetProperty("id").GetGuid(), "retry")).Text("state"), Is.EqualTo("applied"));
        await ConvergeAsync(ids);

        Task<int> HeldAsync() => Installation.MainAsync<int>("select count(*) from held_transaction");
    }

    [Test]
    public async Task An_unknown_class_of_failure_stops_the_processor_and_touches_nothing()
    {
        Servers.Relay.Down();
        var ids = await StartAsync(3);
        await Installation.MainAsync<int>("""
            create function fault() returns trigger language plpgsql as $$ begin raise exception 'fault' using errcode = 'XX001'; end $$;
            create trigger fault before insert on executed_obs_unit for each row execute function fault();
            select 1
            """);
        var quick = await Installation.StartSecondaryAsync(("TRANSACTION_RETRY_ATTEMPTS", "1"), ("TRANSACTION_RETRY_DELAY", "0.1"));
        await Site.DisposeAsync();
        Servers.Relay.Up();
        await Eventually.TrueAsync(async () => (await quick.GetAsync("/health")).Text("background_processor") == "stopped", "the alarm", 30);
        Assert.That(await Installation.MainAsync<int>("""
            select (select count(*) from executed_obs_unit) + (select count(*) from held_transaction)
              + (select count(*) from applied_transaction where site <> 'main')
            """), Is.Zero);
        await Installation.MainAsync<int>("drop trigger fault on executed_obs_unit; select 1");
        await ConvergeAsync(ids);
    }

    [Test]
    public async Task What_is_refused_is_not_shown_as_applied_by_whoever_takes_the_turn_over()
    {
        await PauseReplayAsync();
        await Installation.MainAsync<int>("alter table executed_obs_unit add constraint fault check (obs_unit_id <> 60); select 1");
        var refused = await Site.StartExecutionAsync(60);
        await Eventually.TrueAsync(async () => await RedisAsync("HGET", "floor", "applied") is { IsNull: false }, "it is decided");
        Assert.That(await SyncAsync(refused.Id), Is.EqualTo("buffered"));
        await Site.DisposeAsync();
        await RedisAsync("DEL", "processor");
        var other = await Installation.StartSecondaryAsync();
        await StartAsync(1, other);
        await Eventually.TrueAsync(async () => (string?)await RedisAsync("HGET", "floor", "applied") == "2", "the other one applies");
        Assert.That((await other.GetAsync($"/api/v1/executions/{refused.Id}")).SyncState, Is.EqualTo("buffered"));
    }

    [Test]
    public async Task A_repeated_request_does_not_wait_for_what_was_given_up()
    {
        await Installation.MainAsync<int>("alter table executed_obs_unit add constraint fault check (obs_unit_id <> 60); select 1");
        var refused = await Site.StartExecutionAsync(60, "given up");
        await Eventually.TrueAsync(async () => (await Main.GetAsync("/api/v1/transactions?state=failed")).Items.Any(), "failed");
        await ResolveAsync(Main, Transaction(refused), "discard");
        var again = await Site.PostAsync("/api/v1/executions", new { obs_unit_id = 60 }, "given up", null, ("Prefer", "wait=20"));
        Assert.That((again.Status, again.SyncState, again.Id), Is.EqualTo((202, "failed", refused.Id)), again.ToString());
    }

    [Test]
    public async Task The_verbs_do_what_the_endpoints_do()
    {
        Servers.Relay.Down();
        await Installation.MainAsync<int>("alter table executed_obs_unit add constraint fault check (obs_unit_id <> 60); select 1");
        var id = Transaction(await Site.StartExecutionAsync(60));
        Servers.Relay.Up();
        await Eventually.TrueAsync(async () => (await Main.GetAsync("/api/v1/transactions?state=failed")).Items.Any(), "failed");
        async Task<string> RunAsync(params string[] arguments)
        {
            var (code, output, errors) = await ApiProcess.RunAsync(Installation.MainSettings(), ["transactions", .. arguments]);
            Assert.That(code, Is.Zero, errors);
            return output;
        }
        Assert.That(await RunAsync("list"), Does.StartWith($"{id} {Installation.SiteName} 1 ").And.Contains("23514"));
        Assert.That(await RunAsync("show", $"{id}"), Does.Contain("\"obs_unit_id\": 60"));
        Assert.That(await RunAsync("retry", $"{id}"), Does.Contain("\"state\": \"failed\""));
        Assert.That(await RunAsync("continue", Installation.SiteName), Is.Empty);
        Assert.That(await RunAsync("discard", $"{id}", "--note", "not ours"), Does.Contain("\"state\": \"discarded\""));
        Assert.That(await RunAsync("list"), Is.Empty);
        Assert.That((await Main.GetAsync($"/api/v1/transactions/{id}")).Body.GetProperty("interventions")[1].GetProperty("note").GetString(),
            Is.EqualTo("not ours"));
        var (wrong, _, told) = await ApiProcess.RunAsync(Installation.MainSettings(), "transactions", "discard", $"{Guid.NewGuid()}");
        Assert.That((wrong, told), Is.EqualTo((1, told)).And.Matches<(int, string Told)>(r => r.Told.Contains("does not know the transaction")));
    }

    private async Task<string> SyncAsync(Guid execution) => (await Site.GetAsync($"/api/v1/executions/{execution}")).SyncState;

    private static Guid Transaction(TestAnswer answer) => Guid.Parse(answer.Header("OpsDb-Transaction") ?? throw new AssertionException(answer.ToString()));

    private static Task<TestAnswer> ResolveAsync(TestApi api, Guid transaction, string action, object? body = null) =>
        api.PostAsync($"/api/v1/transactions/{transaction}/{action}", body ?? new { }, null, TestTokens.Admin);

    /// <summary>The steps with the fields of their one row as the main database has them.</summary>
    private static string WithSeen(string steps, JsonElement stored)
    {
        var parsed = System.Text.Json.Nodes.JsonNode.Parse(steps)!;
        parsed[0]!["rows"]![0]!["seen"] = System.Text.Json.Nodes.JsonNode.Parse(stored.GetRawText());
        return parsed.ToJsonString();
    }
}
