using System.CommandLine;
using OpsDb.Cli;
using OpsDb.Servers;

namespace OpsDb.Stack;

internal static class TourCommand
{
    public static Command Create() =>
        new Command(
            "tour",
            "Take the running stack through a short night with a link that fails, and account for every acknowledged write. "
            + "Nobody else may write meanwhile. The data stays; the link is up afterwards.")
            .Does(async (_, ct) => await RunAsync(ct));

    private static async Task RunAsync(CancellationToken ct)
    {
        var home = StackHome.Find();
        var stack = home.RequireStack();
        if (stack.Sites.Values.Any(s => s.Tokens.Service.Length == 0))
            throw new ServersException($"The stack in {home.Folder} runs without its APIs; build/stop and build/run start them.");
        await using var tour = new Tour(stack);
        await tour.RunAsync(ct);
    }
}
