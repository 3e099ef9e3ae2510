using System.Text.Json;
using OpsDb.Kernel;

namespace OpsDb.UnitTests.Kernel;

public sealed class JsonTests
{
    private sealed record Body(string? Text, double? Number);

    [Test]
    public void Numbers_and_text_come_back_as_they_went([Values(0.1 + 0.2, -1e-300, 12345678901234567d)] double number)
    {
        var body = new Body("ä\"\\🔭", number);
        Assert.That(IncomingJson.Read<Body>(JsonSerializer.SerializeToUtf8Bytes(body, Json.Options)), Is.EqualTo(body));
    }

    [Test]
    public void What_is_stored_already_is_read() =>
        Assert.That(JsonSerializer.Deserialize<Body>("""{"text":"a\u0000b","number":null}""", Json.Options)!.Text, Is.EqualTo("a\0b"));
}
