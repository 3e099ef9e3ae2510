using System.Diagnostics;
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
}
