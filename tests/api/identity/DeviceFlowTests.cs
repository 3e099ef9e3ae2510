using System.Net.Http.Json;
using System.Text.Json;
using OpsDb.Kernel;
using OpsDb.TestKit;

namespace OpsDb.ApiTests.Identity;

/// <summary>Tokens for programs without a browser, as a client of RFC 8628 asks for them.</summary>
[TestFixture(SiteType.Main)]
[TestFixture(SiteType.Secondary)]
public sealed class DeviceFlowTests(SiteType type) : SiteFixture(type)
{
    private const string Client = "opsdb-cli", Requests = "/api/v1/device-authorizations", GrantType = "urn:ietf:params:oauth:grant-type:device_code";

    private const string FormType = "application/x-www-form-urlencoded";

    private static readonly HttpClient Http = new();

    [Test]
    public async Task A_program_gets_its_token_once_when_somebody_has_approved_it()
    {
        var begun = await BeginAsync("read:* write:executions manage:users");
        var (device, user) = (begun.GetProperty("device_code").GetString()!, begun.GetProperty("user_code").GetString()!);
        Assert.That(user, Does.Match("^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$"));
        Assert.That((begun.GetProperty("expires_in").GetInt32(), begun.GetProperty("interval").GetInt32()), Is.EqualTo((600, 5)));
        Assert.That(begun.GetProperty("verification_uri_complete").GetString(),
            Is.EqualTo($"{begun.GetProperty("verification_uri").GetString()}?user_code={user}"));
        Assert.That(await AskAsync(device), Is.EqualTo("authorization_pending"));

        var shown = await Api.GetAsync($"{Requests}/{user.ToLowerInvariant()}", TestTokens.Observer);
        Assert.That((shown.Text("client_id"), shown.Text("address")), Is.EqualTo((Client, "127.0.0.1")), shown.ToString());
        Assert.That(shown.Body.GetProperty("granted").EnumerateArray().Select(s => s.GetString()), Is.EquivalentTo((string[])["read:*", "write:executions"]));
        Assert.That((await Api.PostAsync($"{Requests}/{user}/approve", null, null, TestTokens.ExecutionReader)).Status, Is.EqualTo(403));
        Assert.That((await Other.PostAsync($"{Requests}/{user}/approve", null, null, TestTokens.Observer)).Status, Is.EqualTo(204));
        Assert.That((await Api.PostAsync($"{Requests}/{user}/deny", null, null, TestTokens.Observer)).Problem, Is.EqualTo("state-conflict"));

        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(n => AnswerAsync(n % 2 == 0 ? Api : Other, device)));
        var given = answers.Single(a => a.TryGetProperty("access_token", out _));
        Assert.That(answers.Where(a => a.TryGetProperty("error", out _)).Select(a => a.GetProperty("error").GetString()), Is.All.EqualTo("invalid_grant"));
        Assert.That((given.GetProperty("token_type").GetString(), given.GetProperty("expires_in").GetInt32()), Is.EqualTo(("Bearer", 2_592_000)));
        var token = new TestTokens("device", given.GetProperty("access_token").GetString()!, []);
        await Eventually.TrueAsync(async () => (await Api.GetAsync("/api/v1/me", token)).Status == 200, "the site has the token");
        var me = await Api.GetAsync("/api/v1/me", token);
        Assert.That((me.Text("name"), me.Body.GetProperty("scopes").GetArrayLength()), Is.EqualTo(("observer", 2)), me.ToString());
        Assert.That(await Installation.MainAsync<int>("select count(*) from device_authorization where device_hash = @device or user_hash = @user",
            new { device, user }), Is.Zero, "codes are kept as hashes");
    }

    [Test]
    public async Task A_program_that_asks_too_often_is_told_to_slow_down()
    {
        var device = (await BeginAsync()).GetProperty("device_code").GetString()!;
        Assert.That(await AskAsync(device), Is.EqualTo("authorization_pending"));
        Assert.That(await AskAsync(device), Is.EqualTo("slow_down"));
        Assert.That(await IntervalAsync(), Is.EqualTo(10));
        await Installation.MainAsync<int>($"update device_authorization set asked_at = now() - interval '9 s' where {Newest} returning 1");
        Assert.That(await AskAsync(device), Is.EqualTo("authorization_pending"));
    }

    [Test]
    public async Task A_denied_or_late_program_gets_nothing()
    {
        var denied = await BeginAsync();
        var path = $"{Requests}/{denied.GetProperty("user_code").GetString()}";
        Assert.That((await Api.PostAsync($"{path}/deny", null, null, TestTokens.Viewer)).Status, Is.EqualTo(204));
        Assert.That((await Api.PostAsync($"{path}/approve", null, null, TestTokens.Viewer)).Problem, Is.EqualTo("state-conflict"));
        Assert.That(await AskAsync(denied.GetProperty("device_code").GetString()!), Is.EqualTo("access_denied"));

        var late = await BeginAsync();
        await Installation.MainAsync<int>($"update device_authorization set expires_at = now() - interval '1 s' where {Newest} returning 1");
        Assert.That(await AskAsync(late.GetProperty("device_code").GetString()!), Is.EqualTo("expired_token"));
        Assert.That((await Api.PostAsync($"{Requests}/{late.GetProperty("user_code").GetString()}/approve", null, null, TestTokens.Viewer)).Problem,
            Is.EqualTo("not-found"));
    }

    [Test]
    public async Task Nobody_gives_what_they_do_not_have()
    {
        var begun = await BeginAsync("manage:users");
        var refused = await Api.PostAsync($"{Requests}/{begun.GetProperty("user_code").GetString()}/approve", null, null, TestTokens.Viewer);
        Assert.That((refused.Problem, refused.Detail), Is.EqualTo(("state-conflict", "The program asks for nothing that you may give on; deny it.")));
    }

    [Test]
    public async Task Wrong_codes_are_limited_for_each_who_tries_them()
    {
        var api = SiteType == SiteType.Main ? await Installation.StartMainAsync() : await Installation.StartSecondaryAsync();
        for (var i = 0; i < 10; i++)
            Assert.That((await api.GetAsync($"{Requests}/BBBB-BBB{"BCDFGHJKLM"[i]}", TestTokens.Viewer)).Status, Is.EqualTo(404));
        var user = (await BeginAsync()).GetProperty("user_code").GetString();
        var refused = await api.GetAsync($"{Requests}/{user}", TestTokens.Viewer);
        Assert.That((refused.Status, refused.Problem), Is.EqualTo((429, "too-many-requests")), refused.ToString());
        Assert.That(refused.Header("Retry-After"), Is.Not.Null);
        Assert.That((await api.GetAsync($"{Requests}/{user}", TestTokens.Observer)).Status, Is.EqualTo(200));
    }

    [TestCase("", "invalid_request")]
    [TestCase("client_id=", "invalid_request")]
    [TestCase("client_id=a&client_id=b", "invalid_request")]
    [TestCase("client_id=a%00", "invalid_request")]
    [TestCase("client_id=a&scope=everything", "invalid_scope")]
    [TestCase("client_id=a&scope=%20", "invalid_scope")]
    public async Task A_request_is_one_of_RFC_8628(string form, string error) => Assert.That(await ErrorAsync(Requests, form), Is.EqualTo(error));

    [TestCase("", "invalid_request")]
    [TestCase("grant_type=password", "unsupported_grant_type")]
    [TestCase($"grant_type={GrantType}", "invalid_request")]
    [TestCase($"grant_type={GrantType}&client_id=opsdb-cli&device_code=unknown", "invalid_grant")]
    [TestCase($"grant_type={GrantType}&client_id=%00&device_code=%00", "invalid_grant")]
    public async Task A_question_is_one_of_RFC_8628(string form, string error) =>
        Assert.That(await ErrorAsync("/api/v1/device-tokens", form), Is.EqualTo(error));

    [Test]
    public async Task Another_program_s_code_is_of_no_use()
    {
        var device = (await BeginAsync()).GetProperty("device_code").GetString();
        Assert.That(await ErrorAsync("/api/v1/device-tokens", $"grant_type={GrantType}&client_id=other&device_code={device}"), Is.EqualTo("invalid_grant"));
    }

    [Test]
    public async Task While_main_is_away_a_program_is_told_so()
    {
        if (SiteType == SiteType.Main)
            return;
        await using var api = await TestApi.StartUnreadyAsync(new(Installation.SecondarySettings()) { ["MAIN_DB_PORT"] = "1" });
        using var content = new FormUrlEncodedContent(new Dictionary<string, string> { ["client_id"] = Client });
        Assert.That((await SendAsync(api, Requests, content, 503)).GetProperty("type").GetString(), Is.EqualTo("/problems/main-unreachable"));
    }

    [Test]
    public async Task What_is_no_form_is_refused()
    {
        foreach (var path in (string[])[Requests, "/api/v1/device-tokens"])
        {
            await SendAsync(Api, path, new StringContent("{}", null, "application/json"), 415);
            await SendAsync(Api, path, new StringContent(string.Join('&', Enumerable.Range(0, 1000).Select(n => $"f{n}=")), null, FormType), 400);
            await SendAsync(Api, path, new StringContent($"client_id={new string('x', 10_000)}", null, FormType), 400);
            await SendAsync(Api, path, new StringContent("&&==%%%zz=%ff", null, FormType), 400);
        }
    }

    [Test]
    public async Task Clients_find_the_addresses_where_RFC_8414_says()
    {
        var told = await Http.GetFromJsonAsync<JsonElement>(new Uri(Api.Address, "/.well-known/oauth-authorization-server"));
        Assert.That(told.GetProperty("device_authorization_endpoint").GetString(), Is.EqualTo($"{Api.Address.GetLeftPart(UriPartial.Authority)}{Requests}"));
        Assert.That(told.GetProperty("grant_types_supported")[0].GetString(), Is.EqualTo(GrantType));
    }

    private const string Newest = "device_hash = (select device_hash from device_authorization order by expires_at desc limit 1)";

    private Task<int> IntervalAsync() => Installation.MainAsync<int>($"select interval_s from device_authorization where {Newest}");

    private async Task<JsonElement> BeginAsync(string? scope = null)
    {
        var asked = new Dictionary<string, string> { ["client_id"] = Client };
        if (scope is not null)
            asked["scope"] = scope;
        return await SendAsync(Api, Requests, new FormUrlEncodedContent(asked), 200);
    }

    private async Task<string> AskAsync(string device) => (await AnswerAsync(Api, device)).GetProperty("error").GetString()!;

    private static Task<JsonElement> AnswerAsync(TestApi api, string device) => SendAsync(api, "/api/v1/device-tokens", new FormUrlEncodedContent(
        new Dictionary<string, string> { ["grant_type"] = GrantType, ["client_id"] = Client, ["device_code"] = device }), null);

    private async Task<string> ErrorAsync(string path, string form)
    {
        using var content = new StringContent(form, null, FormType);
        return (await SendAsync(Api, path, content, 400)).GetProperty("error").GetString()!;
    }

    private static async Task<JsonElement> SendAsync(TestApi api, string path, HttpContent content, int? status)
    {
        using (content)
        {
            using var answer = await Http.PostAsync(new Uri(api.Address, path), content);
            var body = await answer.Content.ReadFromJsonAsync<JsonElement>();
            Assert.That((int)answer.StatusCode, status is null ? Is.EqualTo(200).Or.EqualTo(400) : Is.EqualTo(status), $"{body}");
            return body;
        }
    }
}
