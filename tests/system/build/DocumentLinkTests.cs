using System.Text.RegularExpressions;
using OpsDb.Servers;

namespace OpsDb.SystemTests.Build;

/// <summary>What the documents promise about themselves.</summary>
public sealed partial class DocumentLinkTests
{
    private static readonly string[] NotOurs = ["artifacts", "node_modules", "bin", "obj", ".git", ".opsdb"];

    [Test]
    public void Every_relative_link_of_a_document_leads_somewhere()
    {
        var broken = Documents().SelectMany(d => Links(d).Where(l => !Leads(d, l)).Select(l => $"{Path.GetRelativePath(BuiltPrograms.Root, d)}: {l}"));
        Assert.That(broken, Is.Empty);
    }

    [TestCase("Two commands", "two-commands")]
    [TestCase("`/health` is degraded: what now?", "health-is-degraded-what-now")]
    [TestCase("[0.1.0] - not yet released", "010---not-yet-released")]
    [TestCase("The site's database", "the-sites-database")]
    public void The_anchor_of_a_heading_is_the_hosting_platforms(string heading, string anchor) => Assert.That(Anchor(heading), Is.EqualTo(anchor));

    private static IEnumerable<string> Documents() =>
        Directory.EnumerateFiles(BuiltPrograms.Root, "*.md", SearchOption.AllDirectories)
            .Where(f => !Path.GetRelativePath(BuiltPrograms.Root, f).Split('/').Any(NotOurs.Contains));

    /// <summary>Those of the text; what stands in code is not one.</summary>
    private static IEnumerable<string> Links(string document) =>
        Link().Matches(InlineCode().Replace(Fence().Replace(File.ReadAllText(document), ""), "")).Select(m => m.Groups[1].Value).Where(l => !l.Contains(':'));

    private static bool Leads(string document, string link)
    {
        var parts = link.Split('#', 2);
        var target = parts[0].Length == 0 ? document : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(document)!, Uri.UnescapeDataString(parts[0])));
        if (parts.Length == 1 || !target.EndsWith(".md", StringComparison.Ordinal))
            return File.Exists(target) || Directory.Exists(target);
        return File.Exists(target) && Anchors(target).Contains(parts[1]);
    }

    private static IEnumerable<string> Anchors(string document) =>
        Heading().Matches(Fence().Replace(File.ReadAllText(document), "")).Select(m => Anchor(m.Groups[1].Value))
            .Concat(Named().Matches(File.ReadAllText(document)).Select(m => m.Groups[1].Value));

    private static string Anchor(string heading) =>
        NotInAnchors().Replace(LinkText().Replace(heading, "$1").Trim().ToLowerInvariant(), "").Replace(' ', '-');

    [GeneratedRegex(@"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"\[([^\]]*)\]\([^)]*\)")]
    private static partial Regex LinkText();

    [GeneratedRegex(@"^(```|~~~).*?^\1", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex(@"`[^`\n]+`")]
    private static partial Regex InlineCode();

    [GeneratedRegex(@"^#{1,6} +(.+?)\s*$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"<a (?:id|name)=""([^""]+)""")]
    private static partial Regex Named();

    [GeneratedRegex(@"[^\p{L}\p{N}\-_ ]")]
    private static partial Regex NotInAnchors();
}
