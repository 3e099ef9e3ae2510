using System.Net;
using OpsDb.Kernel;
using OpsDb.TestKit;

namespace OpsDb.ApiTests.Web;

/// <summary>HEAD, OPTIONS, and methods that an address does not take.</summary>
[TestFixture(SiteType.Main)]
[TestFixture(SiteType.Secondary)]
public sealed class MethodTests(SiteType type) : SiteFixture(type)
{
    private static readonly string[] Varying = ["Date", "OpsDb-As-Of", "OpsDb-Consistency", "Transfer-Encoding", "Content-Length"];

    [TestCase("/health")]
    [TestCase("/health/live")]
    [TestCase("/health/ready")]
    [TestCase("/openapi/v1.json")]
    [TestCase("/docs/index.html")]
    [TestCase("/problems")]
    [TestCase("/problems/not-found")]
    [TestCase("/metrics")]
    [TestCase("/buffer-stats")]
    [TestCase("/api/site/info")]
    [TestCase("/api/v1/sources")]
    [TestCase("/api/v1/sources?limit=1")]
    [TestCase("/api/v1/sources/1")]
    [TestCase("/api/v1/sources/999999")]
    [TestCase("/api/v1/transactions?state=failed")]
    [TestCase("/api/v1/sources?nonsense=1")]
    [TestCase("/nothing")]
    public async Task HEAD_answers_as_GET_does_without_the_body(string path)
    {
        using var http = new HttpClient { BaseAddress = Api.Address };
        using var head = await SendAsync(http, HttpMethod.Head, path);
        using var get = await SendAsync(http, HttpMethod.Get, path);
        var body = await get.Content.ReadAsByteArrayAsync();
        Assert.Multiple(() =>
        {
            Assert.That(head.StatusCode, Is.EqualTo(get.StatusCode));
            Assert.That(Names(head), Is.EqualTo(Names(get)));
            Assert.That(head.Headers.ETag, Is.EqualTo(get.Headers.ETag));
            Assert.That(head.Content.Headers.ContentType, Is.EqualTo(get.Content.Headers.ContentType));
        });
        Assert.That(await head.Content.ReadAsByteArrayAsync(), Is.Empty);
        // What counts changes from one request to the next; the length of a file or of the document is not told.
        if (path is not ("/metrics" or "/openapi/v1.json" or "/docs/index.html") && head.StatusCode == HttpStatusCode.OK)
            Assert.That(head.Content.Headers.ContentLength, Is.EqualTo(body.Length));
    }

    [Test]
    public async Task HEAD_with_a_known_tag_is_304()
    {
        var read = await Api.GetAsync("/api/v1/sources/1");
        Assert.That((await Api.SendAsync(HttpMethod.Head, "/api/v1/sources/1", null, TestTokens.Viewer, ("If-None-Match", read.ETag))).Status, Is.EqualTo(304));
    }

    [Test]
    public async Task HEAD_needs_what_GET_needs()
    {
        Assert.That((await Api.SendAsync(HttpMethod.Head, "/api/v1/sources/1", null, null)).Status, Is.EqualTo(401));
        Assert.That((await Api.SendAsync(HttpMethod.Head, "/api/v1/executions", null, TestTokens.Expired)).Status, Is.EqualTo(401));
    }

    [TestCase("/health", "GET, HEAD, OPTIONS")]
    [TestCase("/docs/index.html", "GET, HEAD, OPTIONS")]
    [TestCase("/openapi/v1.json", "GET, HEAD, OPTIONS")]
    [TestCase("/api/v1/executions", "GET, HEAD, OPTIONS, POST")]
    [TestCase("/api/v1/executions/0192f0c0-0000-7000-8000-000000000000", "GET, HEAD, OPTIONS, PATCH")]
    [TestCase("/api/v1/executions/0192f0c0-0000-7000-8000-000000000000/finish", "OPTIONS, POST")]
    [TestCase("/executed_obs_units/0192f0c0-0000-7000-8000-000000000000/finish", "OPTIONS, PUT")]
    public async Task OPTIONS_tells_anybody_the_methods_of_an_address(string path, string methods)
    {
        using var http = new HttpClient { BaseAddress = Api.Address };
        using var request = new HttpRequestMessage(HttpMethod.Options, path);
        using var answer = await http.SendAsync(request);
        Assert.That((answer.StatusCode, string.Join(", ", answer.Content.Headers.Allow)), Is.EqualTo((HttpStatusCode.NoContent, methods)));
        Assert.That(await answer.Content.ReadAsByteArrayAsync(), Is.Empty);

        using var wrong = new HttpRequestMessage(HttpMethod.Delete, path);
        using var refused = await http.SendAsync(wrong);
        Assert.That((refused.StatusCode, string.Join(", ", refused.Content.Headers.Allow)), Is.EqualTo((HttpStatusCode.MethodNotAllowed, methods)));
    }

    [TestCase("HEAD")]
    [TestCase("OPTIONS")]
    [TestCase("GET")]
    [TestCase("DELETE")]
    public async Task An_unknown_address_is_404_for_every_method(string method) =>
        Assert.That((await Api.SendAsync(new(method), "/api/v1/nothing", null, null)).Status, Is.EqualTo(404));

    [Test]
    public async Task A_page_that_may_call_is_told_so()
    {
        await using var api = await TestApi.StartUnreadyAsync(new(Installation.MainSettings()) { ["CORS_ORIGINS"] = "https://pages.example.org" });
        foreach (var (origin, allowed) in ((string, string?)[])[("https://pages.example.org", "https://pages.example.org"),
            ("https://other.example.org", null)])
        {
            var answer = await api.SendAsync(HttpMethod.Options, "/api/v1/executions", null, null, ("Origin", origin),
                ("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "authorization"));
            Assert.That((answer.Status, answer.Header("Access-Control-Allow-Origin")), Is.EqualTo((204, allowed)));
            Assert.That(answer.Header("Access-Control-Allow-Credentials"), Is.EqualTo(allowed is null ? null : "true"), "with the session's cookie");
        }
    }

    private static Task<HttpResponseMessage> SendAsync(HttpClient http, HttpMethod method, string path)
    {
        var request = new HttpRequestMessage(method, path);
        request.Headers.Authorization = new("Bearer", TestTokens.Viewer.Text);
        return http.SendAsync(request);
    }

    private static IEnumerable<string> Names(HttpResponseMessage answer) =>
        answer.Headers.Concat(answer.Content.Headers).Select(h => h.Key).Except(Varying).Order(StringComparer.Ordinal);
}
