using OpsDb.Kernel;
using OpsDb.TestKit;

namespace OpsDb.ApiTests.Web;

[TestFixture(SiteType.Main)]
[TestFixture(SiteType.Secondary)]
public sealed class EnumTests(SiteType type) : SiteFixture(type)
{
    private static readonly string[] NoNames =
        ["completed, aborted", "completed,failed", "Completed", "COMPLETED", " completed", "completed ", "1", "", "done"];

    [Test]
    public async Task A_status_is_its_exact_name([ValueSource(nameof(NoNames))] string status)
    {
        var started = await Api.StartExecutionAsync();
        var refused = await Api.PostAsync($"/api/v1/executions/{started.Id}/finish", new { status });
        Assert.That((refused.Status, refused.Problem), Is.EqualTo((400, "malformed-body")), refused.ToString());
        Assert.That(refused.Body.GetProperty("errors").GetProperty("status")[0].GetString(), Does.Contain("one of running, completed, aborted, failed"));
        Assert.That((await Api.GetAsync($"/api/v1/executions/{started.Id}")).Text("status"), Is.EqualTo("running"));
    }

    [TestCase("\"good, bad\"")]
    [TestCase("\"Good\"")]
    [TestCase("\"good,usable\"")]
    [TestCase("0")]
    [TestCase("[\"good\"]")]
    public async Task A_quality_is_its_exact_name(string quality)
    {
        var started = await Api.StartExecutionAsync();
        var finish = await Api.PostAsync($"/api/v1/executions/{started.Id}/finish", $$"""{"quality":{{quality}}}""");
        var change = await Api.PatchAsync($"/api/v1/executions/{started.Id}", $$"""{"quality":{{quality}}}""", started.ETag);
        foreach (var refused in new[] { finish, change })
        {
            Assert.That((refused.Status, refused.Problem), Is.EqualTo((400, "malformed-body")), refused.ToString());
            Assert.That(refused.Detail, Does.Contain("quality: is one of good, usable, bad"));
        }
    }

    [TestCase("sources", """{"name":"S","type":"fixed, solar_system","ra_deg":1,"dec_deg":1}""", "type: is one of fixed, solar_system, constant_elevation")]
    [TestCase("sources", """{"name":"S","type":"Fixed","ra_deg":1,"dec_deg":1}""", "type: is one of fixed, solar_system, constant_elevation")]
    [TestCase("sources", """{"name":"S","type":"SolarSystem","naif_id":1}""", "type: is one of fixed, solar_system, constant_elevation")]
    [TestCase("programs", """{"short_name":"P","name":"P","kind":"science, technical"}""", "kind: is one of science, technical")]
    [TestCase("programs", """{"short_name":"P","name":"P","kind":" science"}""", "kind: is one of science, technical")]
    public async Task The_catalogue_takes_exact_names(string resource, string body, string reason)
    {
        var refused = await Api.PostAsync($"/api/v1/{resource}", body, null, TestTokens.Admin);
        Assert.That((refused.Status, refused.Problem), Is.EqualTo((400, "malformed-body")), refused.ToString());
        Assert.That(refused.Detail, Does.Contain(reason));
    }

    [Test]
    public async Task Corrected_steps_take_exact_names()
    {
        const string steps = """{"steps":[{"entity":"executed_obs_unit","operation":"Create","rows":[]}]}""";
        var refused = await Api.PostAsync($"/api/v1/transactions/{Guid.CreateVersion7()}/retry", steps, null, TestTokens.Admin);
        Assert.That((refused.Status, refused.Problem), Is.EqualTo((400, "malformed-body")), refused.ToString());
        Assert.That(refused.Detail, Does.Contain("one of create, update, delete"));
    }

    [TestCase("executions?status=Running")]
    [TestCase("executions?status=running,%20completed")]
    [TestCase("executions?quality=0")]
    [TestCase("executions?count=True")]
    [TestCase("transactions?state=Failed")]
    [TestCase("sources?type=fixed%2C%20solar_system")]
    public async Task A_query_takes_exact_names(string address) =>
        Assert.That((await Api.GetAsync($"/api/v1/{address}", TestTokens.Admin)).Problem, Is.EqualTo("malformed-parameter"));
}
