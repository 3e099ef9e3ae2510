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
    public void States_sort_by_their_stored_names() => Assert.That(ColumnType.Of(typeof(ExecutionStatus)).Compare(ExecutionStatus.Running, ExecutionStatus.Completed), Is.Positive);

    /// <summary>Short texts of few characters from every length of UTF-8 and both sides of the surrogates, so that prefixes meet.</summary>
    private static class Texts
    {
        public static Arbitrary<string> Text() => Gen.Elements("a", "B", "é", "中", "\uD7FF", "\uE000", "\uFFFD", "😀", "\U0010FFFF")
            .ListOf().Resize(4).Select(parts => string.Concat(parts)).ToArbitrary();
    }
}
