using OpsDb.Kernel;
using OpsDb.TestKit;

namespace OpsDb.ApiTests.Identity;

/// <summary>Users who sign in.</summary>
public abstract class SignInFixture(SiteType type) : SiteFixture(type)
{
    public const string Passphrase = "moon over the plain of salt";

    /// <summary>A user with that passphrase, whom the site knows.</summary>
    protected async Task<(string Name, int Id)> UserAsync(string role = "observer")
    {
        var name = $"u{Guid.NewGuid():n}";
        var user = await Api.PostAsync("/api/v1/users", new { name, kind = "person" }, null, TestTokens.Admin);
        var id = user.Body.GetProperty("id").GetInt32();
        var wanted = (await Api.GetAsync($"/api/v1/roles?name={role}", TestTokens.Admin)).Items.Single().GetProperty("id").GetInt32();
        await Api.PostAsync("/api/v1/user-roles", new { app_user_id = id, role_id = wanted }, null, TestTokens.Admin);
        await Eventually.TrueAsync(async () => (await Api.GetAsync($"/api/v1/users/{id}", TestTokens.Admin)).Status == 200, "the site has the user");
        await SetPassphraseAsync(id, Passphrase);
        return (name, id);
    }

    /// <summary>As whoever manages users.</summary>
    protected async Task SetPassphraseAsync(int user, string passphrase)
    {
        var body = TestApi.Content(new { passphrase }, "application/json");
        var set = await Api.SendAsync(HttpMethod.Put, $"/api/v1/users/{user}/passphrase", body, TestTokens.Admin);
        Assert.That(set.Status, Is.EqualTo(200), set.ToString());
        await HasCredentialAsync(user, set.Body.GetProperty("version").GetInt32());
    }

    /// <summary>Passphrases and codes are decided at main, and the site has them a little later.</summary>
    protected async Task HasCredentialAsync(int user, int version)
    {
        if (SiteType == SiteType.Secondary)
        {
            await Eventually.TrueAsync(async () => await Installation.ReplicaAsync<bool>(
                "select exists (select from local_credential where id = @user and version >= @version)", new { user, version }), "the site has the passphrase");
        }
    }
}
