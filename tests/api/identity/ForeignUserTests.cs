using OpsDb.DataApi;
using OpsDb.Kernel;
using OpsDb.TestKit;
using OpsDb.Users;

namespace OpsDb.ApiTests.Identity;

/// <summary>Users whom an identity provider recognises: who they are here, and the roles that the provider gives and takes.</summary>
[TestFixture(SiteType.Main)]
[TestFixture(SiteType.Secondary)]
public sealed class ForeignUserTests(SiteType type) : SiteFixture(type)
{
    private const string Issuer = "https://login.example.org/realms/test";

    [Test]
    public async Task Somebody_new_is_made_once_and_found_again()
    {
        var foreign = Somebody();
        var names = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => AdmitAsync(foreign)));
        Assert.That(names, Is.All.EqualTo(foreign.Name));
        Assert.That(await AdmitAsync(foreign with { Name = "renamed elsewhere" }), Is.EqualTo(foreign.Name));
        await Eventually.TrueAsync(async () => await FindAsync(foreign) == foreign.Name, "the site has them");
        var user = (await Api.GetAsync($"/api/v1/users?name={foreign.Name}", TestTokens.Admin)).Items.Single();
        Assert.That((user.GetProperty("display_name").GetString(), user.GetProperty("kind").GetString()), Is.EqualTo(("Ada L.", "person")));
        var account = (await Api.GetAsync($"/api/v1/user-identities?subject={foreign.Subject}", TestTokens.Admin)).Items.Single();
        Assert.That(account.GetProperty("app_user_id").GetInt32(), Is.EqualTo(user.GetProperty("id").GetInt32()));
    }

    [Test]
    public async Task Nobody_takes_over_a_user_by_the_name()
    {
        foreach (var name in (string[])["observer", "system", "/observer"])
        {
            var refused = await Assert.ThrowsAsync<RefusalException>(() => AdmitAsync(Somebody() with { Name = name }));
            Assert.That(refused!.Problem.Code, Is.EqualTo("user-not-linked"));
            Assert.That(refused.Message, Does.Contain("POST /api/v1/user-identities"));
        }
        var foreign = Somebody() with { Name = "observer" };
        var observer = (await Api.GetAsync("/api/v1/users?name=observer", TestTokens.Admin)).Items.Single().GetProperty("id").GetInt32();
        var linked = await Api.PostAsync("/api/v1/user-identities", new { app_user_id = observer, issuer = Issuer, subject = foreign.Subject }, null,
            TestTokens.Admin);
        Assert.That(linked.Status, Is.EqualTo(201), linked.ToString());
        Assert.That(await AdmitAsync(foreign), Is.EqualTo("observer"));
        var again = await Api.PostAsync("/api/v1/user-identities", new { app_user_id = observer, issuer = Issuer, subject = foreign.Subject }, null,
            TestTokens.Admin);
        Assert.That(again.Problem, Is.EqualTo("already-exists"), again.ToString());
    }

    [Test]
    public async Task Mapped_roles_come_and_go_and_those_given_here_stay()
    {
        var foreign = Somebody() with { Roles = ["viewer", "service"] };
        await AdmitAsync(foreign);
        await HasRolesAsync(foreign, "service", "viewer");
        await UseAsync<IUserAdministration>(users => users.GrantAsync(foreign.Name, "observer", CancellationToken.None));
        await AdmitAsync(foreign with { Roles = ["viewer", "observer"] });
        await HasRolesAsync(foreign, "observer", "viewer");
        await AdmitAsync(foreign with { Roles = null });
        await HasRolesAsync(foreign, "observer", "viewer");
        await AdmitAsync(foreign with { Roles = [] });
        await HasRolesAsync(foreign, "observer");
        var refused = await Assert.ThrowsAsync<RefusalException>(() => AdmitAsync(foreign with { Roles = ["no such"] }));
        Assert.That(refused!.Problem.Code, Is.EqualTo("reference-unknown"));
    }

    [Test]
    public async Task While_main_is_away_those_who_are_known_are_found()
    {
        var foreign = Somebody();
        await AdmitAsync(foreign);
        await Eventually.TrueAsync(async () => await FindAsync(foreign) == foreign.Name, "the site has them");
        if (SiteType == SiteType.Main)
            return;
        var away = TestApi.Read(new(Installation.SecondarySettings()) { ["MAIN_DB_PORT"] = "1" });
        Assert.That(await AdmitAsync(foreign with { Roles = ["admin"] }, away), Is.EqualTo(foreign.Name));
        await HasRolesAsync(foreign);
        var outage = await Assert.ThrowsAsync<OutageException>(() => AdmitAsync(Somebody(), away));
        Assert.That(outage!.Problem.Code, Is.EqualTo("main-unreachable"));
    }

    [TestCase("Ada Lovelace", "Ada-Lovelace")]
    [TestCase("Jörg@example.org", "J-rg@example.org")]
    [TestCase("../admin", "admin")]
    [TestCase("", "user")]
    public void A_name_is_made_one_that_rows_can_bear(string name, string nearest) => Assert.That(UserNames.Nearest(name), Is.EqualTo(nearest));

    [TestCase("login.example.org", "a", "issuer")]
    [TestCase("https://login.example.org/?a=b", "a", "issuer")]
    [TestCase("github", "", "subject")]
    public async Task An_account_is_one_that_a_provider_can_have(string issuer, string subject, string wrong)
    {
        var refused = await Api.PostAsync("/api/v1/user-identities", new { app_user_id = 1, issuer, subject }, null, TestTokens.Admin);
        Assert.That(refused.Wrong(wrong), Is.Not.Null, refused.ToString());
    }

    private static ForeignUser Somebody()
    {
        var id = $"{Guid.NewGuid():n}";
        return new(Issuer, id, $"ada-{id}") { DisplayName = "Ada L.", Email = "ada@example.org" };
    }

    private DataApiSettings Settings => TestApi.Read(SiteType == SiteType.Main ? Installation.MainSettings() : Installation.SecondarySettings());

    private Task UseAsync<T>(Func<T, Task> use) where T : notnull => DataApiBase.UseAsync(Settings, use);

    private async Task<string> AdmitAsync(ForeignUser foreign, DataApiSettings? settings = null)
    {
        var name = "";
        await DataApiBase.UseAsync<IForeignUsers>(settings ?? Settings, async users => name = await users.AdmitAsync(foreign, CancellationToken.None));
        return name;
    }

    private async Task<string?> FindAsync(ForeignUser foreign)
    {
        string? name = null;
        await UseAsync<IForeignUsers>(async users => name = await users.FindAsync(foreign.Issuer, foreign.Subject, CancellationToken.None));
        return name;
    }

    private async Task HasRolesAsync(ForeignUser foreign, params string[] roles)
    {
        var has = await Installation.MainAsync<string>(
            """
            select string_agg(r.name, ',' order by r.name)
            from app_user u join user_role l on l.app_user_id = u.id join role r on r.id = l.role_id where u.name = @Name
            """, new { foreign.Name });
        Assert.That(has ?? "", Is.EqualTo(string.Join(',', roles)));
    }
}
