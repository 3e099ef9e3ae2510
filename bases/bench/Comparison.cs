using System.Globalization;

namespace OpsDb.Bench;

/// <summary>A row whose ratio got worse.</summary>
/// <param name="Share">Of the ratio before, by which it did.</param>
internal sealed record Worse(string Name, double Before, double Now, double Share)
{
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Name}: ratio {Before:0.000} before, {Now:0.000} now: {100 * Share:0} % worse");
}

/// <summary>What got worse between two runs. Ratios are compared and never values, which say as much of the machine as of the product.</summary>
internal static class Comparison
{
    /// <summary>Two runs of the same program differ by about a tenth.</summary>
    public const double Tolerance = 0.15;

    public static IReadOnlyList<Worse> Of(IReadOnlyList<Row> before, IReadOnlyList<Row> now) =>
    [
        .. from row in now
           join old in before on row.Name equals old.Name
           let share = row.HigherIsBetter ? 1 - row.Ratio / old.Ratio : row.Ratio / old.Ratio - 1
           where share > Tolerance
           select new Worse(row.Name, old.Ratio, row.Ratio, share),
    ];
}
