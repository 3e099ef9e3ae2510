namespace OpsDb.Chaos;

/// <summary>The kinds of faults, by name.</summary>
internal static class FaultKinds
{
    public static IReadOnlyList<FaultKind> All { get; } =
        [.. ApiFaults.All, .. RedisFaults.All, .. PostgresFaults.All, .. Failover.All, .. LinkFaults.All, .. DiskFaults.All, .. ClockFaults.All];

    /// <summary>Those that are used where none is named.</summary>
    public static IReadOnlyList<FaultKind> Default { get; } = [.. All.Where(k => k.WhyNamed is null)];

    public static FaultKind? Find(string name) => All.FirstOrDefault(k => k.Name == name);

    public static string Describe()
    {
        var width = All.Max(k => k.Name.Length) + 2;
        return string.Join('\n', All.Select(k => $"{k.Name.PadRight(width)}{k.Sentence}{(k.WhyNamed is null ? "" : $" Only when named: {k.WhyNamed}.")}"));
    }
}
