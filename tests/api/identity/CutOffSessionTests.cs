using OpsDb.Kernel;
using OpsDb.Servers;
using OpsDb.TestKit;

namespace OpsDb.ApiTests.Identity;

/// <summary>A site that is cut off from main lets its operators in and out, and tells main afterwards.</summary>
public sealed class CutOffSessionTests() : SignInFixture(SiteType.Secondary)
{
    private const string Session = "/api/v1/session";

    [Test]
    public async Task Sign_in_and_revocation_hold_at_once_at_every_process_and_reach_main_afterwards()
    {
        var (name, _) = await UserAsync("admin");
        await using var link = Relay.Start(Ports.Next(), Installation.Main.Host, Installation.Main.Port);
        var cut = ("MAIN_DB_PORT", $"{link.Port}");
        var (one, two) = (await Installation.StartSecondaryAsync(cut), await Installation.StartSecondaryAsync(cut));
        link.Down();

        var (kept, revoked) = (await new Browser(one).SignInAsync(name), await new Browser(two).SignInAsync(name));
        foreach (var api in (TestApi[])[one, two])
        {
            foreach (var browser in (Browser[])[kept, revoked])
                Assert.That((await browser.At(api).GetAsync("/api/v1/me")).Status, Is.EqualTo(200));
        }
        Assert.That((await kept.DeleteAsync($"/api/v1/sessions/{revoked.Session}")).Status, Is.EqualTo(202));
        foreach (var api in (TestApi[])[one, two])
            await Eventually.TrueAsync(async () => (await revoked.At(api).GetAsync(Session)).Problem == "session-over", "it is over here");
        Assert.That((await kept.At(two).GetAsync(Session)).Status, Is.EqualTo(200));
        var own = await kept.PutAsync($"/api/v1/users/1/passphrase", new { passphrase = "quite another passphrase" });
        Assert.That((own.Status, own.Problem), Is.EqualTo((503, "main-unreachable")), "passphrases are changed at main");

        link.Up();
        await Eventually.TrueAsync(async () => await Installation.MainAsync<string>("select ended_reason from user_session where id = @id",
            new { id = revoked.Session }) == "revoked", "main knows that it was revoked");
        Assert.That(await Installation.MainAsync<bool>("select ended_at is null from user_session where id = @id", new { id = kept.Session }), Is.True);
        Assert.That(await Installation.MainAsync<int>(
            "select count(*) from audit_entry where site = @site and user_name = @name and action in ('sessions.sign_in', 'sessions.revoke')",
            new { site = Installation.SiteName, name }), Is.EqualTo(3));
    }
}
