using System.Text.Json;
using OpsDb.Kernel;
using OpsDb.TestKit;

namespace OpsDb.ApiTests.Executions;

/// <summary>Lists while writes go on: at a secondary site a part of each list is pending, a part replicated.</summary>
[TestFixture(SiteType.Main)]
[TestFixture(SiteType.Secondary)]
public sealed class ExecutionListTests(SiteType type) : SiteFixture(type)
{
    [Test]
    public async Task Pages_of_any_size_join_to_the_whole_list_in_order()
    {
        const int unit = 41;
        var ids = new List<Guid>();
        for (var i = 0; i < 25; i++)
        {
            var started = await Api.PostAsync("/api/v1/executions", new { obs_unit_id = unit, start_time = $"2026-11-20T03:00:{i % 7:00}Z" });
            ids.Add(started.Id);
            if (i % 3 == 0)
                await Api.PostAsync($"/api/v1/executions/{started.Id}/finish", new { end_time = "2026-11-20T04:00:00Z" });
        }
        var bytes = StringComparer.Ordinal;
        foreach (var sort in (string[])["-start_time", "start_time,-id", "status,start_time", "-status,id", "id"])
        {
            foreach (var limit in (int[])[1, 4, 25, 100])
            {
                var pages = await PagesAsync($"/api/v1/obs-units/{unit}/executions?sort={sort}&limit={limit}&count=true");
                var seen = pages.SelectMany(p => p.Items).ToList();
                Assert.That(seen.Select(e => e.GetProperty("id").GetGuid()), Is.EquivalentTo(ids), $"{sort} {limit}");
                Assert.That(pages.Select(p => p.Body.GetProperty("total").GetInt64()), Is.All.EqualTo(25), $"{sort} {limit}");
                var keys = seen.Select(e => (Status: Text(e, "status"), Start: Text(e, "start_time"), Id: Text(e, "id"))).ToList();
                var expected = sort switch
                {
                    "-start_time" => keys.OrderByDescending(k => k.Start, bytes).ThenByDescending(k => k.Id, bytes),
                    "start_time,-id" => keys.OrderBy(k => k.Start, bytes).ThenByDescending(k => k.Id, bytes),
                    "status,start_time" => keys.OrderBy(k => k.Status, bytes).ThenBy(k => k.Start, bytes).ThenBy(k => k.Id, bytes),
                    "-status,id" => keys.OrderByDescending(k => k.Status, bytes).ThenBy(k => k.Id, bytes),
                    _ => keys.OrderBy(k => k.Id, bytes),
                };
                Assert.That(keys, Is.EqualTo(expected), $"{sort} {limit}");
            }
        }
    }

    [Test]
    public async Task Filters_hold_over_the_merged_result()
    {
        const int unit = 42;
        for (var i = 0; i < 9; i++)
        {
            var id = (await Api.PostAsync("/api/v1/executions", new { obs_unit_id = unit, start_time = $"2026-11-20T0{i}:00:00Z" })).Id;
            if (i < 4)
                await Other.PostAsync($"/api/v1/executions/{id}/finish", new { end_time = "2026-11-20T12:00:00Z", quality = i % 2 == 0 ? "good" : "bad" });
        }
        async Task<int> Count(string filter) => (await Other.GetAsync($"/api/v1/executions?obs_unit_id={unit}&{filter}&limit=100")).Items.Count();
        await Assert.MultipleAsync(async () =>
        {
            Assert.That(await Count("status=running"), Is.EqualTo(5));
            Assert.That(await Count("status=completed"), Is.EqualTo(4));
            Assert.That(await Count("status=completed,running"), Is.EqualTo(9));
            Assert.That(await Count("quality=good"), Is.EqualTo(2));
            Assert.That(await Count("started_from=2026-11-20T03:00:00Z&started_before=2026-11-20T06:00:00Z"), Is.EqualTo(3));
            Assert.That(await Count("ended_from=2026-11-20T11:00:00Z"), Is.EqualTo(4));
            Assert.That(await Count("status=aborted"), Is.Zero);
        });
    }

    [Test]
    public async Task Mistakes_in_the_query_are_all_told_at_once()
    {
        var answer = await Api.GetAsync("/api/v1/executions?statsu=running&limit=0&sort=colour&status=done&started_from=yesterday");
        Assert.That((answer.Status, answer.Problem), Is.EqualTo((400, "malformed-parameter")));
        Assert.That(answer.Body.GetProperty("errors").EnumerateObject().Select(e => e.Name),
            Is.EquivalentTo(new[] { "statsu", "limit", "sort", "status", "started_from" }));
        Assert.That((await Api.GetAsync("/api/v1/executions?after=nonsense")).Problem, Is.EqualTo("malformed-parameter"));
    }

    private static string Text(JsonElement row, string field) => row.GetProperty(field).GetString()!;

    private async Task<List<TestAnswer>> PagesAsync(string path)
    {
        var pages = new List<TestAnswer>();
        for (var next = path; next is not null;)
        {
            var page = await Api.GetAsync(next);
            Assert.That(page.Status, Is.EqualTo(200), page.ToString());
            pages.Add(page);
            next = page.Header("Link")?.Split('<', '>')[1];
        }
        return pages;
    }
}
