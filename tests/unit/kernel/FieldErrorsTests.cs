using OpsDb.Executions;
using OpsDb.Kernel;

namespace OpsDb.UnitTests.Kernel;

public sealed class FieldErrorsTests
{
    [Test]
    public void The_first_twenty_fields_are_told_and_the_others_counted()
    {
        var errors = new FieldErrors();
        for (var i = 0; i < 1500; i++)
            errors.Add($"field{i}", "is unknown");
        var refused = errors.Refusal(Problems.MalformedBody, "There are none.");
        Assert.That(refused.Errors, Has.Count.EqualTo(20));
        Assert.That(refused.Message, Does.StartWith("field0: is unknown. field1: is unknown. ").And.EndsWith("1480 more are wrong. There are none."));
    }

    [Test]
    public void A_long_name_is_cut()
    {
        var refused = RefusalException.Fields(Problems.MalformedParameter, new Dictionary<string, string[]> { [new string('x', 5000)] = ["is unknown"] });
        Assert.That(refused.Errors.Keys, Is.EqualTo((string[])[new string('x', 100) + "…"]));
    }

    [Test]
    public void A_quotation_has_no_control_characters_and_no_half_character()
    {
        Assert.That(Excerpt.Of("a\r\nb\u001b"), Is.EqualTo("a\ufffd\ufffdb\ufffd"));
        Assert.That(Excerpt.Of(new string('x', 99) + "🔭🔭"), Is.EqualTo(new string('x', 99) + "…"));
        Assert.That(Excerpt.Of("as it is"), Is.EqualTo("as it is"));
    }

    [TestCase("""["-start_time,-id",null,"1"]""")]
    [TestCase("""["-start_time,-id","2026-01-01T00:00:00Z",null]""")]
    [TestCase("""["-start_time,-id",1,2]""")]
    [TestCase("""["-start_time,-id","2026-01-01T00:00:00Z","1"]""")]
    [TestCase("""["-start_time,-id","10000-01-01T00:00:00Z","01a1fcfb-0428-75f8-8edd-158ada4a3776"]""")]
    [TestCase("""["-start_time,-id","\u0000","\ud800"]""")]
    [TestCase("""[["-start_time,-id"]]""")]
    [TestCase("""{"a":1}""")]
    [TestCase("null")]
    [TestCase("[]")]
    [TestCase("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]")]
    public void A_forged_cursor_is_refused(string json) => Refused(System.Buffers.Text.Base64Url.EncodeToString(System.Text.Encoding.UTF8.GetBytes(json)));

    [Test]
    public void A_cursor_of_other_bytes_is_refused([Values("", "=", "////", "_w", "_____w", "W1tbW1s", "ä")] string cursor) => Refused(cursor);

    [FsCheck.NUnit.Property]
    public bool No_cursor_at_all_fails_in_another_way(byte[] bytes)
    {
        try
        {
            Parse(System.Buffers.Text.Base64Url.EncodeToString(bytes ?? []));
            return true;
        }
        catch (RefusalException e)
        {
            return e.Problem == Problems.MalformedParameter;
        }
    }

    private static void Refused(string cursor)
    {
        var refused = Assert.Throws<RefusalException>(() => Parse(cursor))!;
        Assert.That((refused.Problem, refused.Errors.Keys.Single()), Is.EqualTo((Problems.MalformedParameter, "after")));
    }

    private static ListQuery<Execution> Parse(string cursor) =>
        ListQuery<Execution>.Parse(new Dictionary<string, IReadOnlyList<string>> { ["after"] = [cursor] });
}
