using System.CommandLine;
using OpsDb.Cli;
using OpsDb.Servers;

namespace OpsDb.Stack;

/// <summary>Both sites on one machine: real servers, the link between them and the two APIs.</summary>
public static class StackBase
{
    public static async Task<int> RunAsync(string[] args)
    {
        var root = new RootCommand("OpsDb on this machine: main and one observatory, with real servers and a link between them that can be cut.")
        {
            UpCommand.Create(),
            StopCommand.Create(),
            LinkCommand.Create(),
            TourCommand.Create(),
            DrillCommand.Create(),
            RelayCommand.Create(),
            MailSink.Create(),
            ContainerCommand.Create(),
        };
        return await CommandRun.RunAsync(root, args, IsExpected);
    }

    private static bool IsExpected(Exception e) =>
        e is ServersException or TourException or IOException or UnauthorizedAccessException or HttpRequestException;
}
