using System.CommandLine;
using OpsDb.Cli;
using OpsDb.Servers;

namespace OpsDb.Bench;

/// <summary>Measures OpsDb with real servers on this machine, each figure beside a floor that is measured in the same run.</summary>
public static class BenchBase
{
    public static async Task<int> RunAsync(string[] args)
    {
        var root = new RootCommand("Measures OpsDb with real servers on this machine, beside what it cannot be faster than.")
        {
            MeasureCommand.Write(),
            MeasureCommand.Data(),
            MeasureCommand.Transfer(),
            MeasureCommand.Planning(),
            MeasureCommand.Auth(),
            MeasureCommand.All(),
            MeasureCommand.Show(),
            TurnsCommand.Create(),
            FloorCommand.Create(),
            AccessCommand.Create(),
        };
        return await CommandRun.RunAsync(root, args, e => e is ServersException or BenchException or IOException or HttpRequestException);
    }
}
