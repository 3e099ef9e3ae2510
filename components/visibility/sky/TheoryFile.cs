using System.Globalization;

namespace OpsDb.Visibility;

/// <summary>The coefficients of a published theory, as they are embedded: lines of numbers under headings, and what begins with # is said of them.</summary>
internal static class TheoryFile
{
    /// <summary>The lines of numbers under each heading, which is empty for a file that has none.</summary>
    public static IReadOnlyDictionary<string, double[][]> Read(string name)
    {
        using var stream = typeof(TheoryFile).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The program was built without {name}.");
        using var reader = new StreamReader(stream);
        var parts = new Dictionary<string, List<double[]>>();
        var rows = new List<double[]>();
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith('#'))
                continue;
            if (char.IsLetter(line[0]))
                parts.Add(line, rows = []);
            else
                rows.Add([.. line.Split(' ').Select(n => double.Parse(n, CultureInfo.InvariantCulture))]);
            if (parts.Count == 0)
                parts.Add("", rows);
        }
        return parts.ToDictionary(p => p.Key, p => p.Value.ToArray());
    }
}
