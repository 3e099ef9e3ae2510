using Dapper;
using Npgsql;
using OpsDb.Kernel;
using OpsDb.TestKit;

namespace OpsDb.ApiTests.Catalogue;

/// <summary>Catalogue entities: writes go to the main database, also from a secondary site.</summary>
[TestFixture(SiteType.Main)]
[TestFixture(SiteType.Secondary)]
public sealed class CatalogueTests(SiteType type) : SiteFixture(type)
{
    [Test]
    public async Task The_samples_are_there()
    {
        async Task<long> Total(string resource) => (await Api.GetAsync($"/api/v1/{resource}?count=true&limit=1")).Body.GetProperty("total").GetInt64();
        await Assert.MultipleAsync(async () =>
        {
            Assert.That(await Total("telescopes"), Is.EqualTo(1));
            Assert.That(await Total("instruments"), Is.EqualTo(2));
            Assert.That(await Total("programs"), Is.EqualTo(3));
            Assert.That(await Total("sources"), Is.GreaterThanOrEqualTo(40));
            Assert.That(await Total("obs-units"), Is.GreaterThanOrEqualTo(60));
        });
        var telescope = (await Api.GetAsync("/api/v1/telescopes/1")).Body;
        Assert.That(telescope.GetProperty("altitude_m").GetDouble(), Is.EqualTo(5600));
        var orion = (await Api.GetAsync("/api/v1/sources?name=Orion-KL")).Items.Single();
        Assert.That(orion.GetProperty("ra_deg").GetDouble(), Is.EqualTo(83.81).Within(0.005));
        Assert.That((await Api.GetAsync("/api/v1/sources?type=solar_system&limit=1000")).Items.Select(s => s.GetProperty("naif_id").GetInt32()),
            Has.Member(599));
    }

    [Test]
    public async Task A_source_is_created_changed_and_found()
    {
        var name = $"Test {Guid.NewGuid()}";
        var created = await Api.PostAsync("/api/v1/sources", new { name, type = "fixed", ra_deg = 10.5, dec_deg = -20.25 }, $"create {name}", TestTokens.Admin);
        Assert.That((created.Status, created.SyncState), Is.EqualTo((201, "applied")), created.ToString());
        Assert.That(created.Header("OpsDb-Consistency"), Is.Not.Null);
        var again = await Other.PostAsync("/api/v1/sources", new { name, type = "fixed", ra_deg = 10.5, dec_deg = -20.25 }, $"create {name}", TestTokens.Admin);
        Assert.That((again.Status, again.Body.GetProperty("id").GetInt32()), Is.EqualTo((201, created.Body.GetProperty("id").GetInt32())), again.ToString());
        Assert.That(again.Header("Idempotency-Replayed"), Is.EqualTo("true"));
        var twice = await Api.PostAsync("/api/v1/sources", new { name, type = "fixed", ra_deg = 1.5, dec_deg = 1.5 }, null, TestTokens.Admin);
        Assert.That((twice.Status, twice.Problem), Is.EqualTo((409, "already-exists")), twice.ToString());

        var path = created.Header("Location")!;
        await Eventually.TrueAsync(async () => (await Other.GetAsync(path)).Status == 200, "it is readable here");
        var patched = await Api.PatchAsync(path, new { comment = "seen", dec_deg = -21 }, created.ETag);
        Assert.That(patched.Status, Is.EqualTo(200), patched.ToString());
        var stale = await Api.PatchAsync(path, new { comment = "late" }, created.ETag);
        Assert.That((stale.Status, stale.Problem), Is.EqualTo((412, "version-mismatch")));
        await Eventually.TrueAsync(async () => (await Other.GetAsync(path)).Body.GetProperty("version").GetInt32() == 2, "the change is readable here");
    }

    [Test]
    public async Task Of_two_changes_of_one_version_that_arrive_at_once_one_is_made()
    {
        var source = new { name = $"Test {Guid.NewGuid()}", type = "fixed", ra_deg = 10.5, dec_deg = -20.25 };
        var created = await Api.PostAsync("/api/v1/sources", source, null, TestTokens.Admin);
        var path = created.Header("Location")!;
        await Eventually.TrueAsync(async () => (await Other.GetAsync(path)).Status == 200, "it is readable here");
        Task<TestAnswer>[] changes;
        await using (var holder = new NpgsqlConnection($"{Installation.Main.ToConnectionString()};Pooling=false"))
        {
            await holder.OpenAsync();
            await holder.ExecuteAsync("begin; select from source where id = @id for update", new { id = created.Body.GetProperty("id").GetInt32() });
            // Of different fields: as rows they would merge.
            changes = [Api.PatchAsync(path, new { comment = "one" }, created.ETag), Other.PatchAsync(path, new { catalogue = "other" }, created.ETag)];
            const string waiting = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
            await Eventually.TrueAsync(async () => await Installation.MainAsync<int>(waiting) == 2, "both have decided");
        }
        var answers = await Task.WhenAll(changes);
        Assert.That(answers.Select(a => a.Status).Order(), Is.EqualTo((int[])[200, 412]), string.Join('\n', answers.Select(a => a.ToString())));
        Assert.That(answers.Single(a => a.Status == 200).ETag, Does.StartWith("\"2."));
        await Eventually.TrueAsync(async () => (await Other.GetAsync(path)).Body.GetProperty("version").GetInt32() == 2, "the change is readable here");
    }

    [Test]
    public async Task Wrong_values_are_all_told_at_once_and_nothing_is_stored()
    {
        var refused = await Api.PostAsync("/api/v1/sources", new { name = " ", type = "fixed", ra_deg = 400 }, null, TestTokens.Admin);
        Assert.That((refused.Status, refused.Problem), Is.EqualTo((422, "invalid-fields")));
        Assert.That(refused.Body.GetProperty("errors").EnumerateObject().Select(e => e.Name), Is.EquivalentTo(new[] { "name", "ra_deg", "dec_deg" }));
    }

    [Test]
    public async Task An_obs_unit_of_an_unknown_source_is_refused()
    {
        var unit = new { name = "x", observing_program_id = 1, source_id = 999_999, obs_mode_id = 1, instrument_id = 1, priority = 1 };
        var refused = await Api.PostAsync("/api/v1/obs-units", unit, null, TestTokens.Admin);
        Assert.That((refused.Status, refused.Problem), Is.EqualTo((422, "reference-unknown")), refused.ToString());
        Assert.That(refused.Body.GetProperty("errors").TryGetProperty("source_id", out _), Is.True);
    }

    [Test]
    public async Task An_observer_may_not_change_the_catalogue() =>
        Assert.That((await Api.PostAsync("/api/v1/sources", new { name = "x", type = "fixed", ra_deg = 1, dec_deg = 1 })).Status, Is.EqualTo(403));
}
