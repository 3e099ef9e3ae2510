using OpsDb.Servers;

namespace OpsDb.Chaos;

/// <summary>The clocks of the APIs, those of the site first.</summary>
internal sealed class ApiClocks : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("opsdb-clocks-").FullName;
    private readonly IReadOnlyList<SteppedClock> clocks;
    private readonly List<ServerProcess> processes = [];

    public ApiClocks() =>
        clocks = [.. Enumerable.Range(1, 3).Select(number => new SteppedClock(Path.Combine(folder, FormattableString.Invariant($"{number}"))))];

    public SteppedClock this[int api] => clocks[api];

    /// <summary>Notes a process that may run by one of them.</summary>
    public void Add(ServerProcess process)
    {
        lock (processes)
            processes.Add(process);
    }

    /// <summary>When the processes have ended.</summary>
    public void Dispose()
    {
        processes.ForEach(SteppedClock.Forget);
        Directory.Delete(folder, recursive: true);
    }
}
