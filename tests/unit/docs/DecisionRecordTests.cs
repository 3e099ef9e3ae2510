using System.Globalization;
using System.Runtime.CompilerServices;

namespace OpsDb.UnitTests.Docs;

internal sealed class DecisionRecordTests
{
    private static readonly string[] Parts = ["Status", "Date", "Context", "Decision", "Alternatives", "Consequences"];

    private static IEnumerable<string> Records => Directory.GetFiles(Folder(), "*.md").Select(Path.GetFileName).Order(StringComparer.Ordinal)!;

    [TestCaseSource(nameof(Records))]
    public async Task A_decision_is_numbered_as_its_file_and_has_its_parts_in_their_order(string record)
    {
        var lines = await File.ReadAllLinesAsync(Path.Combine(Folder(), record));
        Assert.That(lines[0], Does.StartWith($"# {int.Parse(record[..4], CultureInfo.InvariantCulture)}. "));
        Assert.That(lines.Where(l => l.StartsWith("**", StringComparison.Ordinal)).Select(l => l.Split("**")[1].TrimEnd('.')), Is.EqualTo(Parts));
    }

    private static string Folder([CallerFilePath] string file = "") => Path.Combine(Path.GetDirectoryName(file)!, "../../../docs/adr");
}
