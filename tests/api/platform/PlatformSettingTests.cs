using System.Text.Json;
using OpsDb.Kernel;
using OpsDb.TestKit;

namespace OpsDb.ApiTests.Platform;

/// <summary>What administrators set for all.</summary>
[TestFixture(SiteType.Main)]
[TestFixture(SiteType.Secondary)]
public sealed class PlatformSettingTests(SiteType type) : SiteFixture(type)
{
    private const string Settings = "/api/v1/platform/settings";

    [Test]
    public async Task Administrators_set_it_and_everybody_reads_it()
    {
        const string banner = $"{Settings}/banner";
        Assert.That((await Api.GetAsync(banner)).Status, Is.EqualTo(404));
        Assert.That((await Api.PutAsync(TestTokens.Observer, banner, new { text = "mine", level = "info" })).Problem, Is.EqualTo("permission-missing"));
        var set = await Api.PutAsync(TestTokens.Admin, banner, new { text = "Read-only on Thursday.", level = "info" });
        Assert.That((set.Status, set.Header("Location"), set.Text("name")), Is.EqualTo((201, banner, "banner")), set.ToString());
        var read = await Other.GetAsync(banner);
        Assert.That(read.Body.GetProperty("value").GetProperty("text").GetString(), Is.EqualTo("Read-only on Thursday."));
        var same = await Api.PutAsync(TestTokens.Admin, banner, new { level = "info", text = "Read-only on Thursday." });
        Assert.That((same.Status, same.Header("OpsDb-Transaction")), Is.EqualTo((200, (string?)null)), same.ToString());
        var changed = await Api.PutAsync(TestTokens.Admin, banner,
            new { text = "Now.", level = "alarm", from = "2026-03-01T12:00:00+02:00", until = "2026-03-02T00:00:00Z" }, ("If-Match", read.ETag));
        Assert.That(changed.Body.GetProperty("value").GetProperty("from").GetString(), Is.EqualTo("2026-03-01T10:00:00Z"));
        Assert.That((await Api.PutAsync(TestTokens.Admin, banner, new { text = "Late.", level = "info" }, ("If-Match", read.ETag))).Status, Is.EqualTo(412));

        Assert.That((await Api.DeleteAsync(banner, "*", token: TestTokens.Viewer)).Problem, Is.EqualTo("permission-missing"));
        Assert.That((await Api.DeleteAsync(banner, changed.ETag)).Status, Is.EqualTo(204));
        Assert.That((await Api.DeleteAsync(banner, "*")).Detail, Is.EqualTo("The setting banner is not set."));
        Assert.That((await Other.GetAsync(banner)).Status, Is.EqualTo(404));
    }

    [Test]
    public async Task All_that_is_set_is_listed_by_name()
    {
        await Api.PutAsync(TestTokens.Admin, $"{Settings}/redirects", new { items = new[] { new { from = "/wiki", to = "https://wiki.example.org" } } });
        await Api.PutAsync(TestTokens.Admin, $"{Settings}/maintenance", new { reason = "much later", since = "2099-01-01T00:00:00Z" });
        var list = await Other.GetAsync(Settings);
        Assert.That(list.Items.Select(s => s.GetProperty("name").GetString()).Except(["banner"]), Is.EqualTo((string[])["maintenance", "redirects"]));
        Assert.That((await Api.GetAsync($"{Settings}/redirects")).Body.GetProperty("value").GetProperty("items")[0].GetProperty("to").GetString(),
            Is.EqualTo("https://wiki.example.org"));
    }

    [TestCase("banner", """{"text": " ", "level": "info"}""", "text")]
    [TestCase("banner", """{"text": "a", "level": "loud"}""", "level")]
    [TestCase("banner", """{"text": "a", "level": "info", "colour": "red"}""", "colour")]
    [TestCase("banner", """{"text": "a", "level": "info", "from": "2026-03-02T00:00:00Z", "until": "2026-03-01T00:00:00Z"}""", "until")]
    [TestCase("redirects", """{"items": [{"from": "/a", "to": "/b"}, {"from": "/c", "to": "//elsewhere.example.org"}]}""", "items[1].to")]
    [TestCase("redirects", """{"items": [{"from": "a", "to": "/b"}]}""", "items[0].from")]
    [TestCase("redirects", """{"items": [{"from": "/a", "to": "/b"}, {"from": "/b", "to": "/c"}]}""", "items")]
    [TestCase("maintenance", """{}""", "reason")]
    [TestCase("maintenance", """{"reason": "a", "sites": []}""", "sites")]
    [TestCase("maintenance", """{"reason": "a", "sites": ["main", "The Valley"]}""", "sites[1]")]
    [TestCase("maintenance", """{"reason": "a", "since": "tomorrow"}""", "since")]
    public async Task What_has_another_form_is_refused_and_told(string setting, string body, string field)
    {
        var answer = await Api.PutAsync(TestTokens.Admin, $"{Settings}/{setting}", JsonElement.Parse(body));
        Assert.That(answer.Problem, Is.EqualTo("invalid-fields").Or.EqualTo("malformed-body"), answer.ToString());
        Assert.That(answer.Body.GetProperty("errors").EnumerateObject().Select(e => e.Name), Is.EqualTo((string[])[field]), answer.ToString());
    }

    [Test]
    public async Task There_are_no_other_settings()
    {
        Assert.That((await Api.GetAsync($"{Settings}/secrets")).Detail, Does.EndWith("there are banner, redirects, maintenance."));
        Assert.That((await Api.DeleteAsync($"{Settings}/secrets", "*")).Status, Is.EqualTo(404));
        Assert.That((await Api.PutAsync(TestTokens.Admin, $"{Settings}/secrets", new { text = "a" })).Status, Is.EqualTo(405));
    }
}
