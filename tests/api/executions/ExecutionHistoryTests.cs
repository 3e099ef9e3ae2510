using Npgsql;
using OpsDb.Kernel;
using OpsDb.TestKit;

namespace OpsDb.ApiTests.Executions;

[TestFixture(SiteType.Main)]
[TestFixture(SiteType.Secondary)]
public sealed class ExecutionHistoryTests(SiteType type) : SiteFixture(type)
{
    [Test]
    public async Task A_history_has_every_version_newest_first()
    {
        var id = await ObservedAsync();
        await RecordedAsync(id, versions: 3);
        var history = (await Api.GetAsync($"/api/v1/executions/{id}/history")).Items.ToList();
        Assert.That(history.Select(v => v.GetProperty("version").GetInt32()), Is.EqualTo((int[])[3, 2, 1]));
        Assert.That(history.Select(v => v.GetProperty("operation").GetString()), Is.EqualTo((string[])["changed", "changed", "created"]));
        Assert.That(history.Select(v => v.GetProperty("row").GetProperty("status").GetString()), Is.EqualTo((string[])["completed", "running", "running"]));
        Assert.That(history.Select(v => v.GetProperty("modified_by").GetString()), Is.EqualTo((string[])["observer", "admin", "observer"]));
        Assert.That(history.Select(v => v.GetProperty("recorded_at").GetDateTimeOffset()), Is.Ordered.Descending);
        Assert.That(history.Select(v => v.GetProperty("sync").GetProperty("transaction").GetString()), Is.Unique);
    }

    [Test]
    public async Task Pages_of_a_history_join_by_their_links()
    {
        var id = await ObservedAsync();
        var versions = new List<int>();
        for (var next = $"/api/v1/executions/{id}/history?limit=2"; next is not null;)
        {
            var page = await Other.GetAsync(next);
            Assert.That(page.Status, Is.EqualTo(200), page.ToString());
            versions.AddRange(page.Items.Select(v => v.GetProperty("version").GetInt32()));
            next = page.Header("Link")?.Split('<', '>')[1];
        }
        Assert.That(versions, Is.EqualTo((int[])[3, 2, 1]));
    }

    [Test]
    public async Task What_is_pending_is_in_the_history_and_not_in_the_past()
    {
        if (SiteType == SiteType.Main)
            Assert.Ignore("Nothing is pending at the main site.");
        await using var holder = new NpgsqlConnection($"{Installation.Main.ToConnectionString()};Pooling=false");
        await holder.OpenAsync();
        await using var hold = await holder.BeginTransactionAsync();
        await using (var command = new NpgsqlCommand("lock table site_watermark in share mode", holder, hold))
            await command.ExecuteNonQueryAsync();
        var id = await ObservedAsync();
        var pending = (await Other.GetAsync($"/api/v1/executions/{id}/history")).Items.ToList();
        await hold.RollbackAsync();
        Assert.That(pending.Select(v => v.GetProperty("version").GetInt32()), Is.EqualTo((int[])[3, 2, 1]));
        Assert.That(pending.Select(v => v.GetProperty("recorded_at").ValueKind), Is.All.EqualTo(System.Text.Json.JsonValueKind.Null));
        Assert.That(pending.Select(v => v.GetProperty("sync").GetProperty("state").GetString()), Is.All.EqualTo("buffered"));
        Assert.That(pending.Select(v => v.GetProperty("operation").GetString()), Is.EqualTo((string[])["changed", "changed", "created"]));

        var recorded = await RecordedAsync(id, versions: 3);
        Assert.That(recorded.Select(v => v.GetProperty("row").GetRawText()), Is.EqualTo(pending.Select(v => v.GetProperty("row").GetRawText())));
        Assert.That(recorded.Select(v => v.GetProperty("sync").GetProperty("transaction").GetString()),
            Is.EqualTo(pending.Select(v => v.GetProperty("sync").GetProperty("transaction").GetString())));
    }

    [Test]
    public async Task A_list_as_of_an_instant_has_the_rows_of_then_and_filters_sorts_pages_and_counts_them()
    {
        const int unit = 43;
        List<Guid> ids = [await ObservedAsync(unit), await ObservedAsync(unit), await ObservedAsync(unit)];
        var starts = new List<DateTimeOffset>();
        foreach (var id in ids)
            starts.Add((await RecordedAsync(id, versions: 3))[^1].GetProperty("recorded_at").GetDateTimeOffset());
        var first = (await Api.GetAsync($"/api/v1/executions/{ids[2]}/history")).Items.ToList();
        var whenStarted = Instant.Format(first[^1].GetProperty("recorded_at").GetDateTimeOffset());
        var list = $"/api/v1/executions?obs_unit_id={unit}&count=true&limit=2&sort=id&as_of=";
        var page = await Api.GetAsync($"{list}{whenStarted}");
        Assert.That((page.Status, page.Total), Is.EqualTo((200, 3)), page.ToString());
        var rest = await Other.GetAsync(page.Header("Link")!.Split('<', '>')[1]);
        Assert.That(page.Items.Concat(rest.Items).Select(e => e.GetProperty("id").GetGuid()), Is.EqualTo(ids.OrderBy(i => $"{i}", StringComparer.Ordinal)));
        Assert.That((await Api.GetAsync($"{list}{whenStarted}&status=running")).Total, Is.EqualTo(1));
        Assert.That((await Api.GetAsync($"{list}{whenStarted}&status=completed")).Total, Is.EqualTo(2));
        var before = Instant.Format(starts.Min().AddMicroseconds(-1));
        Assert.That((await Api.GetAsync($"/api/v1/obs-units/{unit}/executions?count=true&as_of={before}")).Total, Is.Zero);

        Assert.That((await Api.GetAsync($"/api/v1/executions/{ids[2]}?as_of={whenStarted}")).Text("status"), Is.EqualTo("running"));
        Assert.That((await Api.GetAsync($"/api/v1/executions/{ids[2]}?as_of=2026-01-01T00:00:00Z")).Problem, Is.EqualTo("not-found"));
    }

    [TestCase("2126-01-01T00:00:00Z")]
    [TestCase("yesterday")]
    [TestCase("2026-11-20T00:00:00")]
    [TestCase("")]
    [TestCase("2026-11-20T00:00:00Z&as_of=2026-11-21T00:00:00Z")]
    public async Task An_instant_that_is_none_or_not_past_is_refused(string instant)
    {
        foreach (var path in (string[])["/api/v1/executions", $"/api/v1/executions/{Guid.CreateVersion7()}"])
        {
            var answer = await Api.GetAsync($"{path}?as_of={instant}");
            Assert.That((answer.Status, answer.Problem), Is.EqualTo((400, "malformed-parameter")), path);
            Assert.That(answer.Body.GetProperty("errors").TryGetProperty("as_of", out _), path);
        }
    }

    [Test]
    public async Task There_is_no_history_of_what_never_was() =>
        Assert.That((await Api.GetAsync($"/api/v1/executions/{Guid.CreateVersion7()}/history")).Problem, Is.EqualTo("not-found"));

    [Test]
    public async Task A_cursor_of_another_history_is_refused()
    {
        var (one, other) = (await ObservedAsync(), await ObservedAsync());
        var next = (await Api.GetAsync($"/api/v1/executions/{one}/history?limit=1")).Text("next");
        Assert.That((await Api.GetAsync($"/api/v1/executions/{other}/history?after={next}")).Problem, Is.EqualTo("malformed-parameter"));
    }

    [Test]
    public async Task A_history_needs_the_permission_to_read_its_rows()
    {
        var path = $"/api/v1/executions/{await ObservedAsync()}/history";
        Assert.That((await Api.SendAsync(HttpMethod.Get, path, null, null)).Status, Is.EqualTo(401));
        Assert.That((await Api.GetAsync(path)).Status, Is.EqualTo(200));
    }

    /// <summary>Three versions: it runs, its comment is corrected, it is finished.</summary>
    private async Task<Guid> ObservedAsync(int unit = 1)
    {
        var started = await Api.StartExecutionAsync(unit);
        await Api.PatchAsync($"/api/v1/executions/{started.Id}", new { comment = "clouds" }, started.ETag);
        var finished = await Api.PostAsync($"/api/v1/executions/{started.Id}/finish", new { });
        Assert.That(finished.Status, Is.EqualTo(Taken(200)), finished.ToString());
        return started.Id;
    }

    private async Task<List<System.Text.Json.JsonElement>> RecordedAsync(Guid id, int versions)
    {
        List<System.Text.Json.JsonElement> history = [];
        await Eventually.TrueAsync(async () =>
        {
            history = [.. (await Api.GetAsync($"/api/v1/executions/{id}/history")).Items];
            return history.Count == versions && history.TrueForAll(v => v.GetProperty("recorded_at").ValueKind != System.Text.Json.JsonValueKind.Null);
        }, "every version is recorded");
        return history;
    }
}
