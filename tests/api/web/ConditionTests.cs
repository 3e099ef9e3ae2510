using OpsDb.Kernel;
using OpsDb.TestKit;

namespace OpsDb.ApiTests.Web;

/// <summary>Conditional requests (RFC 9110, 13).</summary>
[TestFixture(SiteType.Main)]
[TestFixture(SiteType.Secondary)]
public sealed class ConditionTests(SiteType type) : SiteFixture(type)
{
    [Test]
    public async Task Who_polls_with_a_tag_learns_that_a_write_has_arrived_and_the_writer_s_tag_stays_good()
    {
        var started = await Api.StartExecutionAsync();
        var path = Path(started);
        var read = await Api.GetAsync(path);
        var seen = read;
        await Eventually.TrueAsync(async () =>
        {
            var answer = await Api.GetAsync(path, headers: ("If-None-Match", seen.ETag));
            if (answer.Status == 304)
            {
                Assert.That(answer.ETag, Is.EqualTo(seen.ETag));
                return seen.SyncState == (SiteType == SiteType.Main ? "applied" : "replicated");
            }
            Assert.That(answer.Body.GetProperty("sync").ToString(), Is.Not.EqualTo(seen.Body.GetProperty("sync").ToString()),
                "a body that is the same is not sent again");
            seen = answer;
            return seen.SyncState == (SiteType == SiteType.Main ? "applied" : "replicated");
        }, "the poller sees the newest state");
        var patched = await Api.PatchAsync(path, new { comment = "x" }, started.ETag);
        Assert.That(patched.Status, Is.EqualTo(Taken(200)), patched.ToString());
        Assert.That((await Api.PatchAsync(path, new { comment = "y" }, started.ETag)).Problem, Is.EqualTo("version-mismatch"));
    }

    [Test]
    public async Task A_change_takes_a_list_of_tags_and_an_asterisk()
    {
        var started = await Api.StartExecutionAsync();
        var path = Path(started);
        var list = await Api.PatchAsync(path, new { comment = "list" }, $"\"x\", {started.ETag} ,W/\"y\"");
        Assert.That(list.Status, Is.EqualTo(Taken(200)), list.ToString());
        var lines = await Api.SendAsync(HttpMethod.Patch, path, TestApi.Content(new { comment = "lines" }, "application/merge-patch+json"), TestTokens.Admin,
            ("If-Match", "\"x\""), ("If-Match", list.ETag));
        Assert.That(lines.Status, Is.EqualTo(Taken(200)), lines.ToString());
        Assert.That((await Api.PatchAsync(path, new { comment = "any" }, "*")).Status, Is.EqualTo(Taken(200)));
        Assert.That((await Api.PatchAsync(path, new { comment = "none" }, "\"x\", \"y\"")).Status, Is.EqualTo(412));
    }

    [Test]
    public async Task A_change_back_is_made_also_where_the_change_before_it_has_not_been_seen_yet()
    {
        var path = Path(await Api.PostAsync("/api/v1/executions", new { obs_unit_id = 1, comment = "a" }));
        for (var round = 0; round < 10; round++)
        {
            Assert.That((await Other.PatchAsync(path, new { comment = "b" }, "*")).Status, Is.EqualTo(Taken(200)));
            var back = await Api.PatchAsync(path, new { comment = "a" }, "*");
            Assert.That((back.Status, back.Body.GetProperty("version").GetInt32()), Is.EqualTo((Taken(200), 3 + 2 * round)), back.ToString());
        }
    }

    [TestCase("3")]
    [TestCase("\"3")]
    [TestCase("\"3\" \"4\"")]
    [TestCase("*, \"3\"")]
    [TestCase("w/\"3\"")]
    public async Task What_is_no_tag_is_refused_by_reads_and_changes(string header)
    {
        var started = await Api.StartExecutionAsync();
        Assert.That((await Api.PatchAsync(Path(started), new { comment = "x" }, header)).Problem, Is.EqualTo("malformed-header"));
        Assert.That((await Api.GetAsync(Path(started), headers: ("If-None-Match", header))).Problem, Is.EqualTo("malformed-header"));
        Assert.That((await Api.GetAsync(Path(started), headers: ("If-Match", header))).Problem, Is.EqualTo("malformed-header"));
    }

    [Test]
    public async Task A_weak_tag_saves_a_reader_the_body_and_does_not_let_a_writer_in()
    {
        var path = Path(await Api.StartExecutionAsync());
        await Eventually.TrueAsync(async () =>
        {
            // Until it is replicated its tag still changes.
            var read = await Api.GetAsync(path);
            return (await Api.GetAsync(path, headers: ("If-None-Match", $"W/{read.ETag}"))).Status == 304;
        }, "304 for the weak form of the tag just read");
        Assert.That((await Api.PatchAsync(path, new { comment = "x" }, $"W/{(await Api.GetAsync(path)).ETag}")).Problem, Is.EqualTo("version-mismatch"));
    }

    [Test]
    public async Task A_read_can_be_bound_to_a_tag()
    {
        var started = await Api.StartExecutionAsync();
        Assert.That((await Api.GetAsync(Path(started), headers: ("If-Match", started.ETag))).Status, Is.EqualTo(200));
        Assert.That((await Api.GetAsync(Path(started), headers: ("If-Match", "\"x\""))).Problem, Is.EqualTo("version-mismatch"));
        Assert.That((await Api.GetAsync(Path(started), headers: ("If-None-Match", "*"))).Status, Is.EqualTo(304));
    }

    [Test]
    public async Task A_creation_that_names_what_must_be_there_is_refused()
    {
        Assert.That((await Api.PostAsync("/api/v1/executions", new { obs_unit_id = 1 }, headers: [("If-Match", "*")])).Problem, Is.EqualTo("version-mismatch"));
        Assert.That((await Api.PostAsync("/api/v1/executions", new { obs_unit_id = 1 }, headers: [("If-None-Match", "*")])).Status, Is.EqualTo(Taken(201)));
    }

    [Test]
    public async Task An_action_can_be_bound_to_a_tag()
    {
        var started = await Api.StartExecutionAsync();
        Assert.That((await Api.PostAsync($"{Path(started)}/finish", new { }, headers: [("If-Match", "\"7\"")])).Problem, Is.EqualTo("version-mismatch"));
        Assert.That((await Api.PostAsync($"{Path(started)}/finish", new { }, headers: [("If-None-Match", "*")])).Problem, Is.EqualTo("version-mismatch"));
        Assert.That((await Api.PostAsync($"{Path(started)}/finish", new { }, headers: [("If-Match", started.ETag)])).Status, Is.EqualTo(Taken(200)));
    }

    [Test]
    public async Task Every_single_resource_has_a_tag()
    {
        var started = await Api.StartExecutionAsync();
        var transaction = $"/api/v1/transactions/{started.Header("OpsDb-Transaction")}";
        await Eventually.TrueAsync(async () => (await Api.GetAsync(transaction)).Text("state") == (SiteType == SiteType.Main ? "applied" : "replicated"),
            "its state is the last one");
        foreach (var path in (string[])[transaction, "/api/v1/sources/1", "/api/v1/obs-units/1", "/api/site/info", "/problems/not-found"])
        {
            var read = await Api.GetAsync(path);
            Assert.That(read.Header("ETag"), Is.Not.Null, path);
            Assert.That((await Api.GetAsync(path, headers: ("If-None-Match", read.ETag))).Status, Is.EqualTo(304), path);
        }
    }

    private static string Path(TestAnswer started) => $"/api/v1/executions/{started.Id}";
}
