using OpsDb.Kernel;
using OpsDb.TestKit;
using OpsDb.Tokens;

namespace OpsDb.ApiTests.Web;

/// <summary>How often a token may ask, and how often an address may be refused.</summary>
[TestFixture(SiteType.Main)]
public sealed class RateLimitTests(SiteType type) : SiteFixture(type)
{
    private const string Sources = "/api/v1/sources?limit=1";

    [Test]
    public async Task A_token_that_asks_too_often_waits_and_others_do_not()
    {
        await using var api = await Installation.StartMainAsync(("HTTP_ACTOR_RATE", "1"));
        var first = await api.GetAsync(Sources, TestTokens.Viewer);
        Assert.That((first.Header("RateLimit-Limit"), first.Header("RateLimit-Remaining"), first.Header("RateLimit-Reset")), Is.EqualTo(("10", "9", "1")));
        var answers = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => api.GetAsync(Sources, TestTokens.Viewer)));
        var refused = answers.Where(a => a.Status == 429).ToList();
        Assert.That(refused, Is.Not.Empty);
        Assert.That(refused.Select(a => (a.Problem, a.Header("RateLimit-Remaining"), a.Header("Retry-After"))),
            Is.All.EqualTo(("too-many-requests", "0", "1")));
        Assert.That((await api.GetAsync(Sources, TestTokens.Observer)).Status, Is.EqualTo(200), "another token");
        await Eventually.TrueAsync(async () => (await api.GetAsync(Sources, TestTokens.Viewer)).Status == 200, "after a second it goes on");
    }

    [Test]
    public async Task An_address_that_is_refused_too_often_is_not_looked_at_but_for_those_who_were_let_in()
    {
        await using var api = await Installation.StartMainAsync(("HTTP_ADDRESS_REFUSALS", "1"));
        Assert.That((await api.GetAsync(Sources, TestTokens.Viewer)).Status, Is.EqualTo(200));
        var answers = await Task.WhenAll(Enumerable.Range(0, 120).Select(_ => api.GetAsync(Sources, new("x", TokenText.Create(TokenKind.Pat), []))));
        Assert.That(answers.Select(a => a.Status).Distinct(), Is.EquivalentTo((int[])[401, 429]));
        Assert.That(answers.Count(a => a.Status == 401), Is.AtLeast(29).And.LessThan(100));
        Assert.That((await api.GetAsync(Sources, TestTokens.Viewer)).Status, Is.EqualTo(200), "who was let in goes on");
        await Eventually.TrueAsync(async () => (await api.GetAsync(Sources, TestTokens.Observer)).Status == 200, "others are let in after a while");
    }

    [Test]
    public async Task Only_trusted_proxies_say_where_a_request_comes_from()
    {
        var made = await Api.PostAsync("/api/v1/tokens", new
        {
            name = $"{Guid.NewGuid()}",
            scopes = (string[])["read:*"],
            expires_at = DateTimeOffset.UtcNow.AddDays(1),
            allowed_networks = (string[])["192.0.2.0/24"],
        }, null, TestTokens.Admin);
        var token = new TestTokens("made", made.Body.GetProperty("token").GetString()!, []);
        await using var behind = await Installation.StartMainAsync(("HTTP_TRUSTED_PROXIES", "127.0.0.0/8, 2001:db8::1"));
        async Task<int> StatusAsync(TestApi api, string from) => (await api.GetAsync(Sources, token, ("X-Forwarded-For", from))).Status;
        Assert.That(await StatusAsync(behind, "192.0.2.7"), Is.EqualTo(200));
        Assert.That(await StatusAsync(behind, "192.0.2.7, 2001:db8::1"), Is.EqualTo(200), "through two of them");
        Assert.That(await StatusAsync(behind, "192.0.2.7, 198.51.100.1"), Is.EqualTo(403), "what somebody else says is not believed");
        Assert.That(await StatusAsync(behind, "nonsense"), Is.EqualTo(403));
        Assert.That(await StatusAsync(Api, "192.0.2.7"), Is.EqualTo(403), "nobody is trusted who is not named");
    }
}
