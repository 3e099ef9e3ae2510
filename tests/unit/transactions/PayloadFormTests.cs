using System.Text;
using System.Text.Json;
using OpsDb.Kernel;
using OpsDb.Transactions;

namespace OpsDb.UnitTests.Transactions;

/// <summary>What lies in a site's log, which processes of the release before and of the next one read.</summary>
public sealed class PayloadFormTests
{
    private static readonly Guid Id = Guid.Parse("0198c0de-0000-7000-8000-000000000001");

    // Written by hand. Another form needs another Transaction.CurrentSchemaVersion.
    private const string Entry =
        """
        {"id":"0198c0de-0000-7000-8000-000000000001","site":"observatory","kind":"sources.change","schema_version":1,
        "actor":{"user":"observer","token":"0198c0de-0000-7000-8000-000000000002"},"occurred_at":"2026-11-21T03:00:00.500000Z",
        "idempotency_key":"night 1","body_hash":"6b52af9f","answer":{"id":7},
        "steps":[{"entity":"source","operation":"update","rows":[{"key":"7","row":{"name":"B"},"seen":{"name":"A","version":1}}]}],
        "reads":["obs_unit/3"],"claims":["telescope/3/running"]}
        """;

    // {"kind":"test","comment":"xx…"} with 200 x, compressed by brotliCompressSync of Node.js.
    private const string Compressed = "1be300e08dd462cd19ee8c50e92982b7972c3a7d309103e640c3b613d2ebb32a87ca75242743021f8806";

    private static readonly Transaction Transaction = new(
        Id, "observatory", "sources.change", 1, new("observer", Guid.Parse("0198c0de-0000-7000-8000-000000000002")),
        new(2026, 11, 21, 3, 0, 0, 500, TimeSpan.Zero), "night 1", "6b52af9f", Read("""{"id":7}"""),
        [new("source", StepOperation.Update, [new("7", Read("""{"name":"B"}"""), Read("""{"name":"A","version":1}"""))])])
    {
        Reads = ["obs_unit/3"],
        Claims = ["telescope/3/running"],
    };

    [Test]
    public void An_entry_is_written_in_the_form_of_its_schema_version()
    {
        var payload = Payload.Of(Transaction);
        Assert.That(payload.Parts, Is.Empty);
        Assert.That(Encoding.UTF8.GetString(payload.Whole), Is.EqualTo(OnOneLine(Entry)));
    }

    [Test]
    public void An_entry_in_that_form_is_read()
    {
        var read = new EntryReader([]).Read(Encoding.UTF8.GetBytes(OnOneLine(Entry)), Id);
        Assert.That(JsonSerializer.Serialize(read, Json.Options), Is.EqualTo(OnOneLine(Entry)));
        Assert.That((read.Kind, read.Actor, read.OccurredAt), Is.EqualTo((Transaction.Kind, Transaction.Actor, Transaction.OccurredAt)));
    }

    [Test]
    public void Parts_are_Brotli_cut_anywhere()
    {
        var bytes = Convert.FromHexString(Compressed);
        var whole = Payload.Join([bytes[..17], bytes[17..]]);
        Assert.That(Encoding.UTF8.GetString(whole.Span), Is.EqualTo($$"""{"kind":"test","comment":"{{new string('x', 200)}}"}"""));
    }

    private static string OnOneLine(string text) => text.ReplaceLineEndings("");

    private static JsonElement Read(string json) => JsonSerializer.Deserialize<JsonElement>(json);
}
