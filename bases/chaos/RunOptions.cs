namespace OpsDb.Chaos;

/// <summary>What a run is.</summary>
/// <param name="Seed">From which clients and faults follow.</param>
/// <param name="Length">How long clients call.</param>
/// <param name="Pace">How long a client rests between two steps, on average.</param>
/// <param name="Folder">Where the files of the run go; it is empty or not there.</param>
internal sealed record RunOptions(int Seed, TimeSpan Length, int Clients, TimeSpan Pace, IReadOnlyList<FaultKind> Faults, string Folder)
{
    public string PathOf(string file) => Path.Combine(Folder, file);
}
