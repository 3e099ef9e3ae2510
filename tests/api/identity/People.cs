using OpsDb.TestKit;

namespace OpsDb.ApiTests.Identity;

/// <summary>Makes users, tokens and what they belong to, for the tests of what they may do.</summary>
/// <param name="api">Where they are made.</param>
/// <param name="shown">Where they have to be known before a test goes on.</param>
/// <param name="installation">Whose replica has to have them: what is decided for a site's log does not wait for what was just written at main.</param>
internal sealed class People(TestApi api, TestApi shown, TestInstallation installation)
{
    /// <summary>Creates something that an administrator may, and waits until it is known.</summary>
    public async Task<int> CreateAsync(string path, object body)
    {
        var created = await api.PostAsync(path, body, null, TestTokens.Admin);
        Assert.That(created.Status, Is.EqualTo(201), created.ToString());
        var id = created.Body.GetProperty("id").GetInt32();
        await Eventually.TrueAsync(async () => (await shown.GetAsync($"{path}/{id}", TestTokens.Admin)).Status == 200, "the site has it");
        return id;
    }

    public async Task<TestAnswer> DeleteAsync(string path) => await api.DeleteAsync(path, (await api.GetAsync(path, TestTokens.Admin)).ETag);

    public async Task<int> RoleAsync(string role) =>
        (await api.GetAsync($"/api/v1/roles?name={role}", TestTokens.Admin)).Items.Single().GetProperty("id").GetInt32();

    /// <summary>A user with some roles and a token whose scopes may be wider than what these permit: by a role that is taken away again.</summary>
    public async Task<(int User, string Name, TestTokens Token)> UserAsync(string[] scopes, params string[] roles)
    {
        var (user, name, tokens) = await UserAsync([scopes], roles);
        return (user, name, tokens[0]);
    }

    /// <inheritdoc cref="UserAsync(string[], string[])"/>
    public async Task<(int User, string Name, IReadOnlyList<TestTokens> Tokens)> UserAsync(IReadOnlyList<string[]> scopes, params string[] roles)
    {
        var name = $"u{Guid.NewGuid():n}";
        var user = await CreateAsync("/api/v1/users", new { name, kind = "person" });
        foreach (var role in roles)
            await CreateAsync("/api/v1/user-roles", new { app_user_id = user, role_id = await RoleAsync(role) });
        int? admin = roles.Contains("admin") ? null : await CreateAsync("/api/v1/user-roles", new { app_user_id = user, role_id = await RoleAsync("admin") });
        await HasRolesAsync(admin is null ? roles.Length : roles.Length + 1);
        var tokens = new List<TestTokens>();
        foreach (var some in scopes)
        {
            var made = await api.PostAsync("/api/v1/tokens",
                new { name = $"{name} {tokens.Count}", scopes = some, expires_at = DateTimeOffset.UtcNow.AddDays(1), user_name = name }, null,
                TestTokens.Admin);
            Assert.That(made.Status, Is.EqualTo(201), made.ToString());
            tokens.Add(new TestTokens("made", made.Body.GetProperty("token").GetString()!, []));
        }
        if (admin is { } taken)
            Assert.That((await DeleteAsync($"/api/v1/user-roles/{taken}")).Status, Is.EqualTo(204));
        // Before a token is used for the first time: what its user may do is remembered for a while.
        await HasRolesAsync(roles.Length);
        foreach (var site in (TestApi[])[api, shown])
        {
            foreach (var token in tokens)
                await Eventually.TrueAsync(async () => (await site.GetAsync("/api/v1/me", token)).Status != 401, "the site has the token");
        }
        return (user, name, tokens);

        Task HasRolesAsync(int count) => Eventually.TrueAsync(async () =>
            await installation.ReplicaAsync<int>("select count(*) from user_role where app_user_id = @user", new { user }) == count, "the site has the roles");
    }
}
