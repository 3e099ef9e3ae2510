namespace OpsDb.Cli;

/// <summary>Rows below each other.</summary>
public static class Tables
{
    /// <param name="rows">The first one has the names of the columns.</param>
    public static void Print(IReadOnlyList<string[]> rows)
    {
        var widths = Enumerable.Range(0, rows[0].Length).Select(i => rows.Max(r => r[i].Length)).ToList();
        foreach (var row in rows)
            Console.WriteLine(string.Join("  ", row.Select((text, i) => text.PadRight(widths[i]))).TrimEnd());
    }
}
