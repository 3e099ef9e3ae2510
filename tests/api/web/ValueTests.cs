using OpsDb.Kernel;
using OpsDb.TestKit;

namespace OpsDb.ApiTests.Web;

/// <summary>What instants, ids, names and reasons may be.</summary>
[TestFixture(SiteType.Main)]
[TestFixture(SiteType.Secondary)]
public sealed class ValueTests(SiteType type) : SiteFixture(type)
{
    [TestCase(-1_000_000, false)]
    [TestCase(-1, true)]
    [TestCase(0.9, true)]
    [TestCase(1.1, false)]
    [TestCase(2_900_000, false)]
    public async Task A_fact_happened_between_the_bounds(double days, bool accepted)
    {
        var at = Instant.Format(DateTimeOffset.UtcNow.AddDays(days < -700_000 ? -730_000 : days));
        var start = await Api.PostAsync("/api/v1/executions", new { obs_unit_id = 1, start_time = at });
        Assert.That(start.Status, Is.EqualTo(accepted ? Taken(201) : 422), start.ToString());
        var running = await Api.PostAsync("/api/v1/executions", new { obs_unit_id = 1, start_time = Instant.Format(DateTimeOffset.UtcNow.AddDays(-2)) });
        var finish = await Api.PostAsync($"/api/v1/executions/{running.Id}/finish", new { end_time = at });
        Assert.That(finish.Status, Is.EqualTo(accepted ? Taken(200) : 422), finish.ToString());
        if (accepted)
            return;
        Assert.That((start.Problem, finish.Problem), Is.EqualTo(("invalid-fields", "invalid-fields")));
        Assert.That(start.Detail, Does.StartWith("start_time: is an instant from 1990-01-01T00:00:00Z to ").And.Contain("86400 s ahead of this site's clock"));
        Assert.That(finish.Detail, Does.Contain("end_time: is an instant from 1990-01-01T00:00:00Z to "));
        Assert.That((await Api.PostAsync($"/api/v1/executions/{running.Id}/abort", new { reason = "wind", end_time = at })).Status, Is.EqualTo(422));
    }

    [TestCase("1989-12-31T23:59:59Z", 422)]
    [TestCase("1990-01-01T00:00:00Z", 201)]
    [TestCase("0001-01-01T00:00:00Z", 422)]
    [TestCase("9999-12-31T23:59:59.999999Z", 422)]
    public async Task The_bounds_are_exact(string at, int status) =>
        Assert.That((await StartAsync(Api, at)).Status, Is.EqualTo(status == 201 ? Taken(201) : status));

    [Test]
    public async Task The_bounds_are_settings()
    {
        (string, string)[] settings = [("FACT_EARLIEST", "2020-01-01T00:00:00Z"), ("FACT_AHEAD", "60")];
        var api = SiteType == SiteType.Main ? await Installation.StartMainAsync(settings) : await Installation.StartSecondaryAsync(settings);
        Assert.That((await StartAsync(api, "2019-12-31T23:59:59Z")).Detail, Does.Contain("from 2020-01-01T00:00:00Z"));
        Assert.That((await StartAsync(api, Instant.Format(DateTimeOffset.UtcNow.AddSeconds(120)))).Detail, Does.Contain("60 s ahead"));
        Assert.That((await StartAsync(api, Instant.Format(DateTimeOffset.UtcNow.AddSeconds(30)))).Status, Is.EqualTo(Taken(201)));
    }

    [TestCase("00000000-0000-0000-0000-000000000000", 422, "id: is a UUIDv7")]
    [TestCase("6f0c1d1e-31c1-4f0a-9a63-5a1f3e1b2c3d", 422, "id: is a UUIDv7")]
    [TestCase("6F0C1D1E-31C1-7F0A-9A63-5A1F3E1B2C3D", 400, "id: is a UUID, 32 lower-case")]
    public async Task An_id_is_a_UUIDv7_in_lower_case(string id, int status, string reason)
    {
        var answer = await Api.PostAsync("/api/v1/executions", new { id, obs_unit_id = 1 });
        Assert.That(answer.Status, Is.EqualTo(status), answer.ToString());
        Assert.That(answer.Detail, Does.StartWith(reason));
    }

    [Test]
    public async Task What_becomes_aborted_has_a_reason_whichever_way([Values(null, "", " ")] string? reason)
    {
        var id = (await Api.StartExecutionAsync()).Id;
        var finish = await Api.PostAsync($"/api/v1/executions/{id}/finish", new { status = "aborted", reason });
        Assert.That((finish.Status, finish.Detail), Is.EqualTo((422, "reason: says why it was stopped.")), finish.ToString());
        if (reason is not null)
            Assert.That((await Api.PostAsync($"/api/v1/executions/{id}/abort", new { reason })).Detail, Is.EqualTo(finish.Detail));
        var completed = await Api.PostAsync($"/api/v1/executions/{id}/finish", new { status = "completed", reason = "wind" });
        Assert.That(completed.Detail, Does.StartWith("reason: is for"));
        Assert.That((await Api.PostAsync($"/api/v1/executions/{id}/finish", new { status = "failed" })).Status, Is.EqualTo(Taken(200)), "nobody may know why");
    }

    [TestCase("""{"name":"@","type":"fixed","ra_deg":1,"dec_deg":1,"naif_id":499}""", "naif_id: is for solar_system sources")]
    [TestCase("""{"name":"@","type":"solar_system","naif_id":499,"v_lsr_km_s":5}""", "v_lsr_km_s: is for fixed sources")]
    [TestCase("""{"name":"@","type":"solar_system","naif_id":499,"ra_deg":5}""", "ra_deg: is for fixed sources")]
    [TestCase("""{"name":"e\u0301 @","type":"fixed","ra_deg":1,"dec_deg":1}""", "name: is not in Unicode's normal form C")]
    [TestCase("""{"name":"a\u200b@","type":"fixed","ra_deg":1,"dec_deg":1}""", "name: has the character U+200B")]
    [TestCase("""{"name":"@\u00a0b","type":"fixed","ra_deg":1,"dec_deg":1}""", "name: has the character U+00A0")]
    [TestCase("""{"name":"@\u202eb","type":"fixed","ra_deg":1,"dec_deg":1}""", "name: has the character U+202E")]
    [TestCase("""{"name":"@","type":"fixed","ra_deg":1,"dec_deg":1,"catalogue":"a\tb"}""", "catalogue: has the character U+0009")]
    public async Task A_source_has_what_its_type_has_and_a_name_that_can_be_seen(string body, string reason)
    {
        var answer = await Api.PostAsync("/api/v1/sources", body.Replace("@", $"S {Guid.NewGuid()}", StringComparison.Ordinal), null, TestTokens.Admin);
        Assert.That((answer.Status, answer.Problem), Is.EqualTo((422, "invalid-fields")), answer.ToString());
        Assert.That(answer.Detail, Does.StartWith(reason));
    }

    [Test]
    public async Task A_row_that_an_older_release_took_can_still_be_changed()
    {
        var name = $"e\u0301 {Guid.NewGuid()}";
        var source = new { name = $"S {Guid.NewGuid()}", type = "fixed", ra_deg = 1, dec_deg = 1 };
        var id = (await Api.PostAsync("/api/v1/sources", source, null, TestTokens.Admin)).Body.GetProperty("id").GetInt32();
        await Installation.MainAsync<int>("update source set name = 'a' || chr(8203) || @name, naif_id = 5 where id = @id returning id", new { name, id });
        Task<int?> Replicated() => Installation.ReplicaAsync<int?>("select naif_id from source where id = @id", new { id });
        await Eventually.TrueAsync(async () => await Replicated() == 5, "the replica has it");
        var row = await Api.GetAsync($"/api/v1/sources/{id}");
        var changed = await Api.PatchAsync($"/api/v1/sources/{id}", new { comment = "seen" }, row.ETag);
        Assert.That((changed.Status, changed.Text("comment")), Is.EqualTo((200, "seen")), changed.ToString());
        var refused = await Api.PatchAsync($"/api/v1/sources/{id}", new { naif_id = 6 }, changed.ETag);
        Assert.That(refused.Status, Is.EqualTo(422), "what is wrong anew is refused");
    }

    private static Task<TestAnswer> StartAsync(TestApi api, string at) =>
        api.PostAsync("/api/v1/executions", new { obs_unit_id = 1, start_time = at });
}
