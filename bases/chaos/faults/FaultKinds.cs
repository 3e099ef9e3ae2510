namespace OpsDb.Chaos;

/// <summary>The kinds of faults, by name.</summary>
internal static class FaultKinds
{
    public static IReadOnlyList<FaultKind> All { get; } =
        [.. ApiFaults.All, .. RedisFaults.All, .. PostgresFaults.All, .. Failover.All, .. LinkFaults.All, .. DiskFaults.All];

    /// <summary>Those against which the promise holds.</summary>
    public static IReadOnlyList<FaultKind> Default { get; } = [.. All.Where(k => k.MayLose is null)];

    public static FaultKind? Find(string name) => All.FirstOrDefault(k => k.Name == name);

    public static string Describe()
    {
        var width = All.Max(k => k.Name.Length) + 2;
        return string.Join('\n', All.Select(k => $"{k.Name.PadRight(width)}{k.Sentence}{(k.MayLose is null ? "" : $" Only when named: it may lose {k.MayLose}.")}"));
    }
}
