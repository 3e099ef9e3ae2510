using System.CommandLine;
using OpsDb.Cli;

namespace OpsDb.Stack;

internal static class StopCommand
{
    public static Command Create() =>
        new Command("stop", "Stop the stack of this home; its data stays.").Does(async (_, _) =>
        {
            var home = StackHome.Find();
            var processes = new StackProcesses(home);
            var ran = processes.Running.Any();
            await processes.StopAsync();
            Console.WriteLine(ran ? "Stopped." : $"Nothing runs in {home.Folder}.");
        });
}
