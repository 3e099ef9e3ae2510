using System.Net;
using OpsDb.Kernel;
using OpsDb.TestKit;

namespace OpsDb.ApiTests.Web;

[TestFixture(SiteType.Main)]
[TestFixture(SiteType.Secondary)]
public sealed class BadInputTests(SiteType type) : SiteFixture(type)
{
    [TestCase("{", "not valid JSON")]
    [TestCase("[]", "The body is an object, not a list")]
    [TestCase("null", "null")]
    [TestCase("""{"obs_unit_id":"1"}""", "obs_unit_id: is a whole number, not text")]
    [TestCase("""{"obs_unit_id":1.5}""", "obs_unit_id: is a whole number, not 1.5")]
    [TestCase("""{}""", "obs_unit_id: is missing")]
    [TestCase("""{"obs_unit_id":1,"obs_unit_id":2}""", "obs_unit_id: is there twice")]
    [TestCase("""{"obs_unit_id":1,"colour":"red"}""", "colour: is an unknown field")]
    [TestCase("""{"obs_unit_id":1,"start_time":"yesterday"}""", "start_time")]
    [TestCase("""{"obs_unit_id":1,"start_time":"2026-11-20T03:00:00"}""", "with Z or an offset")]
    [TestCase("""{"obs_unit_id":1,"comment":"a\u0000b"}""", "U+0000")]
    [TestCase("""{"obs_unit_id":1,"comment":"a\ud800b"}""", "comment")]
    [TestCase("""{"obs_unit_id":99999999999}""", "obs_unit_id")]
    [TestCase("""{"obs_unit_id":1,"id":"not-a-uuid"}""", "id: is a UUID")]
    public async Task A_wrong_body_says_what_is_wrong(string body, string reason)
    {
        var answer = await Api.PostAsync("/api/v1/executions", body);
        Assert.That((answer.Status, answer.Problem), Is.EqualTo((400, "malformed-body")), answer.ToString());
        Assert.That(answer.Detail, Does.Contain(reason));
        Assert.That(answer.Detail, Does.Not.Contain("OpsDb.").And.Not.Contain("System."));
        Assert.That(answer.Body.GetProperty("trace_id").GetString(), Is.Not.Empty);
    }

    [Test]
    public async Task A_body_of_another_type_is_refused()
    {
        var answer = await Api.SendAsync(HttpMethod.Post, "/api/v1/executions",
            TestApi.Content("obs_unit_id=1", "application/x-www-form-urlencoded"), TestTokens.Observer);
        Assert.That((answer.Status, answer.Problem), Is.EqualTo((415, "unsupported-media-type")));
    }

    [Test]
    public async Task A_body_over_the_limit_is_refused()
    {
        var answer = await Api.PostAsync("/api/v1/executions", new { obs_unit_id = 1, comment = new string('x', 1_100_000) });
        Assert.That((answer.Status, answer.Problem), Is.EqualTo((413, "body-too-large")), answer.ToString());
        Assert.That(answer.Detail, Does.Contain("1048576"));
    }

    [Test]
    public async Task A_mistyped_id_is_told()
    {
        Assert.That((await Api.GetAsync("/api/v1/executions/123")).Status, Is.EqualTo(404));
        Assert.That((await Api.GetAsync($"/api/v1/executions/{Guid.NewGuid()}")).Problem, Is.EqualTo("not-found"));
        Assert.That((await Api.GetAsync("/api/v1/nothing")).Problem, Is.EqualTo("not-found"));
    }

    [Test]
    public async Task A_method_that_the_address_does_not_know_is_told()
    {
        var answer = await Api.SendAsync(HttpMethod.Delete, $"/api/v1/executions/{Guid.NewGuid()}", null, TestTokens.Admin);
        Assert.That((answer.Status, answer.Problem), Is.EqualTo((405, "method-not-allowed")));
    }

    [Test]
    public async Task An_empty_idempotency_key_is_refused() =>
        Assert.That((await Api.StartExecutionAsync(1, "")).Problem, Is.EqualTo("malformed-header"));

    [Test]
    public async Task A_key_of_more_than_255_characters_is_refused()
    {
        var answer = await Api.StartExecutionAsync(1, new string('k', 256));
        Assert.That((answer.Status, answer.Problem), Is.EqualTo((400, "malformed-header")));
    }

    [Test]
    public async Task A_parameter_that_is_not_known_is_refused()
    {
        var started = await Api.StartExecutionAsync();
        Assert.That((await Api.GetAsync($"/api/v1/executions/{started.Id}?as_off=2026")).Problem, Is.EqualTo("malformed-parameter"));
        Assert.That((await Api.PostAsync("/api/v1/executions?dryrun=true", new { obs_unit_id = 1 })).Problem, Is.EqualTo("malformed-parameter"));
    }

    [Test]
    public async Task Every_problem_has_a_page()
    {
        var answer = await Api.PostAsync("/api/v1/executions", "{");
        var page = await Api.GetAsync(answer.Text("type"));
        Assert.That((page.Status, page.Text("code")), Is.EqualTo((200, "malformed-body")));
    }

    [Test]
    public async Task No_token_is_asked_for_one()
    {
        var answer = await Api.SendAsync(HttpMethod.Get, "/api/v1/executions", null, null);
        Assert.That((answer.Code, answer.Problem), Is.EqualTo((HttpStatusCode.Unauthorized, "token-missing")));
        Assert.That(answer.Headers.WwwAuthenticate.ToString(), Does.StartWith("Bearer"));
    }

    [Test]
    public async Task A_wrong_token_is_told_apart_from_an_expired_and_an_unknown_one()
    {
        async Task<string?> Problem(string text) => (await Api.GetAsync("/api/v1/executions", new("x", text, []))).Problem;
        var good = TestTokens.Viewer.Text;
        var mistyped = good[..20] + (good[20] == 'A' ? 'B' : 'A') + good[21..];
        await Assert.MultipleAsync(async () =>
        {
            Assert.That(await Problem(good[..^1]), Is.EqualTo("token-malformed"), "truncated");
            Assert.That(await Problem(mistyped), Is.EqualTo("token-malformed"), "mistyped");
            Assert.That(await Problem("nonsense"), Is.EqualTo("token-malformed"));
            Assert.That(await Problem(Tokens.TokenText.Create(Tokens.TokenKind.Pat)), Is.EqualTo("token-unknown"));
            Assert.That(await Problem(TestTokens.Expired.Text), Is.EqualTo("token-expired"));
        });
    }

    [Test]
    public async Task A_token_without_the_scope_is_told_which_is_missing()
    {
        var answer = await Api.PostAsync("/api/v1/executions", new { obs_unit_id = 1 }, null, TestTokens.Viewer);
        Assert.That((answer.Status, answer.Problem), Is.EqualTo((403, "permission-missing")));
        Assert.That(answer.Detail, Does.Contain("write:executions"));
    }

    [Test]
    public async Task What_the_site_tells_of_itself_has_the_documented_fields()
    {
        // Another test of the fixture may just have written something.
        var health = await Api.GetAsync("/health");
        await Eventually.TrueAsync(async () => (health = await Api.GetAsync("/health")).Buffer("size") == 0, "nothing is pending");
        Assert.That(health.Status, Is.EqualTo(200));
        Assert.Multiple(() =>
        {
            Assert.That(health.Text("status"), Is.EqualTo("healthy"), health.ToString());
            Assert.That(health.Text("database"), Is.EqualTo("connected"));
            Assert.That(health.Text("redis"), Is.EqualTo("connected"));
            Assert.That(health.Buffer("failed"), Is.Zero);
            Assert.That(health.Text("background_processor"), Is.EqualTo(SiteType == SiteType.Main ? "not_needed" : "running").Or.EqualTo("standby"));
        });
        var stats = (await Api.GetAsync("/buffer-stats")).Body;
        foreach (var field in (string[])["pending_transactions", "failed_transactions", "processing_rate", "average_execution_time_ms"])
            Assert.That(stats.TryGetProperty(field, out _), $"{field} of {stats}");
        var info = await Api.GetAsync("/api/site/info");
        Assert.That(info.Text("site_type"), Is.EqualTo(SiteType == SiteType.Main ? "main" : "secondary"));
        Assert.That(info.Body.GetProperty("buffering_enabled").GetBoolean(), Is.EqualTo(SiteType == SiteType.Secondary));
        Assert.That(info.Text("main_db_host"), Is.EqualTo("127.0.0.1"));
        var metrics = await Api.GetAsync("/metrics");
        Assert.That(metrics.Body.GetString(), Does.Contain("opsdb_buffer_pending{").And.Contain("opsdb_http_request_seconds_bucket{"));
        Assert.That((await Api.GetAsync("/health/live")).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task The_explorer_answers() =>
        Assert.That((await Api.GetAsync("/docs/index.html")).Status, Is.EqualTo(200));
}
