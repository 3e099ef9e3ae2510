using System.Text.Json;
using OpsDb.TestKit;

namespace OpsDb.SystemTests.Transactions;

/// <summary>What an operator is answered at a site is what every process of that site shows from then on, also while its replica stands still.</summary>
public sealed class InterventionTests : ReadFixture
{
    [TestCase("discard", "{}", "discarded", "main", "applied")]
    [TestCase("retry", """{"overwrite":true}""", "applied", "site", "applied")]
    public async Task A_site_does_not_contradict_what_it_has_answered(string action, string body, string state, string comment, string sync)
    {
        var other = await Installation.StartSecondaryAsync();
        var (id, refused) = await ConflictAsync();
        await PauseReplayAsync();

        var answer = await ResolveAsync(Site, refused, action, body);
        Assert.That((answer.Status, answer.Text("state")), Is.EqualTo((200, state)), answer.ToString());
        Assert.That(answer.Header("OpsDb-Consistency"), Is.Not.Null);
        foreach (var api in (TestApi[])[other, Site])
        {
            Assert.That((await api.GetAsync($"/api/v1/transactions/{refused}")).Text("state"), Is.EqualTo(state));
            Assert.That((await api.GetAsync("/api/v1/transactions?state=failed")).Items, Is.Empty);
            var row = await api.GetAsync($"/api/v1/executions/{id}");
            Assert.That((row.Text("comment"), row.SyncState), Is.EqualTo((comment, sync)), row.ToString());
            Assert.That((await api.GetAsync("/api/v1/executions?count=true")).Items.Single().GetProperty("comment").GetString(), Is.EqualTo(comment));
            var health = await api.GetAsync("/api/v1/site/health");
            Assert.That(health.Body.GetProperty("transaction_buffer").GetProperty("failed").GetInt32(), Is.Zero, health.ToString());
            Assert.That((await DemandAsync(api, $"/api/v1/executions/{id}", answer.Header("OpsDb-Consistency")!)).Text("comment"), Is.EqualTo(comment));
        }

        // What is shown can be built upon, in a process that was not asked, too.
        var patched = await other.PatchAsync($"/api/v1/executions/{id}", new { comment = "next" }, (await other.GetAsync($"/api/v1/executions/{id}")).ETag);
        Assert.That(patched.Status, Is.EqualTo(202), patched.ToString());
        var finish = await Site.PostAsync($"/api/v1/executions/{id}/finish", new { });
        Assert.That(finish.Status, Is.EqualTo(202), finish.ToString());
        await Eventually.TrueAsync(async () => await MainRowAsync(id) == "completed next", "both are applied");
        await ReplayAsync();
        await Eventually.TrueAsync(async () => (await Site.GetAsync($"/api/v1/executions/{id}")).SyncState == "replicated", "the replica has everything");
        Assert.That((await Site.GetAsync("/api/v1/transactions?state=failed")).Items, Is.Empty);
    }

    [Test]
    public async Task A_site_that_is_cut_off_after_an_intervention_records_on_and_shows_nothing_old()
    {
        var (id, refused) = await ConflictAsync();
        await PauseReplayAsync();
        await ResolveAsync(Site, refused, "discard", "{}");
        Servers.Relay.Down();

        var read = await Site.GetAsync($"/api/v1/executions/{id}");
        Assert.That((read.Status, read.Problem), Is.EqualTo((503, "not-yet-consistent")), read.ToString());
        var health = await Site.GetAsync("/api/v1/site/health");
        Assert.That(health.Problems, Does.Contain("does not have yet"));
        var finish = await Site.PostAsync($"/api/v1/executions/{id}/finish", new { quality = "good" });
        Assert.That(finish.Status, Is.EqualTo(202), finish.ToString());

        Servers.Relay.Up();
        await Eventually.TrueAsync(async () => await MainRowAsync(id) == "completed main", "the finish is applied");
    }

    [Test]
    public async Task Whoever_acknowledges_a_loss_at_a_site_sees_it_acknowledged_there()
    {
        await ConvergeAsync(await StartAsync(2));
        await RedisAsync("DEL", "transaction_buffer");
        await Eventually.TrueAsync(async () => (await Site.GetAsync("/health")).Problems.Contains("began anew", StringComparison.Ordinal), "the loss is told");
        const string losses = "select count(*) from site_watermark where previous_epoch is not null";
        await Eventually.TrueAsync(async () => await Installation.ReplicaAsync<int>(losses) == 1, "the databases know of it");
        await PauseReplayAsync();
        var answer = await Site.PostAsync($"/api/v1/sites/{Installation.SiteName}/acknowledge-loss", new { note = "looked after" }, null, TestTokens.Admin);
        Assert.That(answer.Status, Is.EqualTo(204), answer.ToString());
        Assert.That(answer.Header("OpsDb-Consistency"), Is.Not.Null);
        Assert.That((await Site.GetAsync("/api/v1/site/health")).ToString(), Does.Not.Contain("began anew"));
    }

    [TestCase("mean_pwv_mm", "1e308", "mean_pwv_mm")]
    [TestCase("mean_pwv_mm", "-1", "mean_pwv_mm")]
    [TestCase("comment", """{"a":1}""", "comment")]
    [TestCase("comment", "\"long\"", "comment")]
    [TestCase("quality", "\"splendid\"", "quality")]
    [TestCase("end_time", "\"2020-01-01T00:00:00Z\"", "end_time")]
    public async Task A_correction_passes_the_rules_of_the_row_that_would_come_of_it(string field, string value, string named)
    {
        var (id, refused) = await ConflictAsync();
        var steps = System.Text.Json.Nodes.JsonNode.Parse((await Main.GetAsync($"/api/v1/transactions/{refused}")).Body.GetProperty("steps").GetRawText())!;
        steps[0]!["rows"]![0]!["row"]![field] = value == "\"long\"" ? new string('x', 20_000) : System.Text.Json.Nodes.JsonNode.Parse(value);
        var answer = await ResolveAsync(Main, refused, "retry", $$"""{"overwrite":true,"steps":{{steps.ToJsonString()}}}""");
        Assert.That((answer.Status, answer.Problem), Is.EqualTo((422, "invalid-fields")), answer.ToString());
        Assert.That(answer.Body.GetProperty("errors").EnumerateObject().Select(e => e.Name), Has.Some.EqualTo(named));
        Assert.That((await Main.GetAsync($"/api/v1/executions/{id}")).Text("comment"), Is.EqualTo("main"));
        var wordy = await ResolveAsync(Main, refused, "retry", new { note = new string('x', 2001) });
        Assert.That(wordy.Problem, Is.EqualTo("invalid-fields"), "the note is bounded");
        Assert.That(await Installation.MainAsync<int>("select count(*) from transaction_intervention"), Is.Zero);
    }

    /// <summary>An execution whose comment the site and main have changed while they could not see each other; the site's change is refused.</summary>
    private async Task<(Guid Id, Guid Refused)> ConflictAsync()
    {
        var id = (await StartAsync(1)).Single();
        await ConvergeAsync([id]);
        var path = $"/api/v1/executions/{id}";
        Servers.Relay.Down();
        var refused = await Site.PatchAsync(path, new { comment = "site" }, (await Site.GetAsync(path)).ETag);
        Assert.That((await Main.PatchAsync(path, new { comment = "main" }, (await Main.GetAsync(path)).ETag)).Status, Is.EqualTo(200));
        Servers.Relay.Up();
        await Eventually.TrueAsync(async () => (await Site.GetAsync("/api/v1/transactions?state=failed")).Items.Any(),
            "the site knows that its change is refused");
        return (id, Guid.Parse(refused.Header("OpsDb-Transaction")!));
    }

    private Task<string?> MainRowAsync(Guid id) =>
        Installation.MainAsync<string>("select status || ' ' || comment from executed_obs_unit where id = @id", new { id });

    private static Task<TestAnswer> ResolveAsync(TestApi api, Guid transaction, string action, object body) =>
        api.PostAsync($"/api/v1/transactions/{transaction}/{action}", body is string text ? text : JsonSerializer.Serialize(body), null, TestTokens.Admin);
}
