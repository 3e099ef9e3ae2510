using System.Text;
using System.Text.Json;
using OpsDb.Kernel;

namespace OpsDb.UnitTests.Kernel;

public sealed class IncomingLinesTests
{
    private sealed record Item(string Name, int? Whole = null);

    private sealed record Body(int Whole, IReadOnlyList<Item> Items, string? Text = null);

    [TestCase("{\"whole\":1}\n{\"name\":\"a\"}\n{\"name\":\"b\"}\n", "{\"whole\":1,\"items\":[{\"name\":\"a\"},{\"name\":\"b\"}]}")]
    [TestCase("{\"whole\":1}\r\n\r\n  \n{\"name\":\"a\"} \t\r\n", "{\"whole\":1,\"items\":[{\"name\":\"a\"}]}")]
    [TestCase(" {\"whole\":1}", " {\"whole\":1,\"items\":[]}")]
    [TestCase("{ }\n1\nnull\n[[", null)]
    [TestCase("{ }\n1\nnull\n[[]]", "{ \"items\":[1,null,[[]]]}")]
    [TestCase("\ufeff{}\n\"[\"", "{\"items\":[\"[\"]}")]
    [TestCase("\n \n", "")]
    [TestCase("", "")]
    public void Lines_stand_for_an_object_with_a_list(string lines, string? json)
    {
        var bytes = Encoding.UTF8.GetBytes(lines);
        if (json is null)
            Assert.Throws<RefusalException>(() => IncomingLines.ToJson(bytes, "items"));
        else
            Assert.That(Encoding.UTF8.GetString(IncomingLines.ToJson(bytes, "items").Span), Is.EqualTo(json));
    }

    [TestCase("{\"whole\":1}\n{\"name\":\n\"a\"}", "", "The body is not one JSON value on each line (line 2, byte 9).")]
    [TestCase("{\"whole\":1}\n{\"name\":\"a\"},{\"name\":\"b\"}", "", "The body is not one JSON value on each line (line 2, byte 13).")]
    [TestCase("{\"whole\":1}\n{\"name\":\"a\"", "", "The body is not one JSON value on each line (line 2, byte 12).")]
    [TestCase("{\"whole\":1}{}\n{\"name\":\"a\"}", "", "The body is not one JSON value on each line (line 1, byte 12).")]
    [TestCase("[1]\n{\"name\":\"a\"}", "", "The body begins with a line that is no object.")]
    [TestCase("{\"whole\":1,\"items\":[]}\n{\"name\":\"a\"}", "items", "is there twice")]
    [TestCase("{\"whole\":1}\n{\"name\":\"a\"}\nnull", "items[1]", "must not be null")]
    [TestCase("{\"whole\":1}\n{\"name\":\"a\"}\n7", "items[1]", "is an object, not a number")]
    [TestCase("{\"whole\":1}\n{\"name\":\"a\"}\n\n{\"name\":\"a\",\"whole\":\"1\"}", "items[1].whole", "is a whole number, not text")]
    [TestCase("{\"whole\":1}\n{\"name\":\"a\",\"name\":\"b\"}", "items[0].name", "is there twice")]
    [TestCase("{\"text\":\"a\"}\n{\"name\":\"a\"}", "whole", "is missing")]
    public void A_mistake_is_told_as_in_one_object(string lines, string field, string reason)
    {
        var refused = Assert.Throws<RefusalException>(() => IncomingJson.Read<Body>(IncomingLines.ToJson(Encoding.UTF8.GetBytes(lines), "items")))!;
        Assert.That(refused.Errors[field], Is.EqualTo((string[])[reason]));
    }

    [Test]
    public void Bytes_that_are_not_UTF_8_are_told_where_they_were_sent() =>
        Assert.That(Assert.Throws<RefusalException>(() => IncomingLines.ToJson((byte[])[.. "{}\n\""u8, 0xb0, .. "\""u8], "items"))!.Message,
            Is.EqualTo("The body is not UTF-8: byte 5 begins no character."));

    [Test]
    public void Lines_are_read_as_the_object_that_they_stand_for()
    {
        var items = Enumerable.Range(0, 3000).Select(i => new Item($"n{i}\n", i)).ToList();
        var lines = string.Join('\n', items.Select(i => JsonSerializer.Serialize(i, Json.Options)).Prepend("{\"whole\":1}"));
        var read = IncomingJson.Read<Body>(IncomingLines.ToJson(Encoding.UTF8.GetBytes(lines), "items"));
        Assert.That(read.Items, Is.EqualTo(items));
    }

    [Test]
    public void What_is_nested_without_end_is_refused() =>
        Assert.That(Assert.Throws<RefusalException>(() => IncomingJson.Read<JsonElement>(
            IncomingLines.ToJson(Encoding.UTF8.GetBytes($"{{}}\n{new string('[', 100_000)}{new string(']', 100_000)}"), "items")))!.Message,
            Does.Contain("nested more than 32 levels deep"));
}
