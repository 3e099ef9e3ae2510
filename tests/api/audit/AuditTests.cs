using OpsDb.DataApi;
using OpsDb.Kernel;
using OpsDb.TestKit;
using OpsDb.Tokens;

namespace OpsDb.ApiTests.Audit;

/// <summary>The audit trail as auditors read it.</summary>
[TestFixture(SiteType.Main)]
[TestFixture(SiteType.Secondary)]
public sealed class AuditTests(SiteType type) : SiteFixture(type)
{
    private const string Address = "/api/v1/audit";

    [Test]
    public async Task A_token_that_is_made_and_revoked_is_in_it()
    {
        var settings = TestApi.Read(Installation.MainSettings());
        var token = await new TestTokens($"t{Guid.NewGuid():n}", TokenText.Create(TokenKind.Pat), ["read:*"]).MakeAsync(settings);
        await DataApiBase.SubmitAsync(settings, new RevokeToken(token.Id), CancellationToken.None);
        var of = $"{Address}?target=api_token/{token.Id}&sort=at";
        await Eventually.TrueAsync(async () => (await ReadAsync(of)).Items.Count() == 2, "both entries are there");
        var answer = await ReadAsync(of);
        Assert.That(answer.Items.Select(i => i.GetProperty("action").GetString()), Is.EqualTo((string[])["tokens.create", "tokens.revoke"]));
        Assert.That(answer.Items.Last().GetProperty("detail").GetProperty("fields").EnumerateArray().Single().GetString(), Is.EqualTo("revoked_at"));
        Assert.That($"{answer.Body}", Does.Not.Contain(token.TokenHash).And.Not.Contain("token_hash").And.Not.Contain("key_id"));
        Assert.That(answer.Items.Select(i => i.GetProperty("user_name").GetString()), Is.All.EqualTo("system"));
    }

    [Test]
    public async Task A_caller_that_is_not_let_in_is_told_of_with_the_token_s_id_and_its_address()
    {
        await Api.GetAsync("/api/v1/sources?name=secret", TestTokens.Expired);
        var id = await Installation.MainAsync<Guid>("select id from api_token where name = 'expired'");
        var of = $"{Address}?token_id={id}&outcome=refused&action=refused";
        await Eventually.TrueAsync(async () => (await ReadAsync(of)).Items.Any(), "the refusal is in the trail");
        var entry = (await ReadAsync(of)).Items.Last();
        string Text(string field) => entry.GetProperty(field).GetString()!;
        Assert.That((Text("user_name"), Text("address"), Text("site")),
            Is.EqualTo(("expired", "127.0.0.1", SiteType == SiteType.Main ? "main" : Installation.SiteName)));
        var detail = entry.GetProperty("detail");
        Assert.That((detail.GetProperty("reason").GetString(), detail.GetProperty("method").GetString(), detail.GetProperty("path").GetString()),
            Is.EqualTo(("token-expired", "GET", "/api/v1/sources")));
        Assert.That($"{entry}", Does.Not.Contain(TestTokens.Expired.Text).And.Not.Contain("secret"));
    }

    /// <summary>Both may read everything.</summary>
    [Test]
    public async Task Neither_viewers_nor_observers_read_it()
    {
        foreach (var token in (TestTokens[])[TestTokens.Viewer, TestTokens.Observer])
            Assert.That((await Api.GetAsync(Address, token)).Problem, Is.EqualTo("permission-missing"));
    }

    [Test]
    public async Task It_is_listed_newest_first_in_pages_and_by_its_filters()
    {
        var page = await ReadAsync($"{Address}?limit=2&user_name=system&action=tokens.create&site=main");
        Assert.That(page.Items.Count(), Is.EqualTo(2));
        var times = page.Items.Select(i => i.GetProperty("at").GetDateTimeOffset()).ToList();
        Assert.That(times, Is.Ordered.Descending);
        var next = await ReadAsync($"{Address}?limit=2&user_name=system&action=tokens.create&site=main&after={Uri.EscapeDataString(page.Text("next"))}");
        Assert.That(next.Items.First().GetProperty("at").GetDateTimeOffset(), Is.LessThanOrEqualTo(times[^1]));
        Assert.That((await ReadAsync($"{Address}?at_before=2020-01-01T00:00:00Z")).Items, Is.Empty);
        Assert.That((await Api.GetAsync($"{Address}?who=me", TestTokens.Admin)).Problem, Is.EqualTo("malformed-parameter"));
        var lines = await Api.GetAsync($"{Address}?action=tokens.create", TestTokens.Admin, ("Accept", "text/csv"));
        Assert.That(lines.Body.GetString(), Does.Contain("tokens.create"));
    }

    private Task<TestAnswer> ReadAsync(string address) => Api.GetAsync(address, TestTokens.Admin);
}
