using System.Net;
using OpsDb.DataApi;
using OpsDb.Kernel;
using OpsDb.TestKit;

namespace OpsDb.ApiTests.Identity;

/// <summary>Tokens over HTTP: everybody makes their own, and none that permits more than the one it is asked for with.</summary>
[TestFixture(SiteType.Main)]
[TestFixture(SiteType.Secondary)]
public sealed class TokenTests(SiteType type) : SiteFixture(type)
{
    private const string Tokens = "/api/v1/tokens";

    private static DateTimeOffset Tomorrow => DateTimeOffset.UtcNow.AddDays(1);

    [Test]
    public async Task A_token_is_shown_once_and_works()
    {
        var key = $"{Guid.NewGuid()}";
        var body = new { name = "script", scopes = (string[])["read:executions"], expires_at = Tomorrow };
        var made = await Api.PostAsync(Tokens, body, key, TestTokens.Observer);
        Assert.That(made.Status, Is.EqualTo(201), made.ToString());
        var token = Token(made);
        Assert.That(made.Body.GetProperty("details").GetProperty("user_name").GetString(), Is.EqualTo("observer"));
        Assert.That($"{made.Body.GetProperty("details")}", Does.Not.Contain("hash"));
        await WorksAsync(token);
        Assert.That((await Api.GetAsync("/api/v1/sources", token)).Problem, Is.EqualTo("permission-missing"));

        var again = await Other.PostAsync(Tokens, body, key, TestTokens.Observer);
        Assert.That((again.Status, again.Body.GetProperty("token").ValueKind), Is.EqualTo((201, System.Text.Json.JsonValueKind.Null)), again.ToString());
        Assert.That(again.Body.GetProperty("details").GetProperty("id").GetGuid(), Is.EqualTo(Id(made)));
    }

    [TestCase("write:sources", TestName = "More than the user may do")]
    [TestCase("*:*", TestName = "Everything")]
    [TestCase("write:*", TestName = "Any resource")]
    [TestCase("*:executions", TestName = "Any action")]
    public async Task A_token_permits_no_more_than_its_user_may_do(string scope)
    {
        var refused = await Api.PostAsync(Tokens, new { name = "x", scopes = (string[])["read:*", scope], expires_at = Tomorrow }, null, TestTokens.Observer);
        Assert.That((refused.Status, refused.Problem), Is.EqualTo((422, "invalid-fields")), refused.ToString());
        Assert.That(refused.Wrong("scopes[1]"), Does.StartWith("is more than the token permits"));
    }

    [Test]
    public async Task A_narrow_token_makes_no_wider_one()
    {
        var narrow = await MakeAsync(["write:tokens", "read:tokens", "read:sources"]);
        Assert.That((await Api.PostAsync(Tokens, new { name = "x", scopes = (string[])["read:executions"], expires_at = Tomorrow }, null, narrow)).Status,
            Is.EqualTo(422));
        var inner = await Api.PostAsync(Tokens, new { name = "x", scopes = (string[])["read:sources"], expires_at = Tomorrow }, null, narrow);
        Assert.That(inner.Status, Is.EqualTo(201), inner.ToString());
        var widened = await Api.PatchAsync($"{Tokens}/{Id(inner)}", new { scopes = (string[])["read:*"] }, "*", narrow);
        Assert.That((widened.Status, widened.Problem), Is.EqualTo((422, "invalid-fields")), widened.ToString());
        var renamed = await Api.PatchAsync($"{Tokens}/{Id(inner)}", new { name = "y", allowed_networks = (string[])["203.0.113.0/24"] }, "*", narrow);
        Assert.That(renamed.Status, Is.EqualTo(200), renamed.ToString());
        await Eventually.TrueAsync(async () => (await Api.GetAsync("/api/v1/sources", Token(inner))).Problem == "address-not-allowed", "the block holds");
    }

    [Test]
    public async Task Nobody_sees_or_ends_another_user_s_tokens_but_those_who_manage_users()
    {
        var made = await Api.PostAsync(Tokens, new { name = "mine", scopes = (string[])["read:*"], expires_at = Tomorrow }, null, TestTokens.Observer);
        var path = $"{Tokens}/{Id(made)}";
        await SeenAsync(Id(made));
        Assert.That((await Api.GetAsync(path, TestTokens.Viewer)).Status, Is.EqualTo(404));
        Assert.That((await Api.GetAsync(path, TestTokens.Observer)).Status, Is.EqualTo(200));
        Assert.That((await Api.GetAsync(path, TestTokens.Admin)).Status, Is.EqualTo(200));
        var listed = await Api.GetAsync($"{Tokens}?user_name=observer&limit=1000", TestTokens.Viewer);
        Assert.That(listed.Items, Is.Empty);
        Assert.That((await Api.GetAsync($"{Tokens}?limit=1000", TestTokens.Viewer)).Items.Select(t => t.GetProperty("user_name").GetString()),
            Is.All.EqualTo("viewer"));
        Assert.That((await Api.PostAsync($"{path}/revoke", null, null, TestTokens.ExecutionReader)).Status, Is.EqualTo(403));
        Assert.That((await Api.PatchAsync(path, new { name = "x" }, "*", TestTokens.Viewer)).Status, Is.EqualTo(404));
        var other = await Api.PostAsync(Tokens, new { name = "x", scopes = (string[])["read:*"], expires_at = Tomorrow, user_name = "viewer" }, null,
            TestTokens.Observer);
        Assert.That((other.Status, other.Problem), Is.EqualTo((403, "permission-missing")), other.ToString());
        var byAdmin = await Api.PostAsync(Tokens, new { name = "x", scopes = (string[])["write:executions"], expires_at = Tomorrow, user_name = "viewer" },
            null, TestTokens.Admin);
        Assert.That(byAdmin.Wrong("scopes[0]"), Does.StartWith("is more than viewer may do"), byAdmin.ToString());
    }

    [Test]
    public async Task A_revoked_token_ends_at_every_process_of_the_site()
    {
        var (token, id) = await MadeAsync(["read:executions"]);
        await WorksAsync(token);
        var revoked = await Api.PostAsync($"{Tokens}/{id}/revoke", null, null, TestTokens.Observer);
        Assert.That(revoked.Status, Is.EqualTo(Taken(200)), revoked.ToString());
        foreach (var api in (TestApi[])[Api, Other])
            await Eventually.TrueAsync(async () => (await api.GetAsync("/api/v1/executions?limit=1", token)).Problem == "token-unknown", "it is refused");
        var again = await Api.PostAsync($"{Tokens}/{id}/revoke", null, null, TestTokens.Observer);
        Assert.That(again.Status, Is.EqualTo(200), "once more changes nothing");
    }

    [Test]
    public async Task A_rotated_token_works_beside_the_new_one_for_a_while()
    {
        var (token, id) = await MadeAsync(["read:executions"]);
        await SeenAsync(id);
        var rotated = await Api.PostAsync($"{Tokens}/{id}/rotate", new { overlap_hours = 1 }, null, TestTokens.Observer);
        Assert.That(rotated.Status, Is.EqualTo(201), rotated.ToString());
        Assert.That(rotated.Body.GetProperty("details").GetProperty("rotated_from").GetGuid(), Is.EqualTo(id));
        await WorksAsync(Token(rotated));
        await WorksAsync(token);
        var old = (await Api.GetAsync($"{Tokens}/{id}", TestTokens.Admin, ("OpsDb-Min-Consistency", rotated.Header("OpsDb-Consistency")!))).Body;
        Assert.That(old.GetProperty("expires_at").GetDateTimeOffset(), Is.EqualTo(DateTimeOffset.UtcNow.AddHours(1)).Within(TimeSpan.FromMinutes(2)));
        Assert.That((await Api.PostAsync($"{Tokens}/{id}/rotate", new { overlap_hours = 721 }, null, TestTokens.Observer)).Status, Is.EqualTo(422));
    }

    [Test]
    public async Task A_token_s_use_is_written_now_and_then_and_never_by_a_request()
    {
        var often = ("TOKEN_USE_INTERVAL", "1");
        var api = SiteType == SiteType.Main ? await Installation.StartMainAsync(often) : await Installation.StartSecondaryAsync(often);
        var (token, id) = await MadeAsync(["read:executions", "read:tokens"]);
        const int requests = 20;
        for (var i = 0; i < requests; i++)
            await api.GetAsync("/api/v1/executions?limit=1", token);
        await Eventually.TrueAsync(async () => (await Api.GetAsync($"{Tokens}/{id}/use", token)).Items
            .Where(u => u.GetProperty("requests").GetInt64() >= requests && u.GetProperty("last_address").GetString() == "127.0.0.1").Any(), "it is written");
        Assert.That((await Api.GetAsync($"{Tokens}/{id}/use", TestTokens.Viewer)).Status, Is.EqualTo(404));
    }

    [Test]
    public async Task A_million_checks_write_nothing()
    {
        const int checks = 1_000_000;
        // What the site's other processes note meanwhile, each of them now and then.
        const int upkeep = 1000;
        var token = (await MakeAsync(["read:executions"])).Text;
        var settings = TestApi.Read(SiteType == SiteType.Main ? Installation.MainSettings() : Installation.SecondarySettings());
        Task<long> WrittenAsync() =>
            Installation.MainAsync<long>("select sum(n_tup_ins + n_tup_upd + n_tup_del)::bigint from pg_stat_all_tables where schemaname !~ '^pg_toast'");
        var before = await WrittenAsync();
        await DataApiBase.UseAsync<IAuthenticator>(settings, async authenticator =>
        {
            for (var i = 0; i < checks; i++)
                await authenticator.AuthenticateAsync(token, IPAddress.Loopback, CancellationToken.None);
        });
        Assert.That(await WrittenAsync() - before, Is.LessThan(upkeep));
    }

    [TestCase("2020-01-01T00:00:00Z")]
    [TestCase("2099-01-01T00:00:00Z")]
    public async Task A_token_ends_in_the_next_years(string end)
    {
        var refused = await Api.PostAsync(Tokens, new { name = "x", scopes = (string[])["read:*"], expires_at = end }, null, TestTokens.Observer);
        Assert.That(refused.Wrong("expires_at"), Does.StartWith("is in the future, and within"), refused.ToString());
    }

    [Test]
    public async Task Scopes_are_those_that_endpoints_ask_for()
    {
        var scopes = (await Api.GetAsync("/api/tokens/scopes", TestTokens.Observer)).Body;
        Assert.That(scopes.GetProperty("scopes").EnumerateArray().Select(s => s.GetString()), Is.SupersetOf((string[])["read:executions", "manage:users"]));
        Assert.That(scopes.GetProperty("own").EnumerateArray().Select(s => s.GetString()), Has.Member("write:executions").And.Not.Member("manage:users"));
    }

    private static TestTokens Token(TestAnswer made) => new("made", made.Body.GetProperty("token").GetString()!, []);

    private static Guid Id(TestAnswer made) => made.Body.GetProperty("details").GetProperty("id").GetGuid();

    private async Task<TestTokens> MakeAsync(string[] scopes) => (await MadeAsync(scopes)).Token;

    private async Task<(TestTokens Token, Guid Id)> MadeAsync(string[] scopes)
    {
        var made = await Api.PostAsync(Tokens, new { name = "made", scopes, expires_at = Tomorrow }, null, TestTokens.Observer);
        Assert.That(made.Status, Is.EqualTo(201), made.ToString());
        await Eventually.TrueAsync(async () => (await Api.GetAsync("/api/v1/executions?limit=1", Token(made))).Problem != "token-unknown", "the site has it");
        return (Token(made), Id(made));
    }

    private Task SeenAsync(Guid id) => Eventually.TrueAsync(
        async () => (await Api.GetAsync($"{Tokens}/{id}", TestTokens.Admin)).Status == 200, "the site has the token");

    private Task WorksAsync(TestTokens token) => Eventually.TrueAsync(
        async () => (await Api.GetAsync("/api/v1/executions?limit=1", token)).Status == 200, "the token works");
}
