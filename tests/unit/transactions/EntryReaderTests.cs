using System.Text.Json;
using System.Text.Json.Nodes;
using OpsDb.Executions;
using OpsDb.Kernel;
using OpsDb.Transactions;

namespace OpsDb.UnitTests.Transactions;

public sealed class EntryReaderTests
{
    private static readonly DateTimeOffset Night = new(2026, 11, 21, 3, 0, 0, TimeSpan.Zero);

    [Test]
    public void An_entry_of_this_release_is_read_as_it_was_written()
    {
        var entry = Entry("test");
        Assert.That(Text(Read(entry, [])), Is.EqualTo(entry.ToJsonString(Json.Options)));
    }

    [Test]
    public void An_entry_of_the_release_before_is_read_through_the_upcasts_of_its_kind()
    {
        var expected = Entry("renamed");
        var older = expected.DeepClone().AsObject();
        older["schema_version"] = -1;
        var row = older["steps"]![0]!["rows"]![0]!["row"]!.AsObject();
        row["weather"] = row["comment"]!.DeepClone();
        row.Remove("comment");
        Upcast[] upcasts =
        [
            new("renamed", -1, e => Rename(e, "weather", "remark")),
            new("renamed", 0, e => Rename(e, "remark", "comment")),
            new("other", 0, _ => Assert.Fail("another kind")),
        ];
        var read = Read(older, upcasts);
        Assert.That(JsonNode.DeepEquals(JsonNode.Parse(Text(read)), expected), Text(read));
    }

    [Test]
    public void An_entry_of_the_release_before_whose_kind_has_not_changed_needs_no_upcast()
    {
        var older = Entry("same");
        older["schema_version"] = 0;
        Assert.That(Read(older, []).SchemaVersion, Is.EqualTo(Transaction.CurrentSchemaVersion));
    }

    [Test]
    public void A_member_that_only_tells_something_may_be_missing_or_unknown()
    {
        var entry = Entry("test");
        Assert.That(Read(entry, []).SoftwareVersion, Is.Null, "an entry from before there was one");
        entry["software_version"] = "0.1.0+2f6c1a9e04b7";
        entry["of_the_future"] = new JsonObject { ["more"] = 1 };
        Assert.That((Read(entry, []).SoftwareVersion, Read(entry, []).Kind), Is.EqualTo(("0.1.0+2f6c1a9e04b7", "test")));
    }

    [Test]
    public void Of_an_entry_of_a_newer_release_only_its_entities_are_known()
    {
        var newer = Entry("executions.start");
        newer["schema_version"] = 7;
        newer["steps"]![0]!["of_the_future"] = true;
        newer["of_the_future"] = 1;
        var read = Read(newer, []);
        Assert.Multiple(() =>
        {
            Assert.That(read.IsNewer);
            Assert.That((read.Kind, read.Actor.User, read.SchemaVersion), Is.EqualTo(("executions.start", "observer", 7)));
            Assert.That(read.Steps.Select(s => (s.Entity, s.Rows.Count)), Is.EqualTo(new[] { ("executed_obs_unit", 0) }));
            Assert.That(read.OccurredAt, Is.EqualTo(Night).Within(TimeSpan.FromSeconds(1)));
        });
    }

    [TestCase("""{"schema_version":2}""")]
    [TestCase("""{"schema_version":2,"steps":{"executed_obs_unit":[]}}""")]
    [TestCase("""{"schema_version":2,"steps":["executed_obs_unit"]}""")]
    [TestCase("""{"schema_version":"2027-1","steps":[{"table":"executed_obs_unit"}]}""")]
    [TestCase("""{"release":"2027-1"}""")]
    public void An_entry_of_a_newer_release_that_does_not_name_its_entities_concerns_all(string json)
    {
        var read = Read(JsonNode.Parse(json)!.AsObject(), []);
        Assert.That(read.Steps.Select(s => s.Entity), Is.EqualTo(new[] { EntryReader.AnyEntity }));
        Assert.That(read.IsNewer);
    }

    private static void Rename(JsonObject entry, string from, string to)
    {
        var row = entry["steps"]![0]!["rows"]![0]!["row"]!.AsObject();
        row[to] = row[from]!.DeepClone();
        row.Remove(from);
    }

    private static Transaction Read(JsonObject entry, Upcast[] upcasts) =>
        new EntryReader(upcasts).Read(JsonSerializer.SerializeToUtf8Bytes(entry, Json.Options), Guid.CreateVersion7(Night));

    private static string Text(Transaction transaction) => JsonSerializer.Serialize(transaction, Json.Options);

    private static JsonObject Entry(string kind)
    {
        var id = Guid.CreateVersion7(Night);
        var changes = new Changes().Create(new Execution { Id = Guid.CreateVersion7(), ObsUnitId = 1, StartTime = Night, Comment = "clear" });
        var steps = changes.Stamp(new("observer"), Night, id);
        var transaction = new Transaction(
            id, "observatory", kind, Transaction.CurrentSchemaVersion, new("observer"), Night, null, null, null, steps);
        return JsonSerializer.SerializeToNode(transaction, Json.Options)!.AsObject();
    }
}
