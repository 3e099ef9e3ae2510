using OpsDb.Kernel;
using OpsDb.TestKit;

namespace OpsDb.ApiTests.Web;

/// <summary>What keeps pages elsewhere from using a browser against the API.</summary>
[TestFixture(SiteType.Main)]
public sealed class BrowserTests(SiteType type) : SiteFixture(type)
{
    [TestCase("/health")]
    [TestCase("/docs/index.html")]
    [TestCase("/docs/swagger-ui.css")]
    [TestCase("/openapi/v1.json")]
    [TestCase("/api/v1/sources")]
    [TestCase("/api/v1/sources/999999")]
    [TestCase("/nothing")]
    public async Task Every_answer_has_the_headers_that_bind_a_browser(string path)
    {
        var answer = await Api.GetAsync(path);
        Assert.Multiple(() =>
        {
            Assert.That(answer.Header("X-Content-Type-Options"), Is.EqualTo("nosniff"));
            Assert.That(answer.Header("X-Frame-Options"), Is.EqualTo("DENY"));
            Assert.That(answer.Header("Referrer-Policy"), Is.EqualTo("no-referrer"));
            Assert.That(answer.Header("Content-Security-Policy"),
                Does.StartWith("default-src 'none'").And.Contain("frame-ancestors 'none'").And.Not.Contain("unsafe"));
        });
    }

    [Test]
    public async Task The_explorer_needs_nothing_that_its_policy_forbids()
    {
        var page = (await Api.GetAsync("/docs/index.html")).Body.GetString()!;
        Assert.That(page, Does.Not.Match("<script(?![^>]*\\ssrc=)").And.Not.Contain("<style").And.Not.Match("\\son[a-z]+="));
        foreach (var file in (string[])["swagger-ui.css", "index.css", "swagger-ui-bundle.js", "swagger-ui-standalone-preset.js", "index.js"])
            Assert.That((await Api.GetAsync($"/docs/{file}")).Status, Is.EqualTo(200), file);
        Assert.That((await Api.GetAsync("/docs/index.html")).Header("Content-Security-Policy"), Does.Contain("script-src 'self'"));
    }

    [TestCase("127.0.0.1", true)]
    [TestCase("localhost:8000", true)]
    [TestCase("[::1]:8000", true)]
    [TestCase("LOCALHOST", true)]
    [TestCase("evil.example.org", false)]
    [TestCase("127.0.0.1.example.org", false)]
    [TestCase("10.1.2.3", false)]
    public async Task An_API_on_the_loopback_is_called_by_its_names_alone(string host, bool taken)
    {
        var answer = await Api.SendAsync(HttpMethod.Get, "/health/live", null, null, ("Host", host));
        Assert.That((answer.Status, answer.Problem), Is.EqualTo(taken ? (200, null) : (400, (string?)"malformed-header")), answer.ToString());
    }

    [TestCase("", "http://0.0.0.0:0", "10.1.2.3", true)]
    [TestCase("", "http://0.0.0.0:0", "evil.example.org", false)]
    [TestCase("ops.example.org, *.obs.example.org", "http://127.0.0.1:0", "ops.example.org", true)]
    [TestCase("ops.example.org, *.obs.example.org", "http://127.0.0.1:0", "a.obs.example.org", true)]
    [TestCase("ops.example.org, *.obs.example.org", "http://127.0.0.1:0", "obs.example.net", false)]
    [TestCase("*", "http://127.0.0.1:0", "anything.example.org", true)]
    public async Task Other_names_are_a_setting(string allowed, string url, string host, bool taken)
    {
        await using var app = DataApi.DataApiBase.Build(TestApi.Read(new(Installation.MainSettings())
        {
            ["HTTP_ALLOWED_HOSTS"] = allowed,
            ["HTTP_URL"] = url,
            ["HTTP_ALLOW_PLAIN"] = "true",
        }));
        await app.StartAsync();
        await using var api = TestApi.At(app.Urls.First().Replace("0.0.0.0", "127.0.0.1", StringComparison.Ordinal));
        Assert.That((await api.SendAsync(HttpMethod.Get, "/health/live", null, null, ("Host", host))).Status, Is.EqualTo(taken ? 200 : 400));
    }

    [Test]
    public async Task More_headers_than_anybody_needs_are_refused()
    {
        var answer = await Api.GetAsync("/health/live", null, [.. Enumerable.Range(0, 100).Select(i => ($"X-Header-{i}", "x"))]);
        Assert.That(answer.Status, Is.EqualTo(431));
    }
}
