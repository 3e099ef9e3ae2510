using OpsDb.Servers;
using OpsDb.TestKit;
using OpsDb.Tokens;

namespace OpsDb.SystemTests.Programs;

/// <summary>Tokens as administrators make, list and revoke them, and what every process then makes of them.</summary>
public sealed class TokenVerbTests
{
    private const string NewKey = "8f2d1c0b9a8776655443322110ffeeddccbbaa99887766554433221100a1b2c3";

    private TestInstallation installation = null!;

    [SetUp]
    public async Task Start() => installation = await TestInstallation.CreateAsync(AssemblyServers.Servers);

    [TearDown]
    public async Task Stop() => await installation.DisposeAsync();

    [Test]
    public async Task A_revoked_token_is_refused_by_every_process_within_the_cache_time()
    {
        var (token, id) = await CreateAsync("night-script");
        TestApi[] apis = [await installation.StartMainAsync(("TOKEN_CACHE_TIME", "1")), await installation.StartMainAsync(("TOKEN_CACHE_TIME", "1")),
            await installation.StartSecondaryAsync(("TOKEN_CACHE_TIME", "1"))];
        foreach (var api in apis)
            await Eventually.TrueAsync(async () => (await api.GetAsync("/api/v1/sources", token)).Status == 200, "the token is known");
        var revoked = await RunAsync("tokens", "revoke", "night-script");
        Assert.That(revoked.Output, Does.StartWith($"Token {id} (night-script) of local is revoked since 20"));
        foreach (var api in apis)
            await Eventually.TrueAsync(async () => (await api.GetAsync("/api/v1/sources", token)).Problem == "token-unknown", "it is refused");
        Assert.That(await installation.MainAsync<string>("select modified_by || ' ' || (revoked_at <= now()) from api_token where name = 'night-script'"),
            Is.EqualTo("system true"));
        Assert.That((await RunAsync("tokens", "revoke", id)).ExitCode, Is.Zero, "once more changes nothing");
        Assert.That(await installation.MainAsync<int>("select version from api_token where name = 'night-script'"), Is.EqualTo(2));
    }

    [Test]
    public async Task A_name_that_two_tokens_bear_is_asked_about_and_one_that_none_bears_is_told()
    {
        var (_, first) = await CreateAsync("twice");
        var (_, second) = await CreateAsync("twice");
        var run = await RunAsync("tokens", "revoke", "twice");
        Assert.That((run.ExitCode, run.Errors.Contains(first), run.Errors.Contains(second)), Is.EqualTo((1, true, true)), run.Errors);
        Assert.That((await RunAsync("tokens", "revoke", first)).ExitCode, Is.Zero);
        Assert.That((await RunAsync("tokens", "revoke", "twice")).Output, Does.Contain(second), "now only one is in use");
        Assert.That((await RunAsync("tokens", "revoke", "nobody")).Errors, Does.Contain("There is no token 'nobody'"));
    }

    [Test]
    public async Task Users_are_reminded_once_of_each_token_that_ends_soon()
    {
        var (_, soon) = await CreateAsync("soon");
        var (_, revoked) = await CreateAsync("revoked");
        await CreateAsync("later");
        await installation.MainAsync<int>("update api_token set expires_at = now() + interval '90 days'; select 1");
        await installation.MainAsync<int>(
            "update api_token set expires_at = now() + interval '3 days' where name in ('soon', 'revoked'); select 1");
        await RunAsync("tokens", "revoke", revoked);
        Assert.That((await RunAsync("tokens", "remind", "--days", "2")).Output, Does.StartWith("0 new reminders"));
        Assert.That((await RunAsync("tokens", "remind", "--days", "7")).Output, Does.StartWith("1 new reminders"));
        Assert.That((await RunAsync("tokens", "remind", "--days", "7")).Output, Does.StartWith("0 new reminders"));
        var told = await installation.MainAsync<string>("select user_name || ': ' || body from notice");
        Assert.That(told, Does.StartWith("local: The token 'soon'").And.Contain(soon).And.Contain($"/api/v1/tokens/{soon}/rotate"));
    }

    [Test]
    public async Task Keys_are_rotated_with_an_overlap()
    {
        var (old, _) = await CreateAsync("old");
        (string, string)[] both = [("API_TOKEN_KEY", NewKey), ("API_TOKEN_KEY_PREVIOUS", TestTokens.Key)];
        var (fresh, _) = await CreateAsync("fresh", both);
        var overlap = await installation.StartMainAsync(both);
        Assert.That(((await overlap.GetAsync("/api/v1/sources", old)).Status, (await overlap.GetAsync("/api/v1/sources", fresh)).Status),
            Is.EqualTo((200, 200)));
        Assert.That(await KeysAsync(both), Is.EqualTo("fresh current, old previous"));

        (string, string)[] after = [("API_TOKEN_KEY", NewKey)];
        var later = await installation.StartMainAsync(after);
        Assert.That(((await later.GetAsync("/api/v1/sources", old)).Problem, (await later.GetAsync("/api/v1/sources", fresh)).Status),
            Is.EqualTo(("token-unknown", 200)));
        Assert.That(await KeysAsync(after), Is.EqualTo("fresh current, old gone"));
    }

    [Test]
    public async Task A_list_tells_all_of_a_token_but_what_it_could_be_made_from()
    {
        var (token, id) = await CreateAsync("shown");
        var list = await RunAsync("tokens", "list");
        var line = list.Output.Split('\n').Single(l => l.StartsWith(id, StringComparison.Ordinal));
        Assert.That(line, Does.Contain("svc").And.Contain("local").And.Contain("valid")
            .And.Contain("current").And.Contain("/system").And.Contain("read:*").And.EndsWith("  shown"));
        Assert.That(list.Output, Does.Not.Contain(token.Text).And.Not.Contain(TokenKey.Parse(TestTokens.Key).Hash(token.Text)));
        Assert.That(list.Output.Split('\n').Single(l => l.EndsWith("  expired", StringComparison.Ordinal)), Does.Contain("  expired  "));
    }

    private async Task<(TestTokens Token, string Id)> CreateAsync(string name, params (string, string)[] settings)
    {
        var run = await RunAsync(settings, "tokens", "create", "--name", name, "--user", "local", "--role", "service", "--kind", "svc");
        Assert.That(run.ExitCode, Is.Zero, run.Errors);
        return (new(name, run.Output.Trim(), []), run.Errors.Split(' ')[1]);
    }

    /// <summary>Name and key of the tokens that this test has made.</summary>
    private async Task<string> KeysAsync((string, string)[] settings)
    {
        var lines = (await RunAsync(settings, "tokens", "list")).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l =>
            l.Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        return string.Join(", ", lines.Where(l => l[2] == "local").Select(l => $"{l[^1]} {l[5]}"));
    }

    private Task<ProgramRun> RunAsync(params string[] arguments) => RunAsync([], arguments);

    private async Task<ProgramRun> RunAsync((string Name, string Value)[] changes, params string[] arguments)
    {
        var settings = installation.MainSettings();
        foreach (var (name, value) in changes)
            settings[name] = value;
        var run = await ApiProcess.RunAsync(settings, arguments);
        return new(run.ExitCode, run.Output, run.Errors);
    }
}
