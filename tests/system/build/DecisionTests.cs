using System.Globalization;
using System.Text.RegularExpressions;
using OpsDb.TestKit;

namespace OpsDb.SystemTests.Build;

/// <summary>Decisions are written in one form (CONTRIBUTING.md), so that a reader finds the reason where it is in all of them.</summary>
public sealed partial class DecisionTests
{
    private static readonly string[] Parts = ["Status", "Date", "Context", "Decision", "Alternatives", "Consequences"];

    private static string Folder => Path.Combine(Installation.Root, "docs", "adr");

    private static string[] Names() => [.. Directory.EnumerateFiles(Folder, "????-*.md").Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];

    [TestCaseSource(nameof(Names))]
    public void A_decision_has_its_number_and_all_its_parts_in_order(string name)
    {
        var text = File.ReadAllText(Path.Combine(Folder, name));
        Assert.Multiple(() =>
        {
            Assert.That(text, Does.Match($@"\A# {int.Parse(name[..4], CultureInfo.InvariantCulture)}\. \S"), "its number");
            Assert.That(Part().Matches(text).Select(m => m.Groups[1].Value), Is.EqualTo(Parts), "its parts");
            Assert.That(text, Does.Match(@"(?m)^\*\*Status\.\*\* (Proposed|Accepted|Rejected|Superseded by )"), "its status");
            Assert.That(text, Does.Match(@"(?m)^\*\*Date\.\*\* \d{4}-\d{2}-\d{2}\.$"), "its date");
        });
    }

    [Test]
    public void Numbers_are_given_once_and_without_gaps() =>
        Assert.That(Names().Select(n => n[..4]), Is.EqualTo(Enumerable.Range(1, Names().Length).Select(i => $"{i:d4}")));

    /// <summary>A bold word that begins a paragraph.</summary>
    [GeneratedRegex(@"^\*\*(Status|Date|Context|Decision|Alternatives|Consequences)\.\*\*", RegexOptions.Multiline)]
    private static partial Regex Part();
}
