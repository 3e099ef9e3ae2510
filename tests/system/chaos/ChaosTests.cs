using System.Globalization;
using System.Text.RegularExpressions;

namespace OpsDb.SystemTests.Chaos;

/// <summary>Many clients while servers, processes and the link fail; what they saw is proven by a checker that shares no code with the product.</summary>
[Parallelizable(ParallelScope.All)]
public sealed partial class ChaosTests
{
    // Long enough for some faults of each sort; OPSDB_CHAOS_MINUTES for more.
    private static readonly string Minutes = Environment.GetEnvironmentVariable("OPSDB_CHAOS_MINUTES") is { Length: > 0 } minutes ? minutes : "1";

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    public async Task What_clients_saw_is_proven(int seed)
    {
        var folder = Directory.CreateTempSubdirectory("opsdb-chaos-").FullName;
        try
        {
            var run = await ChaosRun.RunAsync(folder, seed, Minutes);
            await TestContext.Out.WriteLineAsync(run.Output + run.Errors);
            Assert.That((run.ExitCode, run.Output), Is.EqualTo((0, run.Output)).And.Matches<(int, string Text)>(r => r.Text.Contains("PROVEN", StringComparison.Ordinal)));
            // A third of what a busy machine of two processors does.
            Assert.That(Number(Writes(), run.Output), Is.GreaterThan(300), "writes");
            Assert.That(Number(Reads(), run.Output), Is.GreaterThan(500), "reads");
            Assert.That(File.ReadLines(Path.Combine(folder, "faults.jsonl")).Count(), Is.GreaterThan(2), "faults");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static int Number(Regex pattern, string output) => int.Parse(pattern.Match(output).Groups[1].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^writes +(\d+) acknowledged", RegexOptions.Multiline)]
    private static partial Regex Writes();

    [GeneratedRegex(@"^reads +(\d+) and", RegexOptions.Multiline)]
    private static partial Regex Reads();
}
