using OpsDb.Kernel;
using OpsDb.TestKit;

namespace OpsDb.ApiTests.Webhooks;

/// <summary>Addresses of others to which events are posted.</summary>
[TestFixture(SiteType.Main)]
[TestFixture(SiteType.Secondary)]
public sealed class WebhookTests(SiteType type) : SiteFixture(type)
{
    private const string Webhooks = "/api/v1/webhooks";

    [Test]
    public async Task A_webhook_is_made_changed_asked_to_begin_again_and_deleted()
    {
        var made = await Api.PostAsync(Webhooks, Body(), null, TestTokens.Admin);
        Assert.That(made.Status, Is.EqualTo(201), made.ToString());
        var address = $"{Webhooks}/{made.Body.GetProperty("id").GetInt32()}";
        var changed = await Api.PatchAsync(address, new { entities = (string[])["executions"], active = false }, made.ETag);
        Assert.That((changed.Status, changed.Body.GetProperty("active").GetBoolean()), Is.EqualTo((200, false)), changed.ToString());
        var replayed = await Api.PostAsync($"{address}/replay", new { from_event = 5 }, null, TestTokens.Admin);
        Assert.That((replayed.Status, replayed.Body.GetProperty("replay_from").GetInt64()), Is.EqualTo((200, 5L)), replayed.ToString());
        await Eventually.TrueAsync(async () =>
            (await Api.GetAsync($"{address}/deliveries?state=waiting", TestTokens.Admin)).Status == 200, "the site has it");
        Assert.That((await Api.GetAsync($"{address}/deliveries?state=lost", TestTokens.Admin)).Problem, Is.EqualTo("malformed-parameter"));
        Assert.That((await Api.GetAsync($"{Webhooks}/0/deliveries", TestTokens.Admin)).Status, Is.EqualTo(404));
        Assert.That((await Api.DeleteAsync(address, replayed.ETag)).Status, Is.EqualTo(204));
    }

    [TestCase("url", "http://example.org/")]
    [TestCase("url", "https://user:secret@example.org/")]
    [TestCase("url", "file:///etc/passwd")]
    [TestCase("secret_name", "../passwd")]
    [TestCase("secret_name", "")]
    [TestCase("entities", "tokens")]
    public async Task What_would_post_to_nowhere_or_with_no_secret_is_refused(string field, string value)
    {
        var body = Body();
        body[field] = field == "entities" ? (string[])[value] : value;
        var refused = await Api.PostAsync(Webhooks, body, null, TestTokens.Admin);
        Assert.That(refused.Status, Is.EqualTo(422), refused.ToString());
        Assert.That(refused.Wrong(field == "entities" ? "entities[0]" : field), Is.Not.Null);
        Assert.That((await Api.PostAsync(Webhooks, Body(), null, TestTokens.Observer)).Problem, Is.EqualTo("permission-missing"));
    }

    private static Dictionary<string, object> Body() =>
        new() { ["name"] = $"{Guid.NewGuid()}", ["url"] = "https://example.org/opsdb", ["secret_name"] = "receiver" };
}
