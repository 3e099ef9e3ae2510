using System.Text.Json;
using OpsDb.Platform;

namespace OpsDb.UnitTests.Platform;

/// <summary>What settings and preferences may be.</summary>
public sealed class SettingRuleTests
{
    [TestCase("/", true)]
    [TestCase("/wiki", true)]
    [TestCase("/plans/2026-03/M%2042/", false)]
    [TestCase("/plans/2026-03/M%2042", true)]
    [TestCase("", false)]
    [TestCase("wiki", false)]
    [TestCase("//elsewhere.example.org", false)]
    [TestCase("/\\elsewhere.example.org", false)]
    [TestCase("/a//elsewhere.example.org", false)]
    [TestCase("/.", false)]
    [TestCase("/a/../b", false)]
    [TestCase("/\t/elsewhere.example.org", false)]
    [TestCase("/a b", false)]
    [TestCase("/a?b=1", false)]
    [TestCase("/caf\u00e9", false)]
    public void A_path_stays_at_the_site(string path, bool isOne) => Assert.That(Redirect.IsPath(path), Is.EqualTo(isOne));

    [TestCase("/plans/today", true)]
    [TestCase("/plans?night=2026-03-01#top", true)]
    [TestCase("https://wiki.example.org/operations?page=2", true)]
    [TestCase("http://wiki.example.org", false)]
    [TestCase("//wiki.example.org", false)]
    [TestCase("/\\wiki.example.org", false)]
    [TestCase("javascript:alert(1)", false)]
    [TestCase("https://observer@wiki.example.org", false)]
    [TestCase("https://", false)]
    [TestCase("https:/wiki.example.org", false)]
    [TestCase("https:wiki.example.org", false)]
    [TestCase("https://wiki.example.org\\@elsewhere.example.org", false)]
    [TestCase("https://wiki.example.org/\r\nSet-Cookie: a=b", false)]
    [TestCase(" https://wiki.example.org", false)]
    public void A_redirect_leads_to_a_path_of_the_site_or_to_an_address_with_https(string to, bool isOne) =>
        Assert.That(new RedirectsRules().Validate(new Redirects([new("/from", to)])).IsValid, Is.EqualTo(isOne));

    [Test]
    public void Redirects_lead_on_to_none_of_themselves()
    {
        Assert.That(Faults(new("/a", "/b"), new("/b", "/c")), Does.Contain("itself a from"));
        Assert.That(Faults(new Redirect("/a", "/a?again=1")), Does.Contain("itself a from"));
        Assert.That(Faults(new("/a", "/c"), new("/a", "/d")), Does.Contain("each from once"));
        Assert.That(Faults([.. Enumerable.Range(0, 101).Select(i => new Redirect($"/{i}", "/to"))]), Does.Contain("at most 100"));
        Assert.That(Faults([.. Enumerable.Range(0, 100).Select(i => new Redirect($"/{i}", "/to"))]), Is.Empty);

        static string Faults(params IReadOnlyList<Redirect> items) =>
            string.Join(' ', new RedirectsRules().Validate(new Redirects(items)).Errors.Select(e => e.ErrorMessage));
    }

    [TestCase("M42 _-.", false)]
    [TestCase("executions.columns_2-a", true)]
    [TestCase("", false)]
    [TestCase("a/b", false)]
    [TestCase("\u00fc", false)]
    public void A_preference_has_a_name_like_this(string name, bool isOne) => Assert.That(UserPreference.IsName(name), Is.EqualTo(isOne));

    [Test]
    public void A_preference_is_as_long_as_the_database_may_write_it()
    {
        Assert.That(IsValid($"\"{new string('x', UserPreference.MaxBytes - 2)}\""));
        Assert.That(IsValid($"\"{new string('x', UserPreference.MaxBytes - 1)}\""), Is.False);
        Assert.That(IsValid("""{"scale": [1e-300, {"most": 1E300}]}"""));
        Assert.That(IsValid($"[{string.Join(',', Enumerable.Repeat("1e300", 50))}]"), Is.False);

        static bool IsValid(string value) => new UserPreferenceRules()
            .Validate(new UserPreference { Id = Guid.Empty, UserName = "observer", Name = "layout", Value = JsonElement.Parse(value) }).IsValid;
    }
}
