using OpsDb.Kernel;
using OpsDb.TestKit;

namespace OpsDb.ApiTests.Catalogue;

/// <summary>Rows of tables that say so can be deleted, when nothing refers to them.</summary>
[TestFixture(SiteType.Main)]
[TestFixture(SiteType.Secondary)]
public sealed class DeleteTests(SiteType type) : SiteFixture(type)
{
    [Test]
    public async Task A_deleted_source_is_gone_at_once_for_every_process_of_the_site()
    {
        var name = $"Test {Guid.NewGuid()}";
        var created = await CreateAsync(name);
        var path = created.Header("Location")!;
        var deleted = await Api.DeleteAsync(path, created.ETag);
        Assert.That((deleted.Status, deleted.Header("OpsDb-Transaction") is null, deleted.Header("ETag")), Is.EqualTo((204, false, (string?)null)),
            deleted.ToString());
        foreach (var process in (TestApi[])[Api, Other])
        {
            Assert.That((await process.GetAsync(path)).Status, Is.EqualTo(404));
            var list = await process.GetAsync($"/api/v1/sources?count=true&name={Uri.EscapeDataString(name)}");
            Assert.That((list.Total, list.Items.Count()), Is.EqualTo((0, 0)));
        }
        Assert.That((await Api.PatchAsync(path, new { comment = "late" }, "*")).Status, Is.EqualTo(404));
    }

    [Test]
    public async Task What_is_not_there_as_it_was_read_is_not_deleted()
    {
        var created = await CreateAsync();
        var path = created.Header("Location")!;
        Assert.That((await Api.DeleteAsync(path, null)).Problem, Is.EqualTo("version-required"));
        var patched = await Api.PatchAsync(path, new { comment = "seen" }, created.ETag);
        var stale = await Api.DeleteAsync(path, created.ETag);
        Assert.That((stale.Status, stale.Problem), Is.EqualTo((412, "version-mismatch")));
        Assert.That((await Api.DeleteAsync(path, patched.ETag, token: TestTokens.Observer)).Status, Is.EqualTo(403));
        Assert.That((await Api.DeleteAsync(path, patched.ETag)).Status, Is.EqualTo(204));
        var again = await Api.DeleteAsync(path, patched.ETag);
        Assert.That((again.Status, again.Problem), Is.EqualTo((404, "not-found")));
        Assert.That((await Api.DeleteAsync("/api/v1/telescopes/1", "*")).Status, Is.EqualTo(405), "its table does not say so");
    }

    [Test]
    public async Task A_repetition_with_the_same_key_is_answered_as_the_first()
    {
        var created = await CreateAsync();
        var (path, key) = (created.Header("Location")!, $"delete {Guid.NewGuid()}");
        var first = await Api.DeleteAsync(path, created.ETag, key);
        var again = await Other.DeleteAsync(path, created.ETag, key);
        Assert.That((again.Status, again.Header("Idempotency-Replayed")), Is.EqualTo((204, "true")), again.ToString());
        Assert.That(again.Header("OpsDb-Transaction"), Is.EqualTo(first.Header("OpsDb-Transaction")));
        Assert.That((await Api.DeleteAsync("/api/v1/sources/1", "*", key)).Problem, Is.EqualTo("idempotency-key-reused"));
    }

    [Test]
    public async Task What_others_refer_to_stays()
    {
        var source = await CreateAsync();
        var program = await Api.PostAsync("/api/v1/programs", new { short_name = $"{Guid.NewGuid():n}", name = $"{Guid.NewGuid()}", kind = "technical" },
            null, TestTokens.Admin);
        var unit = await UnitAsync(source.Body.GetProperty("id").GetInt32(), program.Body.GetProperty("id").GetInt32());
        foreach (var needed in (TestAnswer[])[source, program])
        {
            var refused = await Api.DeleteAsync(needed.Header("Location")!, needed.ETag);
            Assert.That((refused.Status, refused.Problem), Is.EqualTo((409, "still-referenced")), refused.ToString());
            Assert.That(refused.Detail, Does.Contain("obs unit"));
        }
        foreach (var row in (TestAnswer[])[unit, source, program])
            Assert.That((await Api.DeleteAsync(row.Header("Location")!, row.ETag)).Status, Is.EqualTo(204));
    }

    [Test]
    public async Task An_obs_unit_that_was_deleted_here_is_not_executed_any_more()
    {
        var unit = await UnitAsync(1, 1);
        var id = unit.Body.GetProperty("id").GetInt32();
        Assert.That((await Api.DeleteAsync(unit.Header("Location")!, unit.ETag)).Status, Is.EqualTo(204));
        var refused = await Other.StartExecutionAsync(id);
        Assert.That((refused.Status, refused.Problem), Is.EqualTo((422, "reference-unknown")), refused.ToString());
    }

    private Task<TestAnswer> CreateAsync(string? name = null) => Api.PostAsync("/api/v1/sources",
        new { name = name ?? $"Test {Guid.NewGuid()}", type = "fixed", ra_deg = 10.5, dec_deg = -20.25 }, null, TestTokens.Admin);

    private Task<TestAnswer> UnitAsync(int source, int program) => Api.PostAsync("/api/v1/obs-units",
        new { name = $"{Guid.NewGuid()}", observing_program_id = program, source_id = source, obs_mode_id = 1, instrument_id = 1, priority = 1 },
        null, TestTokens.Admin);
}
