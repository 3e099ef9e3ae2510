using System.Net;
using System.Text.Json;
using OpsDb.Kernel;
using OpsDb.TestKit;

namespace OpsDb.ApiTests.Identity;

/// <summary>Signing in at GitHub.</summary>
[TestFixture(SiteType.Main)]
[TestFixture(SiteType.Secondary)]
public sealed class GithubTests(SiteType type) : SiteFixture(type)
{
    [Test]
    public async Task A_member_of_the_organization_signs_in_and_has_the_roles_of_their_teams()
    {
        await using var github = await GithubStandIn.StartAsync();
        (github.Login, github.Teams) = ($"u{Guid.NewGuid():n}", ["operators", "unknown"]);
        // Begun at one process and finished at another.
        var (one, two) = (await StartAsync(github), await StartAsync(github));
        using var visitor = new Visitor();
        var callback = await visitor.ToCallbackAsync(new(one.Address, "/github/login?return_to=/nights%3Fa=1"));
        Assert.That(callback.AbsolutePath, Is.EqualTo("/github/callback"));
        var done = await visitor.GoAsync(new UriBuilder(callback) { Port = two.Address.Port }.Uri);
        Assert.That((done.Status, done.Next?.PathAndQuery), Is.EqualTo((HttpStatusCode.Redirect, "/nights?a=1")), $"{done}");
        var me = await MeAsync(visitor, two);
        Assert.That((me.GetProperty("name").GetString(), $"{me.GetProperty("roles")}"), Is.EqualTo((github.Login, "[\"observer\"]")));

        github.Teams = [];
        await visitor.GoAsync(await visitor.ToCallbackAsync(new(one.Address, "/github/login")));
        await Eventually.TrueAsync(async () => $"{(await MeAsync(visitor, one)).GetProperty("roles")}" == "[]", "who left the team has not its role");

        Assert.That(await Installation.MainAsync<string>("select string_agg(t::text, '') from row_history t"), Does.Not.Contain("gho_token"));
    }

    [TestCase("pending")]
    [TestCase(null)]
    public async Task Nobody_else_signs_in(string? membership)
    {
        await using var github = await GithubStandIn.StartAsync();
        (github.Login, github.Membership) = ($"u{Guid.NewGuid():n}", membership);
        var api = await StartAsync(github);
        using var visitor = new Visitor();
        var refused = await visitor.GoAsync(await visitor.ToCallbackAsync(new(api.Address, "/github/login")));
        Assert.That((refused.Status, refused.Problem), Is.EqualTo((HttpStatusCode.Unauthorized, "provider-refused")), $"{refused}");
        Assert.That(await Installation.MainAsync<int>("select count(*) from app_user where name = @name", new { name = github.Login }), Is.Zero);
    }

    [Test]
    public async Task What_comes_back_is_taken_once_and_only_from_the_browser_that_has_begun()
    {
        await using var github = await GithubStandIn.StartAsync();
        github.Login = $"u{Guid.NewGuid():n}";
        var (one, two) = (await StartAsync(github), await StartAsync(github));
        using var visitor = new Visitor();
        using var stranger = new Visitor();
        var callback = await visitor.ToCallbackAsync(new(one.Address, "/github/login"));
        Assert.That((await stranger.GoAsync(await visitor.ToCallbackAsync(new(one.Address, "/github/login")))).Problem, Is.EqualTo("provider-refused"));
        Assert.That((await visitor.GoAsync(callback)).Status, Is.EqualTo(HttpStatusCode.Redirect));
        foreach (var api in (TestApi[])[one, two])
        {
            var again = await visitor.GoAsync(new UriBuilder(callback) { Port = api.Address.Port }.Uri);
            Assert.That((again.Status, again.Problem), Is.EqualTo((HttpStatusCode.Unauthorized, "provider-refused")));
        }
        foreach (var query in (string[])["", "?state=x", "?state=x&code=y", "?code=y", "?error=access_denied&state=z", "?state=a&state=b"])
        {
            var nothing = await visitor.GoAsync(new(one.Address, $"/github/callback{query}"));
            Assert.That((nothing.Status, nothing.Problem), Is.EqualTo((HttpStatusCode.Unauthorized, "provider-refused")), query);
        }
    }

    [TestCase("https://elsewhere.example")]
    [TestCase("//elsewhere.example")]
    [TestCase("/\\elsewhere.example")]
    [TestCase("/a\\b")]
    [TestCase("nights")]
    [TestCase("/a%0d%0ab")]
    [TestCase("")]
    public async Task It_leads_nowhere_else(string address)
    {
        await using var github = await GithubStandIn.StartAsync();
        var api = await StartAsync(github);
        using var visitor = new Visitor();
        var refused = await visitor.GoAsync(new($"{api.Address}github/login?return_to={(address.Contains('%') ? address : Uri.EscapeDataString(address))}"));
        Assert.That((refused.Status, refused.Problem), Is.EqualTo((HttpStatusCode.BadRequest, "malformed-parameter")), $"{refused}");
    }

    [Test]
    public async Task While_GitHub_is_away_everybody_is_told_how_else_to_sign_in()
    {
        var github = await GithubStandIn.StartAsync();
        github.Login = $"u{Guid.NewGuid():n}";
        var api = await StartAsync(github);
        using var visitor = new Visitor();
        var callback = await visitor.ToCallbackAsync(new(api.Address, "/github/login"));
        await github.DisposeAsync();
        var away = await visitor.GoAsync(callback);
        Assert.That((away.Status, away.Problem), Is.EqualTo((HttpStatusCode.ServiceUnavailable, "provider-unreachable")), $"{away}");
        Assert.That(away.Body.GetProperty("detail").GetString(), Does.Contain("/api/v1/session"));
        using var other = new Visitor();
        Assert.That((await other.GoAsync(new(Api.Address, "/github/login"))).Problem, Is.EqualTo("not-found"), "where it is not set up");
        Assert.That((await other.GoAsync(new(Api.Address, "/login/oidc/callback?state=x"))).Problem, Is.EqualTo("not-found"));
    }

    private static async Task<JsonElement> MeAsync(Visitor visitor, TestApi api) => (await visitor.GoAsync(new(api.Address, "/api/v1/me"))).Body;

    private Task<TestApi> StartAsync(GithubStandIn github)
    {
        (string, string)[] settings =
        [
            ("GITHUB_CLIENT_ID", "opsdb"), ("GITHUB_CLIENT_SECRET", "a secret"), ("GITHUB_ORGANIZATION", "observatory"),
            ("GITHUB_TEAM_ROLES", "{\"observatory/operators\": \"observer\"}"), ("GITHUB_URL", github.Address), ("GITHUB_API_URL", github.Address),
        ];
        return SiteType == SiteType.Main ? Installation.StartMainAsync(settings) : Installation.StartSecondaryAsync(settings);
    }
}
