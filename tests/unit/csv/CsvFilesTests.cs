using System.Text;
using OpsDb.Csv;
using OpsDb.Kernel;

namespace OpsDb.UnitTests.Csv;

internal sealed class CsvFilesTests
{
    private static readonly TextLayout Layout = new("x.csv", ["a", "b"]);

    [Test]
    public void Columns_may_come_in_any_order() => Assert.That(Values("b,a\n1,2\n"), Is.EqualTo((string[])["2: a=2 b=1"]));

    [Test]
    public void Quotes_commas_and_line_ends_are_read_as_RFC_4180_has_them() =>
        Assert.That(Values("a,b\r\n\"x,\"\"y\"\"\",\"1\r\n2\"\r\n3, 4 \r\n"), Is.EqualTo((string[])["2: a=x,\"y\" b=1\r\n2", "4: a=3 b= 4 "]));

    [Test]
    public void A_last_line_without_an_end_and_empty_lines_are_no_mistake() =>
        Assert.That(Values("a,b\n\n1,2\n\n3,4"), Is.EqualTo((string[])["3: a=1 b=2", "5: a=3 b=4"]));

    [Test]
    public void A_byte_order_mark_is_skipped() => Assert.That(Values("\uFEFFa,b\n1,ä\n"), Is.EqualTo((string[])["2: a=1 b=ä"]));

    [Test]
    public void A_line_with_too_few_or_too_many_fields_is_a_mistake_and_the_others_are_read()
    {
        var table = Read("a,b\n1\n1,2,3\n1,2\n");
        Assert.That(table.Mistakes.Select(m => m.ToString()), Is.EqualTo((string[])
            ["x.csv, line 2: has 1 fields, but the header has 2", "x.csv, line 3: has 3 fields, but the header has 2"]));
        Assert.That(table.Rows.Single().Line, Is.EqualTo(4));
    }

    [TestCase("a,b\n1,\"x\n2,3\n")]
    [TestCase("a,b\n1,x\"y\n2,3\n")]
    [TestCase("a,b\n1,\"x\"y\n2,3\n")]
    public void A_misplaced_quotation_mark_is_a_mistake_of_its_line(string text) =>
        Assert.That(Read(text).Mistakes.Single().ToString(), Is.EqualTo("x.csv, line 2: has a quotation mark in the wrong place"));

    [TestCase("a,b,c\n", "c: is not a column of this file; its columns are a, b")]
    [TestCase("a\n", "b: is missing from the header")]
    [TestCase("a,b,a\n", "a: is in the header more than once")]
    public void The_header_has_each_column_once_and_no_other(string text, string mistake)
    {
        var table = Read(text + "1,2\n");
        Assert.That(table.Mistakes.Single().ToString(), Is.EqualTo($"x.csv, line 1, {mistake}"));
        Assert.That(table.Readable, Is.False);
    }

    [Test]
    public void An_empty_file_has_no_header() => Assert.That(Read("").Mistakes.Single().Reason, Does.StartWith("has no header"));

    [Test]
    public void A_file_that_is_not_UTF_8_is_a_mistake_of_the_first_wrong_line() =>
        Assert.That(CsvFiles.Read([.. "a,b\n1,2\n"u8, 0xE4, (byte)','], Layout).Mistakes.Single().ToString(), Is.EqualTo("x.csv, line 3: is not UTF-8 text"));

    [Test]
    public void The_character_U_0000_is_a_mistake_of_its_field() => Assert.That(Read("a,b\n1,\0\n").Mistakes.Single().Column, Is.EqualTo("b"));

    [Test]
    public void A_missing_file_is_a_mistake() =>
        Assert.That(Nowhere().Mistakes.Single().ToString(), Is.EqualTo("x.csv: is missing"));

    private static TextTable Nowhere() => CsvFiles.Read(Path.Combine(TestContext.CurrentContext.TestDirectory, "nowhere"), [Layout]).Single();

    private static TextTable Read(string text) => CsvFiles.Read(Encoding.UTF8.GetBytes(text), Layout);

    private static IEnumerable<string> Values(string text)
    {
        var table = Read(text);
        Assert.That(table.Mistakes, Is.Empty);
        return table.Rows.Select(r => $"{r.Line}: {string.Join(' ', r.Values.OrderBy(v => v.Key).Select(v => $"{v.Key}={v.Value}"))}");
    }
}
