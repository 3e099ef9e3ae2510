using OpsDb.Kernel;
using OpsDb.TestKit;

namespace OpsDb.ApiTests.Web;

/// <summary>How much one user, and one address without a token, may ask in a second.</summary>
[TestFixture(SiteType.Main)]
public sealed class RateLimitTests(SiteType type) : SiteFixture(type)
{
    [Test]
    public async Task A_user_who_asks_too_much_is_told_when_to_go_on_and_others_are_not_held_up()
    {
        var api = await Installation.StartMainAsync(("RATE_LIMIT_PER_ACTOR", "1"));
        var first = await api.GetAsync("/api/v1/me", TestTokens.Viewer);
        Assert.That((first.Status, first.Header("RateLimit-Limit"), first.Header("RateLimit-Remaining")), Is.EqualTo((200, "2", "1")), first.ToString());
        var refused = await RefusedAsync(() => api.GetAsync("/api/v1/me", TestTokens.Viewer));
        Assert.That((refused.Problem, refused.Header("RateLimit-Remaining"), refused.Header("Retry-After")), Is.EqualTo(("too-many-requests", "0", "1")));
        Assert.That((await api.GetAsync("/api/v1/me", TestTokens.Observer)).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task Whoever_has_no_good_token_is_limited_by_address_and_whoever_has_is_not()
    {
        var api = await Installation.StartMainAsync(("RATE_LIMIT_PER_ADDRESS", "1"));
        var unknown = TestTokens.Viewer with { Text = "opsdb_pat_" };
        Assert.That((await api.GetAsync("/api/v1/me", unknown)).Status, Is.EqualTo(401));
        var refused = await RefusedAsync(() => api.GetAsync("/api/v1/me", unknown));
        Assert.That((refused.Problem, refused.Header("RateLimit-Limit")), Is.EqualTo(("too-many-requests", "5")));
        await RefusedAsync(() => api.SendAsync(HttpMethod.Get, "/api/v1/me", null, null));
        for (var i = 0; i < 10; i++)
        {
            Assert.That((await api.GetAsync("/api/v1/me", TestTokens.Viewer)).Status, Is.EqualTo(200));
            Assert.That((await api.SendAsync(HttpMethod.Get, "/health/live", null, null)).Status, Is.EqualTo(200));
        }
    }

    [TestCase("127.0.0.0/8", "203.0.113.9")]
    [TestCase("", "127.0.0.1")]
    [TestCase("10.0.0.0/8", "127.0.0.1")]
    public async Task A_caller_s_address_is_what_a_trusted_proxy_says(string trusted, string address)
    {
        var api = await Installation.StartMainAsync(("HTTP_TRUSTED_PROXIES", trusted));
        var made = await Api.PostAsync("/api/v1/tokens", new
        {
            name = "narrow",
            scopes = (string[])["read:*"],
            expires_at = DateTimeOffset.UtcNow.AddDays(1),
            allowed_networks = (string[])["192.0.2.0/24"],
        }, null, TestTokens.Viewer);
        var token = TestTokens.Viewer with { Text = made.Body.GetProperty("token").GetString()! };
        var refused = await api.GetAsync("/api/v1/me", token, ("X-Forwarded-For", "203.0.113.9"));
        Assert.That(refused.Detail, Does.EndWith($"is not accepted from {address}."));
    }

    [TestCase("https://web.example.org", true)]
    [TestCase("https://evil.example.org", false)]
    public async Task Only_pages_that_are_listed_may_call_with_credentials(string origin, bool may)
    {
        var api = await Installation.StartMainAsync(("CORS_ORIGINS", "https://web.example.org"));
        var answer = await api.GetAsync("/api/v1/me", TestTokens.Viewer, ("Origin", origin));
        Assert.That((answer.Header("Access-Control-Allow-Origin"), answer.Header("Access-Control-Allow-Credentials")),
            Is.EqualTo(may ? (origin, "true") : ((string?)null, (string?)null)));
    }

    [TestCase("CORS_ORIGINS", "*")]
    [TestCase("CORS_ORIGINS", "https://web.example.org/")]
    [TestCase("HTTP_TRUSTED_PROXIES", "proxy")]
    [TestCase("HTTP_PUBLIC_URL", "ops.example.org")]
    public void What_would_let_in_everybody_is_no_setting(string name, string value) =>
        Assert.That(() => TestApi.Read(new(Installation.MainSettings()) { [name] = value }), Throws.Exception.With.Message.Contains(name));

    private static async Task<TestAnswer> RefusedAsync(Func<Task<TestAnswer>> ask)
    {
        TestAnswer? last = null;
        await Eventually.TrueAsync(async () => (last = await ask()).Status == 429, "it is refused");
        return last!;
    }
}
