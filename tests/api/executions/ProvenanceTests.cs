using System.Text.Json;
using Npgsql;
using OpsDb.Kernel;
using OpsDb.TestKit;

namespace OpsDb.ApiTests.Executions;

[TestFixture(SiteType.Main)]
[TestFixture(SiteType.Secondary)]
public sealed class ProvenanceTests(SiteType type) : SiteFixture(type)
{
    private static readonly string[] NotYet = ["applied_at", "wal_lsn"];

    [Test]
    public async Task Every_version_names_its_transaction_its_token_its_site_and_where_it_was_recorded()
    {
        var started = await Api.StartExecutionAsync();
        var changed = await Api.PatchAsync($"/api/v1/executions/{started.Id}", new { comment = "clouds" }, started.ETag);
        var finished = await Other.PostAsync($"/api/v1/executions/{started.Id}/finish", new { });
        var all = await RecordedAsync($"/api/v1/executions/{started.Id}");
        Assert.That(Of(all, "version"), Is.EqualTo((string[])["3", "2", "1"]));
        Assert.That(Of(all, "operation"), Is.EqualTo((string[])["changed", "changed", "created"]));
        Assert.That(Of(all, "kind"), Is.EqualTo((string[])["executions.finish", "executions.change", "executions.start"]));
        Assert.That(Of(all, "actor"), Is.EqualTo((string[])["observer", "admin", "observer"]));
        Assert.That(Of(all, "token_name"), Is.EqualTo((string[])["observer", "admin", "observer"]));
        Assert.That(Of(all, "token_id"), Is.EqualTo(new[] { await TokenAsync("observer"), await TokenAsync("admin"), await TokenAsync("observer") }));
        Assert.That(Of(all, "transaction"), Is.EqualTo(new[] { finished, changed, started }.Select(a => a.Header("OpsDb-Transaction"))));
        Assert.That(Of(all, "site"), Is.All.EqualTo(SiteType == SiteType.Main ? "main" : Installation.SiteName));
        Assert.That(Of(all, "software_version"), Is.All.EqualTo(SoftwareVersion.Current));
        Assert.That(Of(all, "wal_lsn"), Is.All.Match("^[0-9A-F]+/[0-9A-F]+$"));
        Assert.That(all.Select(p => NpgsqlTypes.NpgsqlLogSequenceNumber.Parse(p.GetProperty("wal_lsn").GetString()!)), Is.Ordered.Descending);
        Assert.That(Of(all, "epoch").Distinct().Single() is "", Is.EqualTo(SiteType == SiteType.Main));
        Assert.That(Of(all, "position").Contains(""), Is.EqualTo(SiteType == SiteType.Main));
        Assert.That(all[0].EnumerateObject().Select(p => p.Name), Has.None.Contains("idempotency"));

        var first = await Api.GetAsync($"/api/v1/executions/{started.Id}/provenance?limit=2");
        var rest = await Api.GetAsync(first.Header("Link")!.Split('<', '>')[1]);
        Assert.That(Of([.. first.Items, .. rest.Items], "version"), Is.EqualTo((string[])["3", "2", "1"]));
    }

    [Test]
    public async Task What_is_pending_names_its_place_in_the_log_and_keeps_what_it_says_when_it_is_recorded()
    {
        if (SiteType == SiteType.Main)
            Assert.Ignore("Nothing is pending at the main site.");
        await using var holder = new NpgsqlConnection($"{Installation.Main.ToConnectionString()};Pooling=false");
        await holder.OpenAsync();
        await using var hold = await holder.BeginTransactionAsync();
        await using (var command = new NpgsqlCommand("lock table site_watermark in share mode", holder, hold))
            await command.ExecuteNonQueryAsync();
        var started = await Api.StartExecutionAsync(key: $"{Guid.NewGuid()}");
        await Api.PostAsync($"/api/v1/executions/{started.Id}/finish", new { });
        var pending = (await Other.GetAsync($"/api/v1/executions/{started.Id}/provenance")).Items.ToList();
        await hold.RollbackAsync();
        Assert.That(Of(pending, "version"), Is.EqualTo((string[])["2", "1"]));
        Assert.That(Of(pending, "state"), Is.All.EqualTo("buffered"));
        foreach (var field in NotYet)
            Assert.That(pending.Select(p => p.GetProperty(field).ValueKind), Is.All.EqualTo(JsonValueKind.Null), field);
        Assert.That(pending.Select(p => p.GetProperty("position").GetInt64()), Is.Ordered.Descending.And.All.Positive);
        Assert.That(Of(pending, "token_name"), Is.All.EqualTo("observer"));
        Assert.That(Of(pending, "software_version"), Is.All.EqualTo(SoftwareVersion.Current));

        var recorded = await RecordedAsync($"/api/v1/executions/{started.Id}");
        foreach (var (before, after) in pending.Zip(recorded))
            Assert.That(Same(after), Is.EqualTo(Same(before)));

        static IEnumerable<string> Same(JsonElement entry) =>
            entry.EnumerateObject().Where(p => p.Name != "state" && !NotYet.Contains(p.Name)).Select(p => p.ToString());
    }

    [Test]
    public async Task What_was_created_directly_and_deleted_has_one_too()
    {
        var created = await Api.PostAsync("/api/v1/sources", new { name = $"{Guid.NewGuid()}", type = "solar_system", naif_id = 599 }, null, TestTokens.Admin);
        var path = $"/api/v1/sources/{created.Body.GetProperty("id").GetInt32()}";
        Assert.That((await Api.DeleteAsync(path, created.ETag)).Status, Is.EqualTo(204));
        var all = await RecordedAsync(path);
        Assert.That(Of(all, "operation"), Is.EqualTo((string[])["deleted", "created"]));
        Assert.That(Of(all, "kind"), Is.EqualTo((string[])["sources.delete", "sources.create"]));
        Assert.That(all.Select(p => p.GetProperty("epoch").ValueKind), Is.All.EqualTo(JsonValueKind.Null), "no log has it");
        Assert.That(Of(all, "site"), Is.All.EqualTo(SiteType == SiteType.Main ? "main" : Installation.SiteName));
        Assert.That(Of(all, "token_name"), Is.All.EqualTo("admin"));
    }

    [Test]
    public async Task There_is_none_of_what_never_was_and_none_without_the_permission_to_read_the_row()
    {
        Assert.That((await Api.GetAsync($"/api/v1/executions/{Guid.CreateVersion7()}/provenance")).Problem, Is.EqualTo("not-found"));
        Assert.That((await Api.GetAsync("/api/v1/sources/2000000000/provenance")).Problem, Is.EqualTo("not-found"));
        var path = $"/api/v1/executions/{(await Api.StartExecutionAsync()).Id}/provenance";
        Assert.That((await Api.SendAsync(HttpMethod.Get, path, null, null)).Status, Is.EqualTo(401));
        Assert.That((await Api.GetAsync(path, TestTokens.Expired)).Status, Is.EqualTo(401));
        Assert.That((await Api.GetAsync($"{path}?after=elsewhere")).Problem, Is.EqualTo("malformed-parameter"));
    }

    private async Task<string> TokenAsync(string name) => $"{await Installation.MainAsync<Guid>("select id from api_token where name = @name", new { name })}";

    private async Task<List<JsonElement>> RecordedAsync(string path)
    {
        List<JsonElement> entries = [];
        await Eventually.TrueAsync(async () =>
        {
            entries = [.. (await Api.GetAsync($"{path}/provenance")).Items];
            return entries.Count > 0 && entries.TrueForAll(p => p.GetProperty("applied_at").ValueKind != JsonValueKind.Null);
        }, "every version is recorded");
        return entries;
    }

    private static IEnumerable<string> Of(IEnumerable<JsonElement> entries, string field) => entries.Select(e => e.GetProperty(field).ToString());
}
