using System.Text;

namespace OpsDb.Verify;

/// <summary>What a history can break.</summary>
internal static class Rule
{
    public const string
        // Writes.
        LostWrite = "lost-write", HalfTransaction = "half-transaction", AppliedTwice = "applied-twice", RefusedPresent = "refused-present",
        OtherContent = "other-content", OtherAnswer = "other-answer",
        // Their order.
        Order = "order", MovedTwice = "moved-twice", Versions = "versions", PositionReused = "position-reused", PositionOrder = "position-order",
        // Reads.
        OwnWriteMissed = "own-write-missed", StaleRead = "stale-read", WentBack = "went-back", CameBack = "came-back", FromTheFuture = "from-the-future",
        // Lists.
        ListMissing = "list-missing", ListFilter = "list-filter", ListTwice = "list-twice", ListTotal = "list-total", Sum = "sum",
        // The end.
        Replica = "replica", Counter = "counter", Ledger = "ledger", LossNotNamed = "loss-not-named", PackageTotal = "package-total",
        // What was told of transactions, and what became of those that met.
        Contradicted = "contradicted", OtherCreation = "other-creation", FailedWithoutCause = "failed-without-cause";
}

/// <summary>What was found wrong: a sentence, and the lines that show it.</summary>
internal sealed record Finding(string Rule, string Sentence, int[] Lines, int[] FinalLines);

/// <summary>Collects what is wrong; of each rule the first few, and the count of all.</summary>
internal sealed class Findings
{
    private const int KeptPerRule = 3, LongestLine = 1500;

    private readonly List<Finding> kept = [];
    private readonly SortedDictionary<string, int> counts = new(StringComparer.Ordinal);

    public int Count => counts.Values.Sum();

    public void Add(string rule, string sentence, params int[] lines) => Add(rule, sentence, lines, []);

    public void Add(string rule, string sentence, int[] lines, int[] finalLines)
    {
        var count = counts[rule] = counts.GetValueOrDefault(rule) + 1;
        if (count <= KeptPerRule)
            kept.Add(new(rule, sentence, [.. lines.Where(l => l > 0).Distinct().Order()], [.. finalLines.Where(l => l > 0).Distinct().Order()]));
    }

    public void Print(TextWriter output, string history, string final)
    {
        var fromHistory = Excerpts(history, kept.SelectMany(f => f.Lines));
        var fromFinal = Excerpts(final, kept.SelectMany(f => f.FinalLines));
        foreach (var finding in kept)
        {
            output.WriteLine($"{finding.Rule}: {finding.Sentence}");
            foreach (var line in finding.Lines)
                output.WriteLine($"  {Path.GetFileName(history)}:{line}: {fromHistory[line]}");
            foreach (var line in finding.FinalLines)
                output.WriteLine($"  {Path.GetFileName(final)}:{line}: {fromFinal[line]}");
        }
        output.WriteLine($"VIOLATED: {string.Join(", ", counts.Select(c => $"{c.Value} {c.Key}"))}");
    }

    private static Dictionary<int, string> Excerpts(string path, IEnumerable<int> numbers)
    {
        var wanted = new SortedSet<int>(numbers);
        var texts = new Dictionary<int, string>();
        if (wanted.Count == 0)
            return texts;
        using var lines = new JsonLines(path);
        while (lines.Number < wanted.Max && lines.Next())
        {
            if (wanted.Contains(lines.Number))
                texts[lines.Number] = Encoding.UTF8.GetString(lines.Line[..Math.Min(lines.Line.Length, LongestLine)]);
        }
        return texts;
    }
}
