using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using OpsDb.Executions;
using OpsDb.Kernel;

namespace OpsDb.UnitTests.Kernel;

public sealed class IncomingJsonTests
{
    private sealed record Body(
        string? Text = null,
        double? Number = null,
        int? Whole = null,
        bool Flag = false,
        Guid? Id = null,
        DateTimeOffset? At = null,
        Quality? Quality = null,
        string[]? Words = null,
        Body? Inner = null);

    private sealed record Needed(int Whole, string Text);

    [TestCase("""{""", "", "The body is not valid JSON (line 1, byte 2).")]
    [TestCase("{\n\"text\":x}", "", "The body is not valid JSON (line 2, byte 8).")]
    [TestCase("""{"text":"a\u0000b"}""", "text", "has the character U+0000, which cannot be stored")]
    [TestCase("""{"text":"a\ud800b"}""", "text", "has half of a surrogate pair (one of \\ud800 to \\udfff alone), which is no character")]
    [TestCase("""{"inner":{"words":["a","\udc00"]}}""", "inner.words[1]",
        "has half of a surrogate pair (one of \\ud800 to \\udfff alone), which is no character")]
    [TestCase("""{"a\ud800":1}""", "",
        "The body has a member whose name has half of a surrogate pair (one of \\ud800 to \\udfff alone), which is no character.")]
    [TestCase("""{"number":1e400}""", "number", "is 1e400, which is beyond the range of numbers, ±1.8e308")]
    [TestCase("""{"number":-1e-400}""", "number", "is -1e-400, which is nearer to 0 than numbers can be")]
    [TestCase("""{"number":"1"}""", "number", "is a number, not text")]
    [TestCase("""{"text":1}""", "text", "is text, not a number")]
    [TestCase("""{"text":null,"text":null}""", "text", "is there twice")]
    [TestCase("""{"text":null,"\u0074ext":null}""", "text", "is there twice")]
    [TestCase("""{"inner":{"more":null}}""", "inner.more", "is an unknown field")]
    [TestCase("""{"words":["a",null]}""", "words[1]", "must not be null")]
    [TestCase("""{"words":"a"}""", "words", "is a list, not text")]
    [TestCase("""{"inner":[]}""", "inner", "is an object, not a list")]
    [TestCase("""{"flag":null}""", "flag", "must not be null")]
    [TestCase("""{"flag":"true"}""", "flag", "is true or false, not text")]
    [TestCase("""{"whole":1.5}""", "whole", "is a whole number, not 1.5")]
    [TestCase("""{"whole":12.0000000000000000000000000000000000001}""", "whole", "is a whole number, not 12.0000000000000000000000000000000000001")]
    [TestCase("""{"whole":2147483648}""", "whole", "is a whole number from -2147483648 to 2147483647, not 2147483648")]
    [TestCase("""{"whole":1e300}""", "whole", "is a whole number from -2147483648 to 2147483647, not 1e300")]
    [TestCase("""{"whole":"1"}""", "whole", "is a whole number, not text")]
    [TestCase("""{"quality":"Good"}""", "quality", "is one of good, usable, bad, not 'Good'")]
    [TestCase("""{"at":"2016-12-31T23:59:60Z"}""", "at",
        "is an instant whose second is 0 to 59: a leap second is written as the second before it, not '2016-12-31T23:59:60Z'")]
    [TestCase("""{"at":"2026-02-30T00:00:00Z"}""", "at", "is an instant on a day that there is, not '2026-02-30T00:00:00Z'")]
    [TestCase("""{"at":"2026-02-20T24:00:00Z"}""", "at", "is an instant at a time that there is, 00:00:00 to 23:59:59, not '2026-02-20T24:00:00Z'")]
    [TestCase("""{"at":"2026-02-20T03:00:00"}""", "at",
        "is an instant, written as 2026-01-31T23:59:59.123456Z, with Z or an offset, not '2026-02-20T03:00:00'")]
    public void A_mistake_has_a_sentence_of_its_own(string json, string field, string reason)
    {
        var refused = Refused<Body>(Encoding.UTF8.GetBytes(json));
        Assert.That(refused.Errors[field], Is.EqualTo((string[])[reason]));
    }

    [TestCase("01A1FCFB-0428-75F8-8EDD-158ADA4A3776")]
    [TestCase("01a1fcfb042875f88edd158ada4a3776")]
    [TestCase("{01a1fcfb-0428-75f8-8edd-158ada4a3776}")]
    [TestCase("01a1fcfb-0428-75f8-8edd-158ada4a377")]
    public void An_id_has_one_form(string text) =>
        Assert.That(Refused<Body>(Encoding.UTF8.GetBytes($$"""{"id":"{{text}}"}""")).Errors["id"][0], Does.StartWith("is a UUID"));

    [Test]
    public void Bytes_that_are_not_UTF_8_are_told() =>
        Assert.That(Refused<Body>([.. """{"text":"temp -5 """u8, 0xb0, .. "C\"}"u8]).Message,
            Is.EqualTo("The body is not UTF-8: byte 18 begins no character."));

    [Test]
    public void A_byte_order_mark_is_passed_over() =>
        Assert.That(IncomingJson.Read<Body>((byte[])[0xef, 0xbb, 0xbf, .. """{"text":"a"}"""u8]).Text, Is.EqualTo("a"));

    [Test]
    public void Every_mistake_of_form_is_told_at_once() =>
        Assert.That(Refused<Needed>("""{"whole":"x","more":1}"""u8.ToArray()).Errors.Keys, Is.EquivalentTo((string[])["whole", "more", "text"]));

    [Test]
    public void An_unknown_field_is_told_with_the_known_ones() =>
        Assert.That(Refused<Needed>("""{"whole":1,"text":"a","colour":"red"}"""u8.ToArray()).Message,
            Is.EqualTo("colour: is an unknown field. The fields are whole, text."));

    [Test]
    public void What_is_nested_without_end_is_refused() =>
        Assert.That(Refused<JsonElement>(Encoding.UTF8.GetBytes(new string('[', 100_000) + new string(']', 100_000))).Message,
            Does.Contain("nested more than 32 levels deep"));

    [TestCase("12.0", 12)]
    [TestCase("1.2e1", 12)]
    [TestCase("1200e-2", 12)]
    [TestCase("-0", 0)]
    [TestCase("0e999999999999", 0)]
    [TestCase("2147483647.000", int.MaxValue)]
    public void A_whole_number_may_be_written_in_any_way(string text, int value) =>
        Assert.That(IncomingJson.Read<Body>(Encoding.UTF8.GetBytes($$"""{"whole":{{text}}}""")).Whole, Is.EqualTo(value));

    [FsCheck.NUnit.Property]
    public bool Text_is_read_as_it_was_written(NonNull<string> any)
    {
        var text = any.Get;
        var sent = JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string> { ["text"] = text }, Json.Options);
        var isUnicode = !text.Contains('\0') && Encoding.Unicode.GetString(Encoding.Unicode.GetBytes(text)) == text;
        return !isUnicode || IncomingJson.Read<Body>(sent).Text == text;
    }

    [FsCheck.NUnit.Property(MaxTest = 1000)]
    public Property A_number_is_read_as_its_nearest_double_or_refused() => Prop.ForAll(NumberText().ToArbitrary(), text =>
    {
        var expected = double.Parse(text, CultureInfo.InvariantCulture);
        var isRounded = !double.IsFinite(expected) || (expected == 0 && text.Split('e')[0].Any(c => c is >= '1' and <= '9'));
        return Try($$"""{"number":{{text}}}""") is { } body ? !isRounded && body.Number!.Value.Equals(expected) : isRounded;
    });

    [FsCheck.NUnit.Property(MaxTest = 1000)]
    public Property A_whole_number_is_read_exactly_or_refused() => Prop.ForAll(NumberText().ToArbitrary(), text =>
    {
        var parts = text.Split('e');
        var point = parts[0].IndexOf('.');
        var scale = (parts.Length > 1 ? int.Parse(parts[1], CultureInfo.InvariantCulture) : 0) - (point < 0 ? 0 : parts[0].Length - point - 1);
        var digits = BigInteger.Parse(parts[0].Replace(".", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);
        var divisor = BigInteger.Pow(10, Math.Max(0, -scale));
        var exact = digits % divisor != 0 ? (BigInteger?)null : digits * BigInteger.Pow(10, Math.Max(0, scale)) / divisor;
        var expected = exact is { } whole && whole >= int.MinValue && whole <= int.MaxValue ? (int?)whole : null;
        return (Try($$"""{"whole":{{text}}}""")?.Whole).Equals(expected);
    });

    private static Gen<string> NumberText() =>
        from sign in Gen.Elements("", "-")
        from whole in Gen.Frequency((1, Gen.Constant("0")), (4, Gen.Choose(1, 2_000_000_000).Select(n => n.ToString(CultureInfo.InvariantCulture))))
        from fraction in Gen.Elements("", ".0", ".5", ".000", ".10", ".0000000000000000000000000001", ".123456789012345678901")
        from exponent in Gen.Elements("", "", "e0", "e1", "e-1", "e+2", "e-9", "e308", "e-330", "e400", "e-400")
        select sign + whole + fraction + exponent;

    private static Body? Try(string json)
    {
        try
        {
            return IncomingJson.Read<Body>(Encoding.UTF8.GetBytes(json));
        }
        catch (RefusalException)
        {
            return null;
        }
    }

    private static RefusalException Refused<T>(byte[] json)
    {
        var refused = Assert.Throws<RefusalException>(() => IncomingJson.Read<T>(json))!;
        Assert.That(refused.Problem, Is.EqualTo(Problems.MalformedBody));
        return refused;
    }
}
