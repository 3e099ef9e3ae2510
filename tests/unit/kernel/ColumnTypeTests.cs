using System.Text;
using FsCheck;
using FsCheck.Fluent;
using OpsDb.Executions;
using OpsDb.Kernel;

namespace OpsDb.UnitTests.Kernel;

internal sealed class ColumnTypeTests
{
    [FsCheck.NUnit.Property(Arbitrary = new[] { typeof(Texts) }, MaxTest = 2000)]
    public bool Text_sorts_as_its_UTF_8_bytes_do(string a, string b) =>
        Math.Sign(ColumnType.Of(typeof(string)).Compare(a, b)) == Math.Sign(Encoding.UTF8.GetBytes(a).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(b)));

    [Test]
    public void States_sort_by_their_stored_names() =>
        Assert.That(ColumnType.Of(typeof(ExecutionStatus)).Compare(ExecutionStatus.Running, ExecutionStatus.Completed), Is.Positive);

    [TestCase(typeof(decimal), "0.1234567890123456789012345678", "0.1234567890123456789012345678")]
    [TestCase(typeof(decimal), "79228162514264337593543950335", "79228162514264337593543950335")]
    [TestCase(typeof(decimal), "1.50", "1.50")]
    [TestCase(typeof(decimal), "15e-1", "1.5")]
    [TestCase(typeof(decimal), "1e-29", null)]
    [TestCase(typeof(decimal), "79228162514264337593543950336", null)]
    [TestCase(typeof(decimal), "0.12345678901234567890123456789012", null)]
    [TestCase(typeof(long), "-9223372036854775808", "-9223372036854775808")]
    [TestCase(typeof(long), "9223372036854775808", null)]
    [TestCase(typeof(int), "2147483648", null)]
    [TestCase(typeof(DateOnly), "2028-02-29", "2028-02-29")]
    [TestCase(typeof(DateOnly), "2027-02-29", null)]
    [TestCase(typeof(DateOnly), "2027-2-9", null)]
    [TestCase(typeof(byte[]), "00ff", "00ff")]
    [TestCase(typeof(byte[]), "00FF", null)]
    [TestCase(typeof(byte[]), "0", null)]
    public void A_text_is_a_value_with_nothing_rounded_or_none(Type type, string text, string? value) =>
        Assert.That(ColumnType.Of(type).Parse(text) is { } parsed ? ColumnType.Of(type).Text(parsed) : null, Is.EqualTo(value));

    [TestCase(typeof(decimal), "\"1\"", "is a decimal number, not text")]
    [TestCase(typeof(decimal), "1e-29", "is a decimal number of at most 28 digits, at most 28 of them behind the point, not 1e-29")]
    [TestCase(typeof(long), "9223372036854775808", "is a whole number from -9223372036854775808 to 9223372036854775807, not 9223372036854775808")]
    [TestCase(typeof(DateOnly), "\"2027-02-29\"", "is a date like 2026-01-31, not '2027-02-29'")]
    [TestCase(typeof(byte[]), "\"00FF\"", "is bytes as lower-case hexadecimal digits, not '00FF'")]
    [TestCase(typeof(string[]), "\"a\"", "is a list, not text")]
    public void A_wrong_value_has_a_sentence_of_its_own(Type type, string json, string sentence) =>
        Assert.That(ColumnType.Of(type).Fault(System.Text.Json.JsonElement.Parse(json)), Is.EqualTo(sentence));

    [TestCase(typeof(TimeSpan))]
    [TestCase(typeof(float))]
    [TestCase(typeof(string[][]))]
    [TestCase(typeof(ExecutionStatus[]))]
    public void Another_type_is_none(Type type) => Assert.Throws<InvalidOperationException>(() => ColumnType.Of(type));

    /// <summary>Short texts of few characters from every length of UTF-8 and both sides of the surrogates, so that prefixes meet.</summary>
    private static class Texts
    {
        public static Arbitrary<string> Text() => Gen.Elements("a", "B", "é", "中", "\uD7FF", "\uE000", "\uFFFD", "😀", "\U0010FFFF")
            .ListOf().Resize(4).Select(parts => string.Concat(parts)).ToArbitrary();
    }
}
