using System.Net;
using OpsDb.Kernel;
using OpsDb.TestKit;

namespace OpsDb.ApiTests.Identity;

/// <summary>Signing in by OpenID Connect.</summary>
[TestFixture(SiteType.Main)]
[TestFixture(SiteType.Secondary)]
public sealed class OidcTests(SiteType type) : SiteFixture(type)
{
    [Test]
    public async Task Somebody_new_signs_in_begun_at_one_process_and_finished_at_another_and_is_known_from_then_on()
    {
        await using var provider = await OidcProvider.StartAsync();
        (provider.Name, provider.Groups) = ($"u{Guid.NewGuid():n}", ["/operators", "/others"]);
        var (one, two) = (await StartAsync(provider), await StartAsync(provider));
        using var visitor = new Visitor();
        var callback = await visitor.ToCallbackAsync(new(one.Address, "/login/oidc?return_to=/plans"));
        Assert.That(callback.AbsolutePath, Is.EqualTo("/login/oidc/callback"));
        var done = await visitor.GoAsync(new UriBuilder(callback) { Port = two.Address.Port }.Uri);
        Assert.That((done.Status, done.Next?.PathAndQuery), Is.EqualTo((HttpStatusCode.Redirect, "/plans")), $"{done}");
        var me = (await visitor.GoAsync(new(one.Address, "/api/v1/me"))).Body;
        Assert.That((me.GetProperty("name").GetString(), $"{me.GetProperty("roles")}"), Is.EqualTo((provider.Name, "[\"observer\"]")));
        Assert.That(await Installation.MainAsync<string>("select issuer || ' ' || subject from user_identity where subject = @subject",
            new { subject = provider.Subject }), Is.EqualTo($"{provider.Address}/ {provider.Subject}"));

        // Another name at the provider makes no other user.
        var name = provider.Name;
        provider.Name = $"u{Guid.NewGuid():n}";
        using var again = new Visitor();
        await again.GoAsync(await again.ToCallbackAsync(new(one.Address, "/login/oidc")));
        Assert.That((await again.GoAsync(new(one.Address, "/api/v1/me"))).Body.GetProperty("name").GetString(), Is.EqualTo(name));
    }

    [Test]
    public async Task What_does_not_belong_to_the_sign_in_that_was_begun_is_refused()
    {
        await using var provider = await OidcProvider.StartAsync();
        provider.Name = $"u{Guid.NewGuid():n}";
        var api = await StartAsync(provider);
        using var visitor = new Visitor();
        var callback = await visitor.ToCallbackAsync(new(api.Address, "/login/oidc"));
        using var stranger = new Visitor();
        Assert.That((await stranger.GoAsync(callback)).Problem, Is.EqualTo("provider-refused"), "another browser");
        Assert.That((await visitor.GoAsync(callback)).Problem, Is.EqualTo("provider-refused"), "a state that was used");
        provider.ChangesNonce = true;
        var wrong = await visitor.GoAsync(await visitor.ToCallbackAsync(new(api.Address, "/login/oidc")));
        Assert.That((wrong.Status, wrong.Problem), Is.EqualTo((HttpStatusCode.Unauthorized, "provider-refused")), "another nonce");
        (provider.ChangesNonce, provider.Name) = (false, null);
        var nameless = await visitor.GoAsync(await visitor.ToCallbackAsync(new(api.Address, "/login/oidc")));
        Assert.That((nameless.Problem, $"{nameless.Body}"), Is.EqualTo(("provider-refused", $"{nameless.Body}")));
        Assert.That($"{nameless.Body}", Does.Contain("preferred_username"));
        Assert.That((await visitor.GoAsync(new(api.Address, "/api/v1/me"))).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task A_provider_that_is_away_is_told()
    {
        var provider = await OidcProvider.StartAsync();
        var api = await StartAsync(provider);
        await provider.DisposeAsync();
        using var visitor = new Visitor();
        var away = await visitor.GoAsync(new(api.Address, "/login/oidc"));
        Assert.That((away.Status, away.Problem), Is.EqualTo((HttpStatusCode.ServiceUnavailable, "provider-unreachable")), $"{away}");
    }

    private Task<TestApi> StartAsync(OidcProvider provider)
    {
        (string, string)[] settings =
        [
            ("OIDC_ISSUER", $"{provider.Address}/"), ("OIDC_CLIENT_ID", OidcProvider.Client), ("OIDC_CLIENT_SECRET", OidcProvider.Secret),
            ("OIDC_ROLE_CLAIM", "groups"), ("OIDC_ROLE_MAP", "{\"/operators\": \"observer\"}"),
        ];
        return SiteType == SiteType.Main ? Installation.StartMainAsync(settings) : Installation.StartSecondaryAsync(settings);
    }
}
