using System.Text.Json;
using OpsDb.Kernel;
using OpsDb.TestKit;

namespace OpsDb.ApiTests.Identity;

/// <summary>Users and what their roles permit: every relation that is added or removed counts at once.</summary>
[TestFixture(SiteType.Main)]
[TestFixture(SiteType.Secondary)]
public sealed class UserTests(SiteType type) : SiteFixture(type)
{
    [Test]
    public async Task What_a_user_may_do_follows_their_roles()
    {
        var (user, token) = await UserWithTokenAsync(["read:*", "write:*"]);
        async Task<bool> MayAsync() => (await Api.PostAsync("/api/v1/sources", new { }, null, token)).Status != 403;
        Assert.That((await Api.GetAsync("/api/v1/sources?limit=1", token)).Status, Is.EqualTo(200));
        Assert.That(await MayAsync(), Is.False);

        var role = await CreateAsync("/api/v1/roles", new { name = $"cataloguer {Guid.NewGuid()}", permissions = (string[])["write:sources"] });
        var link = await CreateAsync("/api/v1/user-roles", new { app_user_id = user, role_id = role });
        await Eventually.TrueAsync(MayAsync, "a role more permits more");
        Assert.That((await DeleteAsync($"/api/v1/roles/{role}")).Problem, Is.EqualTo("still-referenced"));

        var changed = await Api.PatchAsync($"/api/v1/roles/{role}", new { permissions = (string[])["write:copies"] }, "*");
        Assert.That(changed.Status, Is.EqualTo(200), changed.ToString());
        await Eventually.TrueAsync(async () => !await MayAsync(), "what the role does not permit any more nobody may do by it");
        await Api.PatchAsync($"/api/v1/roles/{role}", new { permissions = (string[])["write:sources"] }, "*");
        await Eventually.TrueAsync(MayAsync, "and again");
        Assert.That((await DeleteAsync($"/api/v1/user-roles/{link}")).Status, Is.EqualTo(204));
        await Eventually.TrueAsync(async () => !await MayAsync(), "without the role it is over");
    }

    [Test]
    public async Task A_disabled_user_may_do_nothing_at_any_process_of_the_site()
    {
        var (user, token) = await UserWithTokenAsync(["read:*"]);
        Assert.That((await Api.PostAsync($"/api/v1/users/{user}/disable", new { }, null, TestTokens.Admin)).Status, Is.EqualTo(422).Or.EqualTo(400));
        var disabled = await Api.PostAsync($"/api/v1/users/{user}/disable", new { reason = "left" }, null, TestTokens.Admin);
        Assert.That(disabled.Status, Is.EqualTo(Taken(200)), disabled.ToString());
        foreach (var api in (TestApi[])[Api, Other])
            await Eventually.TrueAsync(async () => (await api.GetAsync("/api/v1/me", token)).Problem == "token-unknown", "the token is refused");
        await Eventually.TrueAsync(async () => (await Api.GetAsync($"/api/v1/users/{user}", TestTokens.Admin)).SyncState != "buffered", "main has it");
        var enabled = await Api.PostAsync($"/api/v1/users/{user}/enable", null, null, TestTokens.Admin);
        Assert.That(enabled.Status, Is.EqualTo(200), enabled.ToString());
        await Eventually.TrueAsync(async () => (await Api.GetAsync("/api/v1/me", token)).Status == 200, "the token works again");
    }

    [Test]
    public async Task Everybody_is_told_who_they_are()
    {
        var me = await Api.GetAsync("/api/v1/me", TestTokens.Observer);
        Assert.That((me.Status, me.Text("name"), me.Text("kind")), Is.EqualTo((200, "observer", "person")), me.ToString());
        Assert.That(Texts(me.Body.GetProperty("roles")), Is.EqualTo((string[])["observer"]));
        Assert.That(Texts(me.Body.GetProperty("permissions")), Has.Member("write:executions"));
        Assert.That((await Api.GetAsync("/auth/me", TestTokens.Observer)).Body.ToString(), Is.EqualTo(me.Body.ToString()));
    }

    [Test]
    public async Task Only_those_who_manage_users_see_them()
    {
        foreach (var path in (string[])["users", "roles", "user-roles", "groups", "group-members"])
        {
            Assert.That((await Api.GetAsync($"/api/v1/{path}", TestTokens.Observer)).Problem, Is.EqualTo("permission-missing"), path);
            Assert.That((await Api.GetAsync($"/api/v1/{path}", TestTokens.Admin)).Status, Is.EqualTo(200), path);
        }
    }

    [Test]
    public async Task Roles_that_every_installation_has_stay()
    {
        var viewer = (await Api.GetAsync("/api/v1/roles?name=viewer", TestTokens.Admin)).Items.Single().GetProperty("id").GetInt32();
        var refused = await Api.PatchAsync($"/api/v1/roles/{viewer}", new { permissions = (string[])["*:*"] }, "*");
        Assert.That(refused.Wrong("permissions"), Is.EqualTo("is fixed of a role that every installation has"), refused.ToString());
        var role = (await Api.GetAsync("/api/v1/roles?is_built_in=true", TestTokens.Admin)).Items.First(r => r.GetProperty("name").GetString() == "service");
        Assert.That((await DeleteAsync($"/api/v1/roles/{role.GetProperty("id").GetInt32()}")).Status, Is.EqualTo(409));
    }

    [TestCase("system")]
    [TestCase("")]
    [TestCase("a b")]
    [TestCase("-a")]
    public async Task A_name_is_one_that_rows_can_bear(string name) =>
        Assert.That((await Api.PostAsync("/api/v1/users", new { name, kind = "person" }, null, TestTokens.Admin)).Wrong("name"), Is.Not.Null);

    [Test]
    public async Task A_program_s_members_are_users_and_groups()
    {
        var group = await CreateAsync("/api/v1/groups", new { name = $"team {Guid.NewGuid()}" });
        var user = await CreateAsync("/api/v1/users", new { name = $"u{Guid.NewGuid():n}", kind = "person" });
        await CreateAsync("/api/v1/group-members", new { user_group_id = group, app_user_id = user });
        var member = new { observing_program_id = 1, role = "reader", user_name = "x", user_group_id = group };
        var both = await Api.PostAsync("/api/v1/program-members", member, null, TestTokens.Admin);
        Assert.That(both.Wrong("user_name"), Is.EqualTo("is given, or user_group_id is, and not both"), both.ToString());
        await CreateAsync("/api/v1/program-members", new { observing_program_id = 1, role = "reader", user_group_id = group });
        Assert.That((await DeleteAsync($"/api/v1/groups/{group}")).Problem, Is.EqualTo("still-referenced"));
    }

    private static IEnumerable<string?> Texts(JsonElement list) => list.EnumerateArray().Select(e => e.GetString());

    private People People => new(Api, Api, Installation);

    private Task<int> CreateAsync(string path, object body) => People.CreateAsync(path, body);

    private Task<TestAnswer> DeleteAsync(string path) => People.DeleteAsync(path);

    /// <summary>A viewer with a token whose scopes are wider than what a viewer may do.</summary>
    private async Task<(int User, TestTokens Token)> UserWithTokenAsync(string[] scopes)
    {
        var (user, _, token) = await People.UserAsync(scopes, "viewer");
        await Eventually.TrueAsync(async () => (await Api.PostAsync("/api/v1/sources", new { }, null, token)).Status == 403, "it is a viewer");
        return (user, token);
    }
}
