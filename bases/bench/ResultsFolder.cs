using OpsDb.Servers;

namespace OpsDb.Bench;

/// <summary>Where the results are kept: results.json and, for people, results.md.</summary>
/// <param name="folder">Relative to the product's.</param>
internal sealed class ResultsFolder(string folder)
{
    private readonly string json = Path.Combine(BuiltPrograms.Root, folder, "results.json");

    /// <summary>What is there; null when nothing is.</summary>
    /// <exception cref="BenchException">It cannot be read.</exception>
    public async Task<BenchResults?> ReadAsync(CancellationToken ct) => File.Exists(json) ? BenchResults.Parse(await File.ReadAllTextAsync(json, ct)) : null;

    /// <summary>
    /// Keeps the rows beside those that were not measured again, and says on standard error which ratios got worse since the
    /// results that were committed last.
    /// </summary>
    public async Task KeepAsync(IReadOnlyList<Row> rows, BenchResults? earlier, CancellationToken ct)
    {
        var today = DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime);
        var measured = new BenchResults(await Machine.ReadAsync(ct), await Versions.ReadAsync(ct), [.. rows.Select(r => r with { Measured = today })]);
        var results = measured.After(earlier);
        Directory.CreateDirectory(Path.GetDirectoryName(json)!);
        await File.WriteAllTextAsync(json, results.ToJson(), ct);
        await ShowAsync(results, ct);
        foreach (var line in Compare(await CommittedAsync(ct), rows))
            await Console.Error.WriteLineAsync(line);
    }

    /// <summary>Writes results.md with the notes as they are now.</summary>
    public async Task ShowAsync(BenchResults results, CancellationToken ct) =>
        await File.WriteAllTextAsync(Path.ChangeExtension(json, "md"), (results with { Notes = await Notes.ReadAsync(ct) }).ToMarkdown(), ct);

    private static IEnumerable<string> Compare(BenchResults? committed, IReadOnlyList<Row> rows)
    {
        if (committed is null)
            return ["No results are committed that these could be compared with."];
        var worse = Comparison.Of(committed.Rows, rows);
        return worse.Count == 0
            ? [FormattableString.Invariant($"No ratio got worse by more than {Comparison.Tolerance:0 %}.")]
            : worse.Select(w => w.ToString());
    }

    // Not the file on the disk: several runs after one another would each be compared with the one before.
    private async Task<BenchResults?> CommittedAsync(CancellationToken ct)
    {
        try
        {
            return BenchResults.Parse(await ProgramRun.ReadAsync(["git", "-C", BuiltPrograms.Root, "show", $"HEAD:{folder}/results.json"], ct: ct));
        }
        catch (ServersException)
        {
            return null;
        }
    }
}
