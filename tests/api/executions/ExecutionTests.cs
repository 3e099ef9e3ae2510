using OpsDb.Kernel;
using OpsDb.TestKit;

namespace OpsDb.ApiTests.Executions;

[TestFixture(SiteType.Main)]
[TestFixture(SiteType.Secondary)]
public sealed class ExecutionTests(SiteType type) : SiteFixture(type)
{
    [Test]
    public async Task A_start_is_answered_with_the_execution_and_read_back_at_once()
    {
        var id = Guid.CreateVersion7();
        var started = await Api.PostAsync("/api/v1/executions", new { id, obs_unit_id = 3, start_time = "2026-11-20T03:04:05.1234567Z", comment = "first" });
        Assert.That(started.Status, Is.EqualTo(Taken(201)), started.ToString());
        Assert.Multiple(() =>
        {
            Assert.That(started.Id, Is.EqualTo(id));
            Assert.That(started.Text("status"), Is.EqualTo("running"));
            Assert.That(started.Text("start_time"), Is.EqualTo("2026-11-20T03:04:05.123456Z"), "rounded to PostgreSQL's precision");
            Assert.That(started.Text("created_by"), Is.EqualTo("observer"));
            Assert.That(started.SyncState, Is.EqualTo(SiteType == SiteType.Main ? "applied" : "buffered"));
            Assert.That(started.Header("Location"), Does.EndWith($"/api/v1/executions/{id}"));
            Assert.That(started.Header("OpsDb-Transaction"), Is.EqualTo(started.Body.GetProperty("sync").GetProperty("transaction").GetString()));
            Assert.That(started.Header("OpsDb-Consistency"), Is.Not.Null);
        });
        var read = await Other.GetAsync($"/api/v1/executions/{id}");
        Assert.That(read.Status, Is.EqualTo(200), read.ToString());
        Assert.That(read.Text("comment"), Is.EqualTo("first"));
        Assert.That(read.Header("OpsDb-Consistency"), Is.Not.Null);
    }

    [Test]
    public async Task A_finish_is_seen_by_the_other_process_at_once()
    {
        var id = (await Api.StartExecutionAsync()).Id;
        var finished = await Api.PostAsync($"/api/v1/executions/{id}/finish", new { mean_pwv_mm = 0.45, quality = "good" });
        Assert.That(finished.Status, Is.EqualTo(Taken(200)), finished.ToString());
        var read = await Other.GetAsync($"/api/v1/executions/{id}");
        Assert.Multiple(() =>
        {
            Assert.That(read.Text("status"), Is.EqualTo("completed"));
            Assert.That(read.Body.GetProperty("mean_pwv_mm").GetDouble(), Is.EqualTo(0.45));
            Assert.That(read.Body.GetProperty("version").GetInt32(), Is.EqualTo(2));
        });
    }

    [Test]
    public async Task A_finish_of_what_never_started_is_not_found()
    {
        var answer = await Api.PostAsync($"/api/v1/executions/{Guid.CreateVersion7()}/finish", new { });
        Assert.That((answer.Status, answer.Problem), Is.EqualTo((404, "not-found")));
    }

    [Test]
    public async Task A_second_finish_with_another_key_is_a_conflict_that_names_the_state()
    {
        var id = (await Api.StartExecutionAsync()).Id;
        await Api.PostAsync($"/api/v1/executions/{id}/finish", new { }, "first");
        var second = await Api.PostAsync($"/api/v1/executions/{id}/finish", new { }, $"second {id}");
        Assert.That((second.Status, second.Problem), Is.EqualTo((409, "state-conflict")));
        Assert.That(second.Detail, Does.Contain("completed"));
    }

    [Test]
    public async Task A_second_finish_with_the_same_key_gets_the_first_answer()
    {
        var id = (await Api.StartExecutionAsync()).Id;
        var first = await Api.PostAsync($"/api/v1/executions/{id}/finish", new { comment = "x" }, $"finish {id}");
        var again = await Other.PostAsync($"/api/v1/executions/{id}/finish", new { comment = "x" }, $"finish {id}");
        Assert.That(again.Status, Is.EqualTo(first.Status));
        Assert.That(again.Body.ToString(), Is.EqualTo(first.Body.ToString()));
        Assert.That(again.Header("Idempotency-Replayed"), Is.EqualTo("true"));
    }

    [Test]
    public async Task Of_two_finishes_that_arrive_at_once_at_two_processes_one_wins()
    {
        for (var i = 0; i < 20; i++)
        {
            var id = (await Api.StartExecutionAsync()).Id;
            var answers = await Task.WhenAll(
                Api.PostAsync($"/api/v1/executions/{id}/finish", new { comment = "a" }, $"a {id}"),
                Other.PostAsync($"/api/v1/executions/{id}/finish", new { comment = "b" }, $"b {id}"));
            Assert.That(answers.Select(a => a.Status).Order(), Is.EqualTo(new[] { Taken(200), 409 }.Order()),
                string.Join('\n', answers.Select(a => a.ToString())));
            var winner = answers.Single(a => a.Status != 409);
            Assert.That((await Api.GetAsync($"/api/v1/executions/{id}")).Text("comment"), Is.EqualTo(winner.Text("comment")));
        }
    }

    [Test]
    public async Task Two_requests_with_one_key_that_arrive_at_once_at_two_processes_are_one()
    {
        for (var i = 0; i < 20; i++)
        {
            var id = (await Api.StartExecutionAsync()).Id;
            var answers = await Task.WhenAll(
                Api.PostAsync($"/api/v1/executions/{id}/finish", new { }, $"one {id}"),
                Other.PostAsync($"/api/v1/executions/{id}/finish", new { }, $"one {id}"));
            Assert.That(answers.Select(a => a.Status), Is.All.EqualTo(Taken(200)), string.Join('\n', answers.Select(a => a.ToString())));
            Assert.That(answers[0].Body.ToString(), Is.EqualTo(answers[1].Body.ToString()));
        }
    }

    [Test]
    public async Task A_key_with_another_body_is_refused()
    {
        var key = Guid.NewGuid().ToString();
        await Api.StartExecutionAsync(1, key);
        var other = await Api.StartExecutionAsync(2, key);
        Assert.That((other.Status, other.Problem), Is.EqualTo((422, "idempotency-key-reused")));
    }

    [Test]
    public async Task An_end_before_the_start_is_refused_and_changes_nothing()
    {
        var id = (await Api.PostAsync("/api/v1/executions", new { obs_unit_id = 1, start_time = "2026-11-20T03:00:00Z" })).Id;
        var refused = await Api.PostAsync($"/api/v1/executions/{id}/finish", new { end_time = "2026-11-20T02:59:59Z" });
        Assert.That((refused.Status, refused.Problem), Is.EqualTo((422, "invalid-fields")));
        Assert.That(refused.Body.GetProperty("errors").TryGetProperty("end_time", out _), Is.True);
        Assert.That((await Api.GetAsync($"/api/v1/executions/{id}")).Text("status"), Is.EqualTo("running"));
    }

    [TestCase("finish")]
    [TestCase("abort")]
    public async Task An_end_without_a_time_is_not_before_a_start_by_a_clock_that_is_ahead(string verb)
    {
        var start = Instant.Format(DateTimeOffset.UtcNow.AddHours(2));
        var id = (await Api.PostAsync("/api/v1/executions", new { obs_unit_id = 1, start_time = start })).Id;
        var ended = await Api.PostAsync($"/api/v1/executions/{id}/{verb}", verb == "abort" ? new { reason = "wind" } : new { });
        Assert.That((ended.Status / 100, (await Api.GetAsync($"/api/v1/executions/{id}")).Text("end_time")), Is.EqualTo((2, start)));
    }

    [Test]
    public async Task A_start_of_an_unknown_unit_is_refused()
    {
        var refused = await Api.StartExecutionAsync(999_999);
        Assert.That((refused.Status, refused.Problem), Is.EqualTo((422, "reference-unknown")));
    }

    [Test]
    public async Task A_start_with_an_id_in_use_is_refused()
    {
        var id = (await Api.StartExecutionAsync()).Id;
        var refused = await Other.PostAsync("/api/v1/executions", new { id, obs_unit_id = 1 });
        Assert.That((refused.Status, refused.Problem), Is.EqualTo((409, "already-exists")));
    }

    [Test]
    public async Task An_abort_needs_a_reason_and_keeps_it()
    {
        var id = (await Api.StartExecutionAsync()).Id;
        Assert.That((await Api.PostAsync($"/api/v1/executions/{id}/abort", new { })).Status, Is.EqualTo(400));
        Assert.That((await Api.PostAsync($"/api/v1/executions/{id}/abort", new { reason = "" })).Status, Is.EqualTo(422));
        Assert.That((await Api.PostAsync($"/api/v1/executions/{id}/abort", new { reason = "dome closed" })).Status, Is.EqualTo(Taken(200)));
        Assert.That((await Api.GetAsync($"/api/v1/executions/{id}")).Text("reason"), Is.EqualTo("dome closed"));
    }

    [Test]
    public async Task A_patch_needs_the_present_entity_tag()
    {
        var started = await Api.StartExecutionAsync();
        var path = $"/api/v1/executions/{started.Id}";
        Assert.That((await Api.PatchAsync(path, new { comment = "x" }, null)).Status, Is.EqualTo(428));
        Assert.That((await Api.PatchAsync(path, new { comment = "x" }, "\"77\"")).Status, Is.EqualTo(412));
        var patched = await Api.PatchAsync(path, new { comment = "x", quality = "usable" }, (await Api.GetAsync(path)).ETag);
        Assert.That(patched.Status, Is.EqualTo(Taken(200)), patched.ToString());
        var stale = await Api.PatchAsync(path, new { comment = "y" }, started.ETag);
        Assert.That(stale.Status, Is.EqualTo(412));
        var cleared = await Api.PatchAsync(path, new { comment = (string?)null }, (await Api.GetAsync(path)).ETag);
        Assert.That(cleared.Status, Is.EqualTo(Taken(200)), cleared.ToString());
        var read = await Other.GetAsync(path);
        Assert.That(read.Body.GetProperty("comment").ValueKind, Is.EqualTo(System.Text.Json.JsonValueKind.Null));
        Assert.That(read.Text("quality"), Is.EqualTo("usable"));
    }

    [Test]
    public async Task A_patch_of_a_field_that_cannot_be_changed_says_which_can()
    {
        var started = await Api.StartExecutionAsync();
        var refused = await Api.PatchAsync($"/api/v1/executions/{started.Id}", new { status = "completed", nonsense = 1 }, started.ETag);
        Assert.That((refused.Status, refused.Problem), Is.EqualTo((400, "malformed-body")));
        Assert.That(refused.Body.GetProperty("errors").EnumerateObject().Select(e => e.Name), Is.EquivalentTo(new[] { "status", "nonsense" }));
    }

    [Test]
    public async Task A_patch_that_changes_nothing_leaves_the_tag_good([Values] bool withKey)
    {
        var started = await Api.PostAsync("/api/v1/executions", new { obs_unit_id = 1, comment = "same" });
        var path = $"/api/v1/executions/{started.Id}";
        (string, string)[] key = withKey ? [("Idempotency-Key", $"same {started.Id}")] : [];
        var patch = TestApi.Content(new { comment = "same" }, "application/merge-patch+json");
        var nothing = await Api.SendAsync(HttpMethod.Patch, path, patch, TestTokens.Admin, [("If-Match", started.ETag), .. key]);
        Assert.That((int)nothing.Code, Is.AnyOf(200, 202), nothing.ToString());
        Assert.That(nothing.Body.GetProperty("version").GetInt32(), Is.EqualTo(1));
        var changed = await Api.PatchAsync(path, new { comment = "other" }, nothing.ETag);
        Assert.That(changed.Status, Is.EqualTo(Taken(200)), changed.ToString());
    }

    [Test]
    public async Task A_patch_with_half_a_character_is_refused()
    {
        var started = await Api.StartExecutionAsync();
        var refused = await Api.PatchAsync($"/api/v1/executions/{started.Id}", """{"comment":"\ud800"}""", started.ETag);
        Assert.That((refused.Status, refused.Problem), Is.EqualTo((400, "malformed-body")), refused.ToString());
    }

    [Test]
    public async Task A_key_may_serve_a_write_to_main_and_one_to_the_log()
    {
        var key = Guid.NewGuid().ToString();
        var source = await Api.PostAsync("/api/v1/sources", new { name = key, type = "fixed", ra_deg = 1.5, dec_deg = 1.5 }, key, TestTokens.Admin);
        Assert.That(source.Status, Is.EqualTo(201), source.ToString());
        var start = await Api.PostAsync("/api/v1/executions", new { obs_unit_id = 1 }, key, TestTokens.Admin);
        Assert.That(start.Status, Is.EqualTo(SiteType == SiteType.Main ? 422 : 202), start.ToString());
        if (SiteType == SiteType.Secondary)
            await Eventually.TrueAsync(async () => (await Api.GetAsync($"/api/v1/executions/{start.Id}")).SyncState == "replicated", "the processor goes on");
    }

    [Test]
    public async Task A_reader_who_has_the_newest_version_is_told_so()
    {
        var path = $"/api/v1/executions/{(await Api.StartExecutionAsync()).Id}";
        // Until it is replicated its tag still changes.
        await Eventually.TrueAsync(async () =>
        {
            var read = await Api.GetAsync(path);
            return (await Api.GetAsync(path, headers: ("If-None-Match", read.ETag))).Status == 304;
        }, "304 for the tag just read");
    }

    [Test]
    public async Task The_older_addresses_reach_the_same_handlers()
    {
        var started = await Api.PostAsync("/executed_obs_units/start", new { obs_unit_id = 59 });
        Assert.That(started.Status, Is.EqualTo(201), started.ToString());
        Assert.That(started.Text("status"), Is.EqualTo(SiteType == SiteType.Main ? "applied" : "buffered"));
        Assert.That(started.Header("Deprecation"), Is.Not.Null);
        var finished = await Api.PutAsync($"/executed_obs_units/{started.Id}/finish", new { status = "completed" });
        Assert.That(finished.Status, Is.EqualTo(Taken(200)), finished.ToString());
        var list = await Other.GetAsync("/executed_obs_units/59");
        Assert.That(list.Status, Is.EqualTo(200), list.ToString());
        Assert.That(list.Body.EnumerateArray().Single().GetProperty("status").GetString(), Is.EqualTo("completed"));
        Assert.That((await Other.GetAsync("/executed_obs_units/58")).Body.GetArrayLength(), Is.Zero);
    }

    [Test]
    public async Task A_transaction_can_be_followed()
    {
        var started = await Api.StartExecutionAsync();
        var path = $"/api/v1/transactions/{started.Header("OpsDb-Transaction")}";
        var status = await Other.GetAsync(path);
        Assert.That(status.Status, Is.EqualTo(200), status.ToString());
        Assert.That(status.Text("kind"), Is.EqualTo("executions.start"));
        var everywhere = SiteType == SiteType.Main ? "applied" : "replicated";
        await Eventually.TrueAsync(async () => (await Other.GetAsync(path)).Text("state") == everywhere, "the write has arrived everywhere");
        Assert.That((await Api.GetAsync($"/api/v1/transactions/{Guid.NewGuid()}")).Status, Is.EqualTo(404));
    }
}
