using System.Text.Json;
using OpsDb.Kernel;

namespace OpsDb.UnitTests.Kernel;

public sealed class JsonTests
{
    private sealed record Body(string? Text, double? Number);

    [TestCase("""{"text":"a\u0000b","number":null}""")]
    [TestCase("""{"text":"\ud800","number":null}""")]
    [TestCase("""{"text":null,"number":1e400}""")]
    [TestCase("""{"text":null,"number":"1"}""")]
    [TestCase("""{"text":1,"number":null}""")]
    [TestCase("""{"text":null,"number":null,"text":null}""")]
    [TestCase("""{"text":null,"number":null,"more":null}""")]
    public void What_PostgreSQL_would_not_take_is_not_read(string json) =>
        Assert.That(() => JsonSerializer.Deserialize<Body>(json, Json.Incoming), Throws.InstanceOf<JsonException>());

    [Test]
    public void Numbers_and_text_come_back_as_they_went([Values(0.1 + 0.2, -1e-300, 12345678901234567d)] double number) =>
        Assert.That(JsonSerializer.Deserialize<Body>(JsonSerializer.Serialize(new Body("ä\"\\🔭", number), Json.Options), Json.Incoming), Is.EqualTo(new Body("ä\"\\🔭", number)));

    [Test]
    public void What_is_stored_already_is_read() =>
        Assert.That(JsonSerializer.Deserialize<Body>("""{"text":"a\u0000b","number":null}""", Json.Options)!.Text, Is.EqualTo("a\0b"));
}
