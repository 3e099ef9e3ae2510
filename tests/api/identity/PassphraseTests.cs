using OpsDb.Kernel;
using OpsDb.Sessions;
using OpsDb.TestKit;

namespace OpsDb.ApiTests.Identity;

/// <summary>Passphrases and codes by time.</summary>
[TestFixture(SiteType.Main)]
[TestFixture(SiteType.Secondary)]
public sealed class PassphraseTests(SiteType type) : SignInFixture(type)
{
    private const string Session = "/api/v1/session", Another = "dust clouds in the southern sky";

    [Test]
    public async Task One_s_own_is_set_with_the_old_one_and_ends_the_other_sessions()
    {
        var (name, id) = await UserAsync();
        var (here, elsewhere) = (await new Browser(Api).SignInAsync(name), await new Browser(Api).SignInAsync(name));
        if (SiteType == SiteType.Secondary)
        {
            await Eventually.TrueAsync(async () => await Installation.MainAsync<int>("select count(*) from user_session where user_name = @name",
                new { name }) == 2, "main knows the sessions");
        }
        var address = $"/api/v1/users/{id}/passphrase";
        Assert.That((await here.PutAsync(address, new { passphrase = Another })).Wrong("old_passphrase"), Is.Not.Null);
        Assert.That((await here.PutAsync(address, new { passphrase = Another, old_passphrase = "no idea of it" })).Problem, Is.EqualTo("sign-in-refused"));
        var set = await here.PutAsync(address, new { passphrase = Another, old_passphrase = Passphrase });
        Assert.That(set.Status, Is.EqualTo(200), set.ToString());
        Assert.That($"{set.Body}", Does.Not.Contain("hash").And.Not.Contain("totp_secret"));
        await HasCredentialAsync(id, 2);
        await Eventually.TrueAsync(async () => (await elsewhere.GetAsync(Session)).Problem == "session-over", "the other session is over");
        Assert.That((await here.GetAsync(Session)).Status, Is.EqualTo(200));
        Assert.That((await new Browser(Api).TryAsync(name, Passphrase)).Problem, Is.EqualTo("sign-in-refused"));
        await new Browser(Other).SignInAsync(name, Another);
        Assert.That(await Installation.MainAsync<string>("select passphrase_hash from local_credential where id = @id", new { id }),
            Does.StartWith("$argon2id$v=19$m=19456,t=2,p=1$"));
    }

    [Test]
    public async Task Only_who_manages_users_sets_those_of_others()
    {
        var ((name, _), (_, stranger)) = (await UserAsync(), await UserAsync());
        var browser = await new Browser(Api).SignInAsync(name);
        Assert.That((await browser.PutAsync($"/api/v1/users/{stranger}/passphrase", new { passphrase = Another })).Problem, Is.EqualTo("not-found"));
        Assert.That((await browser.PostAsync($"/api/v1/users/{stranger}/totp/remove", new { })).Problem, Is.EqualTo("not-found"));
        var content = TestApi.Content(new { passphrase = Another }, "application/json");
        Assert.That((await Api.SendAsync(HttpMethod.Put, $"/api/v1/users/{stranger}/passphrase", content, TestTokens.Observer)).Problem,
            Is.EqualTo("permission-missing"));
    }

    [TestCase("short")]
    [TestCase("123456789012")]
    [TestCase("aaaaaaaaaaaaaaaaaaaa")]
    [TestCase("Correct Horse Battery Staple")]
    public async Task One_that_is_guessed_first_is_refused(string passphrase)
    {
        var id = (await Api.GetAsync("/api/v1/users?name=viewer", TestTokens.Admin)).Items.Single().GetProperty("id").GetInt32();
        var body = TestApi.Content(new { passphrase }, "application/json");
        var refused = await Api.SendAsync(HttpMethod.Put, $"/api/v1/users/{id}/passphrase", body, TestTokens.Admin);
        Assert.That(refused.Status, Is.EqualTo(422), refused.ToString());
        Assert.That(refused.Wrong("passphrase"), Is.Not.Null);
    }

    [Test]
    public async Task Codes_are_asked_for_once_one_was_shown_and_each_is_taken_once()
    {
        var (name, id) = await UserAsync();
        var browser = await new Browser(Api).SignInAsync(name);
        var address = $"/api/v1/users/{id}/totp";
        Assert.That((await browser.PostAsync(address, new { })).Wrong("passphrase"), Is.Not.Null);
        var begun = await browser.PostAsync(address, new { passphrase = Passphrase });
        var secret = begun.Text("address").Split("secret=")[1].Split('&')[0];
        await HasCredentialAsync(id, 2);
        await new Browser(Api).SignInAsync(name);
        Assert.That((await browser.PostAsync($"{address}/confirm", new { code = "abc" })).Wrong("code"), Is.Not.Null);
        // The one before, so that the present one is left for signing in.
        var confirmed = await browser.PostAsync($"{address}/confirm", new { code = Totp.CodeAt(secret, DateTimeOffset.UtcNow.AddSeconds(-30)) });
        Assert.That(confirmed.Status, Is.EqualTo(200), confirmed.ToString());
        await HasCredentialAsync(id, 3);

        Assert.That((await new Browser(Api).TryAsync(name, Passphrase)).Problem, Is.EqualTo("totp-needed"));
        Assert.That((await new Browser(Api).TryAsync(name, "wrong passphrase")).Problem, Is.EqualTo("sign-in-refused"), "who does not know it learns nothing");
        Assert.That((await new Browser(Api).TryAsync(name, Passphrase, "000000")).Problem, Is.EqualTo("sign-in-refused"));
        var code = Totp.CodeAt(secret, DateTimeOffset.UtcNow);
        await new Browser(Api).SignInAsync(name, Passphrase, code);
        Assert.That((await new Browser(Other).TryAsync(name, Passphrase, code)).Problem, Is.EqualTo("sign-in-refused"), "it was seen at another process");
        Assert.That(await Installation.MainAsync<string>("select totp_secret from local_credential where id = @id", new { id }),
            Does.StartWith("v1.").And.Not.Contain(secret));
        Assert.That((await browser.PostAsync(address, new { passphrase = Passphrase })).Problem, Is.EqualTo("state-conflict"));

        var removed = await Api.PostAsync($"{address}/remove", new { }, null, TestTokens.Admin);
        Assert.That(removed.Status, Is.EqualTo(200), removed.ToString());
        await HasCredentialAsync(id, 4);
        await new Browser(Api).SignInAsync(name);
        var trail = await Installation.MainAsync<string>("select string_agg(action, ' ' order by at) from audit_entry where target = @target",
            new { target = $"local_credential/{id}" });
        Assert.That(trail, Is.EqualTo("credentials.set_passphrase credentials.begin_totp credentials.confirm_totp credentials.remove_totp"));
    }
}
