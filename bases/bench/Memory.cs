using System.Diagnostics;
using System.Globalization;
using OpsDb.Servers;

namespace OpsDb.Bench;

internal static class Memory
{
    public const double Mebibyte = 1024 * 1024;

    /// <summary>Memory that a process has in use, bytes.</summary>
    public static long Resident(ServerProcess server)
    {
        using var process = Process.GetProcessById(server.Pid);
        return process.WorkingSet64;
    }

    /// <summary>The most by which a process's memory in use grows while something is done, bytes.</summary>
    public static async Task<long> GrowthAsync(ServerProcess server, Func<Task> work)
    {
        var folder = $"/proc/{server.Pid}";
        // The peak begins anew.
        await File.WriteAllTextAsync($"{folder}/clear_refs", "5");
        var before = Resident(server);
        await work();
        return 1024 * PeakKibibytes(await File.ReadAllLinesAsync($"{folder}/status")) - before;
    }

    /// <summary>The peak of /proc/…/status.</summary>
    public static long PeakKibibytes(IEnumerable<string> status)
    {
        var line = status.First(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
        return long.Parse(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }
}
