using System.Text.Json.Nodes;
using OpsDb.ApiTests.Hostile;
using OpsDb.Kernel;
using OpsDb.TestKit;

namespace OpsDb.ApiTests.Web;

/// <summary>A write with <c>dry_run=true</c> is answered as the real one, and leaves nothing behind.</summary>
[TestFixture(SiteType.Main)]
[TestFixture(SiteType.Secondary)]
public sealed class DryRunTests(SiteType type) : SiteFixture(type)
{
    private const string Executions = "/api/v1/executions";
    private const string Sources = "/api/v1/sources";

    [Test]
    public async Task A_source_is_created_changed_and_deleted_in_words_only()
    {
        var name = NewName();
        var tried = await Api.PostAsync($"{Sources}?dry_run=true", Source(name), null, TestTokens.Admin);
        Assert.That((tried.Status, tried.SyncState, tried.Text("name")), Is.EqualTo((201, "applied", name)), tried.ToString());
        Assert.That(tried.Header("OpsDb-Dry-Run"), Is.EqualTo("true"));
        await RequireNothingAsync(tried);
        Assert.That((await Other.GetAsync(tried.Header("Location")!)).Status, Is.EqualTo(404));

        var created = await Api.PostAsync($"{Sources}?dry_run=false", Source(name), null, TestTokens.Admin);
        Assert.That(created.Header("OpsDb-Dry-Run"), Is.Null);
        RequireSame(tried, created, "id");
        var path = created.Header("Location")!;
        var changed = await Api.PatchAsync($"{path}?dry_run=true", new { comment = "seen" }, created.ETag);
        Assert.That((changed.Status, changed.Text("comment"), changed.Body.GetProperty("version").GetInt32()), Is.EqualTo((200, "seen", 2)),
            changed.ToString());
        var deleted = await Api.DeleteAsync($"{path}?dry_run=true", created.ETag);
        Assert.That((deleted.Status, deleted.Header("OpsDb-Dry-Run")), Is.EqualTo((204, "true")), deleted.ToString());
        await RequireNothingAsync(changed, deleted);
        Assert.That((await Other.GetAsync(path)).Body.GetProperty("version").GetInt32(), Is.EqualTo(1));

        RequireSame(changed, await Api.PatchAsync(path, new { comment = "seen" }, created.ETag));
    }

    [Test]
    public async Task Many_rows_are_tried_together()
    {
        var mark = NewName();
        Task<TestAnswer> TryAsync(params string[] names) =>
            Api.PostAsync($"{Sources}/bulk?dry_run=true", new { items = names.Select(Source) }, null, TestTokens.Admin);
        var tried = await TryAsync($"{mark} a", $"{mark} b");
        Assert.That((tried.Status, tried.Body.GetProperty("count").GetInt32(), tried.Header("OpsDb-Dry-Run")), Is.EqualTo((201, 2, "true")), tried.ToString());
        var refused = await TryAsync(mark, "Orion-KL");
        Assert.That((refused.Status, refused.Problem), Is.EqualTo((409, "already-exists")), refused.ToString());
        await RequireNothingAsync(tried);
        Assert.That((await Other.GetAsync($"{Sources}?name_prefix={mark}&count=true")).Total, Is.Zero);
    }

    [TestCase(Executions, "/finish")]
    [TestCase("/executed_obs_units/start", "/finish")]
    public async Task An_execution_is_started_and_ended_in_words_only(string start, string verb)
    {
        var id = Guid.CreateVersion7();
        var body = new { id, obs_unit_id = 3, start_time = "2026-11-20T03:00:00Z" };
        var tried = await Api.PostAsync($"{start}?dry_run=true", body, null, null, ("Prefer", "wait=20"));
        await RequireNothingAsync(tried);
        Assert.That((await Other.GetAsync($"{Executions}/{id}")).Status, Is.EqualTo(404));
        var started = await Api.PostAsync(start, body);
        RequireSame(tried, started);

        await SettledAsync();
        var isAlias = start != Executions;
        var one = isAlias ? $"/executed_obs_units/{id}" : $"{Executions}/{id}";
        Task<TestAnswer> EndAsync(string query) => isAlias ? Api.PutAsync($"{one}{verb}{query}", new { end_time = "2026-11-20T04:00:00Z" })
            : Api.PostAsync($"{one}{verb}{query}", new { end_time = "2026-11-20T04:00:00Z" });
        var ended = await EndAsync("?dry_run=true");
        Assert.That(ended.Text("status"), Is.EqualTo("completed"), ended.ToString());
        var aborted = await Api.PostAsync($"{Executions}/{id}/abort?dry_run=true", new { reason = "wind" });
        var read = await Other.GetAsync($"{Executions}/{id}");
        var corrected = await Api.PatchAsync($"{Executions}/{id}?dry_run=true", new { comment = "x" }, read.ETag);
        Assert.That((aborted.Status, corrected.Status), Is.EqualTo((Taken(200), Taken(200))), $"{aborted}\n{corrected}");
        Assert.That((read.Text("status"), read.Body.GetProperty("version").GetInt32()), Is.EqualTo(("running", 1)));
        await RequireNothingAsync(ended, aborted, corrected);
        RequireSame(ended, await EndAsync(""));
    }

    [Test]
    public async Task It_is_refused_as_the_real_one()
    {
        var (started, created) = (await Api.StartExecutionAsync(), await Api.PostAsync(Sources, Source(NewName()), null, TestTokens.Admin));
        var (execution, source) = ($"{Executions}/{started.Id}", created.Header("Location")!);
        await Api.PostAsync($"{execution}/finish", new { });
        await SettledAsync();
        const string dry = "?dry_run=true";
        var wrong = new { name = "x", type = "fixed", ra_deg = 400, dec_deg = 1 };
        foreach (var (expected, answer) in ((string, TestAnswer)[])
        [
            ("422 invalid-fields", await Api.PostAsync($"{Sources}{dry}", wrong, null, TestTokens.Admin)),
            ("409 already-exists", await Api.PostAsync($"{Sources}{dry}", Source("Orion-KL"), null, TestTokens.Admin)),
            ("400 malformed-body", await Api.PostAsync($"{Sources}{dry}", new { nobody_knows = 1 }, null, TestTokens.Admin)),
            ("403 permission-missing", await Api.PostAsync($"{Sources}{dry}", Source("x"))),
            ("428 version-required", await Api.PatchAsync($"{source}{dry}", new { comment = "x" }, null)),
            ("412 version-mismatch", await Api.PatchAsync($"{source}{dry}", new { comment = "x" }, "\"77\"")),
            ("409 still-referenced", await Api.DeleteAsync($"/api/v1/obs-units/{started.Body.GetProperty("obs_unit_id")}{dry}", "*")),
            ("422 reference-unknown", await Api.PostAsync($"{Executions}{dry}", new { obs_unit_id = 999_999 })),
            ("409 already-exists", await Api.PostAsync($"{Executions}{dry}", new { id = started.Id, obs_unit_id = 1 })),
            ("409 state-conflict", await Api.PostAsync($"{execution}/finish{dry}", new { })),
            ("412 version-mismatch", await Api.PatchAsync($"{execution}{dry}", new { comment = "x" }, "\"77\"")),
            ("404 not-found", await Api.PostAsync($"{Executions}/{Guid.CreateVersion7()}/finish{dry}", new { })),
        ])
        {
            Assert.That($"{answer.Status} {answer.Problem}", Is.EqualTo(expected), answer.ToString());
            Assert.That(answer.Header("OpsDb-Dry-Run"), Is.Null, "a refusal is one with or without it");
        }
        Assert.That((await Other.GetAsync(execution)).Body.GetProperty("version").GetInt32(), Is.EqualTo(2));
        Assert.That((await Other.GetAsync(source)).Body.GetProperty("version").GetInt32(), Is.EqualTo(1));
    }

    [TestCase(Executions)]
    [TestCase(Sources)]
    public async Task A_key_is_free_afterwards_and_a_known_one_gets_the_first_answer(string path)
    {
        var (key, name) = (NewName(), NewName());
        Task<TestAnswer> SendAsync(string query, string text) =>
            Api.PostAsync($"{path}{query}", path == Sources ? Source(text) : new { obs_unit_id = 1, comment = text }, key, TestTokens.Admin);
        Assert.That((await SendAsync("?dry_run=true", $"{name} before")).Header("OpsDb-Dry-Run"), Is.EqualTo("true"));
        var first = await SendAsync("", name);
        Assert.That((first.Status, first.Header("Idempotency-Replayed")), Is.EqualTo((path == Sources ? 201 : Taken(201), (string?)null)), first.ToString());
        var again = await SendAsync("?dry_run=true", name);
        Assert.That((again.Status, again.Header("Idempotency-Replayed"), again.Header("OpsDb-Transaction")),
            Is.EqualTo((first.Status, "true", first.Header("OpsDb-Transaction"))), again.ToString());
        Assert.That((await SendAsync("?dry_run=true", $"{name} other")).Problem, Is.EqualTo("idempotency-key-reused"));
    }

    [TestCase("dry_run=")]
    [TestCase("dry_run=1")]
    [TestCase("dry_run=True")]
    [TestCase("dry_run=true&dry_run=false")]
    public async Task It_is_true_or_false(string query)
    {
        var answer = await Api.PostAsync($"{Executions}?{query}", new { obs_unit_id = 1 });
        Assert.That((answer.Status, answer.Problem), Is.EqualTo((400, "malformed-parameter")), answer.ToString());
        Assert.That(answer.Body.GetProperty("errors").TryGetProperty("dry_run", out _), Is.True, answer.ToString());
    }

    [Test]
    public async Task Every_write_of_the_document_takes_it_and_nothing_that_reads()
    {
        var document = (await Api.GetAsync("/openapi/v1.json")).Body;
        var operations = Operation.Read(document);
        Assert.That(operations.Where(o => o.InQuery.Any(p => p.Name == "dry_run")).Select(o => $"{o}"),
            Is.EquivalentTo(operations.Where(o => o.IsWrite).Select(o => $"{o}")));
        var paths = document.GetProperty("paths");
        var untold = from o in operations
                     where o.IsWrite
                     from answer in paths.GetProperty(o.Path).GetProperty(o.Method.ToLowerInvariant()).GetProperty("responses").EnumerateObject()
                     where answer.Name.StartsWith('2') && !answer.Value.GetProperty("headers").TryGetProperty("OpsDb-Dry-Run", out _)
                     select $"{o} {answer.Name}";
        Assert.That(untold, Is.Empty);
        var read = await Api.GetAsync($"{Sources}/1?dry_run=true");
        Assert.That((read.Status, read.Problem), Is.EqualTo((400, "malformed-parameter")), read.ToString());
    }

    [Test]
    public async Task What_an_operator_tries_stays_as_it_is()
    {
        if (SiteType == SiteType.Main)
            Assert.Ignore("Main refuses at once.");
        await Installation.MainAsync<int>("alter table executed_obs_unit add constraint fault check (obs_unit_id <> 60); select 1");
        var refused = (await Api.StartExecutionAsync(60)).Header("OpsDb-Transaction")!;
        await Eventually.TrueAsync(async () => (await Api.GetAsync("/api/v1/transactions?state=failed")).Items.Any(), "the site knows that it is refused");
        Task<TestAnswer> ActAsync(string path) => Api.PostAsync($"/api/v1/{path}", new { }, null, TestTokens.Admin);

        Assert.That((await ActAsync($"transactions/{refused}/retry?dry_run=true")).Text("state"), Is.EqualTo("failed"));
        await Installation.MainAsync<int>("alter table executed_obs_unit drop constraint fault; select 1");
        var retried = await ActAsync($"transactions/{refused}/retry?dry_run=true");
        Assert.That((retried.Status, retried.Text("state"), retried.Header("OpsDb-Dry-Run")), Is.EqualTo((200, "applied", "true")), retried.ToString());
        Assert.That((await ActAsync($"transactions/{refused}/discard?dry_run=true")).Text("state"), Is.EqualTo("discarded"));
        Assert.That((await ActAsync($"sites/{Installation.SiteName}/continue?dry_run=true")).Status, Is.EqualTo(204));
        Assert.That((await ActAsync("sites/nowhere/continue?dry_run=true")).Status, Is.EqualTo(404));
        Assert.That((await ActAsync($"sites/{Installation.SiteName}/acknowledge-loss?dry_run=true")).Status, Is.EqualTo(404));
        Assert.That((await Other.GetAsync($"/api/v1/transactions/{refused}")).Text("state"), Is.EqualTo("failed"));
        Assert.That(await Installation.MainAsync<int>("select count(*) from transaction_intervention"), Is.Zero);
        Assert.That((await ActAsync($"transactions/{refused}/retry")).Text("state"), Is.EqualTo("applied"));
    }

    private static object Source(string name) => new { name, type = "fixed", ra_deg = 10.5, dec_deg = -20.25 };

    private static string NewName() => Guid.NewGuid().ToString("n");

    /// <summary>But for what tells one moment and one transaction from another.</summary>
    private static void RequireSame(TestAnswer tried, TestAnswer real, params string[] but)
    {
        Assert.That((tried.Header("OpsDb-Dry-Run"), real.Header("OpsDb-Dry-Run")), Is.EqualTo(("true", (string?)null)));
        Assert.That((tried.Status, Comparable(tried)), Is.EqualTo((real.Status, Comparable(real))));

        string Comparable(TestAnswer answer)
        {
            var row = JsonNode.Parse(answer.Body.GetRawText())!.AsObject();
            foreach (var name in (string[])["created_at", "modified_at", "transaction_id", .. but])
                row.Remove(name);
            row["sync"]?.AsObject().Remove("transaction");
            // Refused callers are noted in the same log, in their own time.
            row["sync"]?.AsObject().Remove("position");
            return row.ToJsonString();
        }
    }

    private Task SettledAsync() => Eventually.TrueAsync(async () =>
        (await Api.GetAsync("/buffer-stats")).Body.GetProperty("pending_transactions").GetInt64() == 0, "nothing is pending", 30);

    /// <summary>No transaction is there that a try was told; other tests write meanwhile.</summary>
    private async Task RequireNothingAsync(params TestAnswer[] tried)
    {
        await SettledAsync();
        foreach (var id in tried.Select(a => Guid.Parse(a.Header("OpsDb-Transaction")!)))
        {
            Assert.That((await Other.GetAsync($"/api/v1/transactions/{id}")).Status, Is.EqualTo(404));
            Assert.That(await Installation.MainAsync<int>(
                "select (select count(*) from applied_transaction where id = @id) + (select count(*) from row_history where superseded_by = @id)", new { id }),
                Is.Zero);
        }
    }
}
