using OpsDb.Cli;
using OpsDb.Servers;

namespace OpsDb.Chaos;

/// <summary>Runs clients and faults against an installation of its own and has what they saw checked.</summary>
public static class ChaosBase
{
    public static async Task<int> RunAsync(string[] args)
    {
        var failed = false;
        var code = await CommandRun.RunAsync(ChaosCommand.Create(() => failed = true), args, e => e is ServersException or IOException or HttpRequestException);
        return failed ? CommandRun.Failed : code;
    }
}
