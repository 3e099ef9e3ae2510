using OpsDb.Kernel;
using OpsDb.TestKit;

namespace OpsDb.ApiTests.Planning;

/// <summary>The older addresses of what is planned.</summary>
[TestFixture(SiteType.Main)]
public sealed class PlanningAliasTests(SiteType type) : SiteFixture(type)
{
    [TestCase("/instruments", "/api/v1/instruments")]
    [TestCase("/instruments/1", "/api/v1/instruments/1")]
    [TestCase("/obs_units/", "/api/v1/obs-units")]
    [TestCase("/obs_units/1", "/api/v1/obs-units/1")]
    [TestCase("/api/v1/obs_units?limit=2", "/api/v1/obs-units?limit=2")]
    [TestCase("/observing_program/", "/api/v1/programs")]
    [TestCase("/observing_program/1", "/api/v1/programs/1")]
    public async Task An_older_address_has_what_the_new_one_has(string older, string newer)
    {
        var answer = await Api.GetAsync(older);
        Assert.That((answer.Status, answer.Body.GetRawText()), Is.EqualTo((200, (await Api.GetAsync(newer)).Body.GetRawText())));
        Assert.That(answer.Header("Deprecation"), Is.Not.Null);
    }

    [Test]
    public async Task A_program_is_made_and_changed_as_it_was()
    {
        var created = await Api.PostAsync("/observing_program/",
            new { short_name = $"P{Guid.NewGuid():n}", name = PlanningFlow.Unique("program"), kind = "science", lead = "A" }, null, TestTokens.Admin);
        Assert.That(created.Status, Is.EqualTo(201), created.ToString());
        var changed = await Api.SendAsync(HttpMethod.Put, $"/observing_program/{created.Body.Id()}",
            TestApi.Content(new { allocated_hours = 12.5 }, "application/json"), TestTokens.Admin);
        Assert.That((changed.Status, changed.Body.GetProperty("allocated_hours").GetDouble(), changed.Text("lead")), Is.EqualTo((200, 12.5, "A")),
            changed.ToString());
    }
}
