using OpsDb.Kernel;
using OpsDb.TestKit;

namespace OpsDb.ApiTests.Identity;

/// <summary>Access tokens of a real provider, over HTTP.</summary>
[TestFixture(SiteType.Main)]
[TestFixture(SiteType.Secondary)]
public sealed class ForeignTokenTests(SiteType type) : SiteFixture(type)
{
    [Test]
    public async Task A_program_uses_its_provider_s_token_also_while_the_provider_is_away()
    {
        string token;
        TestTokens caller;
        (string, string)[] settings;
        await using (var provider = await AccessTokenProvider.StartAsync())
        {
            settings = Settings(provider);
            var api = await StartAsync(settings);
            (token, caller) = await CallerAsync(provider);
            Assert.That((await api.GetAsync("/api/v1/me", caller)).Problem, Is.EqualTo("account-unknown"));
            await LinkAsync(provider, "viewer");
            await Eventually.TrueAsync(async () => (await api.GetAsync("/api/v1/me", caller)).Status == 200, "the account is linked");
            Assert.That((await api.GetAsync("/api/v1/me", caller)).Text("name"), Is.EqualTo("viewer"));
            Assert.That((await api.PostAsync("/api/v1/sources", new { }, null, caller)).Status, Is.EqualTo(403));

            var narrow = Caller(await provider.TokenAsync("read:sources"));
            Assert.That((await api.GetAsync("/api/v1/sources?limit=1", narrow)).Status, Is.EqualTo(200));
            Assert.That((await api.GetAsync("/api/v1/executions?limit=1", narrow)).Problem, Is.EqualTo("permission-missing"));

            foreach (var wrong in (string[])[token[..^4], $"{token}x", "a.b.c", "x", $"{token}.x.y"])
                Assert.That((await api.GetAsync("/api/v1/me", Caller(wrong))).Status, Is.EqualTo(401), wrong);
            Assert.That((await Api.GetAsync("/api/v1/me", caller)).Problem, Is.EqualTo("token-malformed"), "where no provider is named");
            await Eventually.TrueAsync(async () => await KeptAsync(provider.Issuer), "the site has the provider's keys");
        }
        var later = await StartAsync(settings);
        Assert.That((await later.GetAsync("/api/v1/me", caller)).Status, Is.EqualTo(200), "a new process knows the keys");
    }

    [Test]
    public async Task The_provider_is_asked_about_tokens_that_only_it_can_read()
    {
        TestTokens another;
        TestApi api;
        await using (var provider = await AccessTokenProvider.StartAsync(opaque: true))
        {
            api = await StartAsync([.. Settings(provider), ("JWT_INTROSPECTION_URL", $"{provider.Issuer}introspect"),
                ("JWT_INTROSPECTION_CLIENT_ID", AccessTokenProvider.Audience), ("JWT_INTROSPECTION_CLIENT_SECRET", AccessTokenProvider.Secret)]);
            var (_, caller) = await CallerAsync(provider);
            await LinkAsync(provider, "observer");
            await Eventually.TrueAsync(async () => (await api.GetAsync("/api/v1/me", caller)).Status == 200, "the account is linked");
            Assert.That((await api.GetAsync("/api/v1/me", Caller("unknown"))).Problem, Is.EqualTo("token-unknown"));
            another = Caller(await provider.TokenAsync());
        }
        var refused = await api.GetAsync("/api/v1/me", another);
        Assert.That((refused.Status, refused.Problem), Is.EqualTo((503, "identity-provider-unreachable")), refused.ToString());
        Assert.That((await api.GetAsync("/api/v1/me", TestTokens.Viewer)).Status, Is.EqualTo(200), "OpsDb's own tokens go on");
    }

    private static TestTokens Caller(string token) => new("foreign", token, []);

    private static async Task<(string Token, TestTokens Caller)> CallerAsync(AccessTokenProvider provider) =>
        await provider.TokenAsync() is var token ? (token, Caller(token)) : default;

    private static (string, string)[] Settings(AccessTokenProvider provider) =>
        [("JWT_ISSUER", provider.Issuer), ("JWT_AUDIENCE", AccessTokenProvider.Audience)];

    private Task<TestApi> StartAsync((string, string)[] settings) =>
        SiteType == SiteType.Main ? Installation.StartMainAsync(settings) : Installation.StartSecondaryAsync(settings);

    private async Task LinkAsync(AccessTokenProvider provider, string name)
    {
        var user = (await Api.GetAsync($"/api/v1/users?name={name}", TestTokens.Admin)).Items.Single().GetProperty("id").GetInt32();
        var linked = await Api.PostAsync("/api/v1/user-identities",
            new { app_user_id = user, issuer = provider.Issuer, subject = AccessTokenProvider.Client }, null, TestTokens.Admin);
        Assert.That(linked.Status, Is.EqualTo(201), linked.ToString());
    }

    private async Task<bool> KeptAsync(string issuer)
    {
        const string kept = "select count(*) from provider_keys where issuer = @issuer";
        var parameters = new { issuer };
        return (SiteType == SiteType.Main ? await Installation.MainAsync<int>(kept, parameters) : await Installation.ReplicaAsync<int>(kept, parameters)) == 1;
    }
}
