using System.Text.Json;
using OpsDb.Kernel;
using OpsDb.TestKit;

namespace OpsDb.ApiTests.Identity;

/// <summary>Sessions of browsers, from the sign-in with a passphrase to their end.</summary>
[TestFixture(SiteType.Main)]
[TestFixture(SiteType.Secondary)]
public sealed class SessionTests(SiteType type) : SignInFixture(type)
{
    private const string Session = "/api/v1/session", Sessions = "/api/v1/sessions";

    [Test]
    public async Task Who_signs_in_may_do_what_their_roles_permit_at_every_process_until_they_sign_out()
    {
        var (name, _) = await UserAsync("viewer");
        var browser = await new Browser(Api).SignInAsync(name);
        foreach (var api in (TestApi[])[Api, Other])
        {
            var me = await browser.At(api).GetAsync("/api/v1/me");
            Assert.That((me.Status, me.Text("name")), Is.EqualTo((200, name)), me.ToString());
            Assert.That((await browser.At(api).GetAsync("/auth/me")).Text("name"), Is.EqualTo(name));
            Assert.That((await browser.At(api).PostAsync("/api/v1/sources", new { })).Problem, Is.EqualTo("permission-missing"));
        }
        var current = await browser.At(Other).GetAsync(Session);
        Assert.That((current.Text("csrf_token"), current.Body.GetProperty("session").GetProperty("id").GetGuid()),
            Is.EqualTo((browser.CsrfToken, browser.Session)));
        Assert.That((await browser.DeleteAsync(Session)).Status, Is.EqualTo(204));
        foreach (var api in (TestApi[])[Api, Other])
            await Eventually.TrueAsync(async () => (await browser.At(api).GetAsync(Session)).Problem == "session-over", "it is over");
        await Eventually.TrueAsync(async () => await Installation.MainAsync<string>(
            "select ended_reason from user_session where id = @id", new { id = browser.Session }) == "signed_out", "main knows how it ended");
    }

    [Test]
    public async Task The_cookie_is_for_this_host_and_no_script()
    {
        var (name, _) = await UserAsync();
        var plain = (await new Browser(Api).TryAsync(name, Passphrase)).Header("Set-Cookie")!;
        Assert.That(plain, Does.StartWith("opsdb_session=").And.Contain("; path=/; samesite=lax; httponly"));
        Assert.That(plain, Does.Not.Contain("secure").And.Not.Contain("domain"));
        // As a proxy that ends TLS passes it on.
        (string, string) trusted = ("HTTP_TRUSTED_PROXIES", "127.0.0.1");
        await using var proxied = await (SiteType == SiteType.Main ? Installation.StartMainAsync(trusted) : Installation.StartSecondaryAsync(trusted));
        var behind = await new Browser(proxied).SendAsync(HttpMethod.Post, Session, new { name, passphrase = Passphrase }, ("X-Forwarded-Proto", "https"));
        var cookie = behind.Header("Set-Cookie")!;
        Assert.That(cookie, Does.StartWith("__Host-opsdb_session=").And.Contain("; path=/; secure; samesite=lax; httponly").And.Not.Contain("domain"));
        Assert.That(cookie, Does.Contain("expires="));
        Assert.That(behind.Headers.CacheControl?.NoStore, Is.True);
        Assert.That((await new Browser(Api).SendAsync(HttpMethod.Get, Session, null, ("Cookie", cookie.Split(';')[0]))).Problem, Is.EqualTo("token-missing"));
    }

    [Test]
    public async Task What_changes_something_needs_to_come_from_a_page_of_ours()
    {
        var (name, _) = await UserAsync();
        var browser = await new Browser(Api).SignInAsync(name);
        var (cookie, token) = (("Cookie", browser.Cookie!), ("X-CSRF-Token", browser.CsrfToken!));
        Task<TestAnswer> SendAsync(params (string, string)[] headers) =>
            browser.SendAsync(HttpMethod.Post, "/api/v1/executions", new { obs_unit_id = 1, dry = true }, headers);
        Assert.That((await SendAsync(cookie)).Problem, Is.EqualTo("csrf-refused"));
        Assert.That((await SendAsync(cookie, ("X-CSRF-Token", "x"))).Problem, Is.EqualTo("csrf-refused"));
        var other = await new Browser(Api).SignInAsync(name);
        Assert.That((await SendAsync(cookie, ("X-CSRF-Token", other.CsrfToken!))).Problem, Is.EqualTo("csrf-refused"));
        foreach (var origin in (string[])["https://elsewhere.example", "null", "http://127.0.0.1:1", $"http://{Api.Address.Authority}.example"])
            Assert.That((await SendAsync(cookie, token, ("Origin", origin))).Problem, Is.EqualTo("csrf-refused"), origin);
        // Let in, and then told what is wrong with the body.
        Assert.That((await SendAsync(cookie, token)).Problem, Is.EqualTo("malformed-body"));
        Assert.That((await SendAsync(cookie, token, ("Origin", Api.Address.GetLeftPart(UriPartial.Authority)))).Problem, Is.EqualTo("malformed-body"));
        Assert.That((await browser.SendAsync(HttpMethod.Post, Session, new { name, passphrase = Passphrase }, ("Origin", "https://elsewhere.example"))).Problem,
            Is.EqualTo("csrf-refused"), "nor does a page elsewhere sign anybody in");
    }

    [Test]
    public async Task A_sign_in_makes_a_new_session_and_ends_the_one_that_the_browser_had()
    {
        var (name, _) = await UserAsync();
        var first = await new Browser(Api).SignInAsync(name);
        var second = await first.SignInAsync(name);
        Assert.That(second.Cookie, Is.Not.EqualTo(first.Cookie));
        Assert.That((await second.GetAsync(Session)).Status, Is.EqualTo(200));
        await Eventually.TrueAsync(async () => (await first.At(Other).GetAsync(Session)).Problem == "session-over", "the first is over");
        var foisted = await new Browser(Api) { Cookie = $"opsdb_session={new string('A', 64)}" }.SignInAsync(name);
        Assert.That(foisted.Cookie, Does.Not.Contain("AAAAAAAA"));
        Assert.That((await second.GetAsync(Session)).Status, Is.EqualTo(200), "that of another browser goes on");
    }

    [TestCase("opsdb_session=x")]
    [TestCase("opsdb_session=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public async Task A_cookie_that_is_none_is_refused(string cookie) =>
        Assert.That((await new Browser(Api).SendAsync(HttpMethod.Get, Session, null, ("Cookie", cookie))).Problem, Is.EqualTo("session-over"));

    [Test]
    public async Task One_s_own_sessions_are_listed_and_ended_and_nobody_else_s()
    {
        var ((name, _), (stranger, _)) = (await UserAsync(), await UserAsync());
        var (one, two) = (await new Browser(Api).SignInAsync(name), await new Browser(Api).SignInAsync(name));
        var other = await new Browser(Api).SignInAsync(stranger);
        var list = await one.GetAsync($"{Sessions}?ended=false");
        Assert.That(list.Items.Select(s => s.GetProperty("id").GetGuid()), Is.EquivalentTo((Guid[])[one.Session, two.Session]), list.ToString());
        Assert.That($"{list.Body}", Does.Not.Contain("secret"));
        Assert.That((await other.DeleteAsync($"{Sessions}/{one.Session}")).Problem, Is.EqualTo("not-found"));
        Assert.That((await one.DeleteAsync($"{Sessions}/{two.Session}")).Status, Is.EqualTo(Taken(200)));
        foreach (var api in (TestApi[])[Api, Other])
            await Eventually.TrueAsync(async () => (await two.At(api).GetAsync(Session)).Problem == "session-over", "the other one is over");
        var all = await Api.GetAsync($"{Sessions}?user_name={name}&user_name={stranger}&ended=false", TestTokens.Admin);
        Assert.That(all.Items.Select(s => s.GetProperty("id").GetGuid()), Is.EquivalentTo((Guid[])[one.Session, other.Session]));
        Assert.That((await Api.DeleteAsync($"{Sessions}/{other.Session}", null)).Status, Is.EqualTo(Taken(200)));
        await Eventually.TrueAsync(async () => (await other.GetAsync(Session)).Problem == "session-over", "whoever manages users ends it");
        Assert.That((await Api.GetAsync(Sessions, TestTokens.Observer)).Problem, Is.EqualTo("permission-missing"), "a token is no session");
        Assert.That((await Api.GetAsync(Session, TestTokens.Admin)).Problem, Is.EqualTo("not-found"));
    }

    [Test]
    public async Task A_disabled_user_is_out_at_once_and_does_not_get_in()
    {
        var (name, id) = await UserAsync();
        var browser = await new Browser(Api).SignInAsync(name);
        await Api.PostAsync($"/api/v1/users/{id}/disable", new { reason = "left" }, null, TestTokens.Admin);
        foreach (var api in (TestApi[])[Api, Other])
            await Eventually.TrueAsync(async () => (await browser.At(api).GetAsync(Session)).Problem == "session-over", "the session is over");
        Assert.That((await new Browser(Api).TryAsync(name, Passphrase)).Problem, Is.EqualTo("sign-in-refused"));
    }

    [Test]
    public async Task Whatever_is_wrong_the_answer_is_the_same()
    {
        var (name, _) = await UserAsync();
        var answers = new List<string>();
        foreach (var (user, passphrase) in ((string, string)[])
            [(name, "another passphrase"), ($"{name}x", Passphrase), ("a b", Passphrase), ("viewer", Passphrase)])
        {
            var answer = await new Browser(Api).TryAsync(user, passphrase);
            Assert.That((answer.Status, answer.Problem, answer.Header("Set-Cookie")), Is.EqualTo((401, "sign-in-refused", (string?)null)));
            answers.Add(answer.Detail);
        }
        Assert.That(answers.Distinct().Count(), Is.EqualTo(1));
    }

    [Test]
    public async Task What_happened_is_in_the_audit_trail_and_no_secret_is_anywhere()
    {
        var (name, id) = await UserAsync();
        await new Browser(Api).TryAsync(name, "wrong passphrase here");
        var browser = await new Browser(Api).SignInAsync(name);
        await browser.DeleteAsync(Session);
        async Task<IReadOnlyList<JsonElement>> TrailAsync() =>
            [.. (await Api.GetAsync($"/api/v1/audit?user_name={name}&sort=at", TestTokens.Admin)).Items];
        await Eventually.TrueAsync(async () => (await TrailAsync()).Count == 3, "all three are there");
        var trail = await TrailAsync();
        Assert.That(trail.Select(e => e.GetProperty("action").GetString()), Is.EquivalentTo((string[])["refused", "sessions.sign_in", "sessions.sign_out"]));
        Assert.That(trail.Select(e => e.GetProperty("address").GetString()), Is.All.EqualTo("127.0.0.1"));
        var refused = trail.Single(e => e.GetProperty("action").GetString() == "refused");
        Assert.That((refused.GetProperty("outcome").GetString(), refused.GetProperty("detail").GetProperty("reason").GetString()),
            Is.EqualTo(("refused", "passphrase-wrong")));
        var set = await Api.GetAsync($"/api/v1/audit?target=local_credential/{id}", TestTokens.Admin);
        Assert.That(set.Items.Single().GetProperty("action").GetString(), Is.EqualTo("credentials.set_passphrase"));

        var secret = browser.Cookie!.Split('=')[1];
        foreach (var table in (string[])["user_session", "local_credential", "audit_entry", "row_history", "applied_transaction"])
        {
            var rows = await Installation.MainAsync<string>($"select coalesce(string_agg(t::text, ''), '') from {table} t");
            Assert.That(rows, Does.Not.Contain(Passphrase).And.Not.Contain(secret).And.Not.Contain("wrong passphrase here"), table);
        }
        Assert.That($"{string.Concat(trail)}{set}", Does.Not.Contain("argon2").And.Not.Contain("_hash"));
    }
}
