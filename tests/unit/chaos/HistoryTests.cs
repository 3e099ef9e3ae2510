using System.Text;
using System.Text.Json.Nodes;
using OpsDb.Chaos;

namespace OpsDb.UnitTests.Chaos;

public sealed class HistoryTests
{
    private string folder = "";

    [SetUp]
    public void MakeFolder() => folder = Directory.CreateTempSubdirectory("opsdb-chaos-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(folder, recursive: true);

    [Test]
    public void Lines_of_many_threads_are_whole_numbered_and_in_the_order_of_complete()
    {
        var path = Path.Combine(folder, "history.jsonl");
        using (var history = new History(path, new()))
            Parallel.For(0, 2000, i => history.Write(Encoding.UTF8.GetBytes($$"""{"client":"c{{i}}","invoke":0}""")));
        var lines = File.ReadAllLines(path).Select(l => JsonNode.Parse(l)!.AsObject()).ToList();
        Assert.That(lines.Select(l => l["n"]!.GetValue<int>()), Is.EqualTo(Enumerable.Range(1, 2000)));
        Assert.That(lines.Select(l => l["complete"]!.GetValue<long>()), Is.Ordered);
        Assert.That(lines.Select(l => l["client"]!.GetValue<string>()), Is.Unique);
    }

    [TestCase(201, null, false, nameof(Outcome.Ok))]
    [TestCase(404, "not-found", true, nameof(Outcome.Ok))]
    [TestCase(404, "not-found", false, nameof(Outcome.Refused))]
    [TestCase(304, null, true, nameof(Outcome.Ok))]
    [TestCase(429, "too-many-requests", false, nameof(Outcome.Refused))]
    [TestCase(429, "too-much-pending", false, nameof(Outcome.Refused))]
    [TestCase(412, "version-mismatch", false, nameof(Outcome.Refused))]
    [TestCase(503, "main-unreachable", false, nameof(Outcome.Refused))]
    [TestCase(503, "outcome-unknown", false, nameof(Outcome.Unknown))]
    [TestCase(500, "internal-error", false, nameof(Outcome.Unknown))]
    [TestCase(0, null, false, nameof(Outcome.Unknown))]
    public void What_a_caller_knows_follows_from_the_answer(int status, string? problem, bool mayBeAbsent, string outcome) =>
        Assert.That(Outcomes.Of(status, problem, mayBeAbsent).ToString(), Is.EqualTo(outcome));

    [Test]
    public void A_change_says_which_version_it_expects_also_of_a_row_with_pending_changes()
    {
        var write = WriteRequest.Patch("change", Entity.Executions, Guid.NewGuid(), "\"0192\"", "\"3.0193\"", new(("comment", "\"x\"")));
        Assert.That(Encoding.UTF8.GetString(write.Writes),
            Is.EqualTo("""[{"entity":"executions","id":"0192","action":"update","expected":3,"set":{"comment":"x"}}]"""));
        Assert.That((write.Path, Encoding.UTF8.GetString(write.Body)), Is.EqualTo(("/api/v1/executions/0192", """{"comment":"x"}""")));
    }

    [Test]
    public void A_finish_needs_a_running_execution_and_leaves_the_time_open_unless_it_names_one()
    {
        Assert.That(Finish(new(("quality", "\"good\""))), Is.EqualTo("""
            [{"entity":"executions","id":"0192","action":"update","from":{"status":"running"},
            "set":{"quality":"good","status":"completed"},"open":["end_time"]}]
            """.ReplaceLineEndings("")));
        Assert.That(Finish(new(("end_time", "\"2026-11-21T03:00:00Z\""))), Does.Not.Contain("open"));

        static string Finish(Fields fields) =>
            Encoding.UTF8.GetString(WriteRequest.End("finish", HttpMethod.Post, "/", Guid.NewGuid(), "\"0192\"", fields, "\"completed\"", null).Writes);
    }

    [Test]
    public void Rows_of_a_page_are_read_whole()
    {
        var page = AnswerRow.ReadPage("""
            {"items":[{"id":7,"sync":{"state":"buffered","transaction":"t","position":41},"version":2,"status":"running"},{"id":"u","version":1}],
            "next":"n","total":5}
            """u8.ToArray());
        Assert.That((page.Next, page.Total, page.Rows.Count), Is.EqualTo(("n", 5L, 2)));
        var (first, second) = (page.Rows[0], page.Rows[1]);
        Assert.That((first.Id, first.Version, first.Transaction, first.State, first.Position, first.Status),
            Is.EqualTo(("7", 2, "t", "buffered", 41L, "running")));
        Assert.That((second.Id, second.Position, Encoding.UTF8.GetString(second.Json.Span)),
            Is.EqualTo(("\"u\"", (long?)null, """{"id":"u","version":1}""")));
    }

    [TestCase("\"3.0194fdc2fa2ffcc041d3ff12045b73c8.buffered.41\"", 3, "buffered", 41)]
    [TestCase("\"1.0194fdc2fa2ffcc041d3ff12045b73c8.replicated\"", 1, "replicated", null)]
    public void A_tag_alone_tells_version_transaction_state_and_position(string tag, int version, string state, long? position)
    {
        var row = AnswerRow.OfTag("\"u\"", tag)!.Value;
        Assert.That((row.Id, row.Version, row.Transaction, row.State, row.Position, row.Json.IsEmpty),
            Is.EqualTo(("\"u\"", version, "0194fdc2-fa2f-fcc0-41d3-ff12045b73c8", state, position, true)));
        Assert.That(AnswerRow.OfTag("\"u\"", "\"3\""), Is.Null);
    }

    [Test]
    public void What_an_intervention_says_of_followers_is_noted_with_what_it_says_of_the_transaction()
    {
        var question = Question.Intervene("overwrite", "t1");
        Assert.That((question.Path, question.Body, question.Ask),
            Is.EqualTo(("/api/v1/transactions/t1/retry", """{"overwrite":true}""", """{"about":"intervention","action":"overwrite","transaction":"t1"}""")));
        Assert.That(Noted(question, """{"id":"t1","state":"applied","followers":[{"id":"t2","state":"failed","followers":[]}]}"""),
            Is.EqualTo("""{"states":[{"transaction":"t1","state":"applied"},{"transaction":"t2","state":"failed"}]}"""));
        Assert.That(Noted(Question.Held("failed", 5), """{"items":[{"id":"t1","state":"failed"}]}"""),
            Is.EqualTo("""{"states":[{"transaction":"t1","state":"failed"}]}"""));
        Assert.That(Noted(Question.Health(isInDetail: false), """{"status":"degraded","transaction_buffer":{"size":7,"failed":2,"parked":1}}"""),
            Is.EqualTo("""{"counts":{"failed":2,"parked":1}}"""));

        static string Noted(Question question, string body)
        {
            using var buffer = new MemoryStream();
            using (var line = new System.Text.Json.Utf8JsonWriter(buffer))
            {
                line.WriteStartObject();
                question.NoteAnswer(line, Reply.None with { Status = 200, Body = Encoding.UTF8.GetBytes(body) });
                line.WriteEndObject();
            }
            return Encoding.UTF8.GetString(buffer.ToArray());
        }
    }
}
