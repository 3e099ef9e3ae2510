using System.CommandLine;
using OpsDb.Cli;

namespace OpsDb.Stack;

internal static class DrillCommand
{
    public static Command Create()
    {
        var portBase = new Option<int>("--port-base")
        {
            Description = "The first port of the stack that it starts, which needs 29.",
            DefaultValueFactory = _ => 8100,
        }.Between(1024, UpCommand.HighestBase);
        var nights = new Option<int>("--nights") { Description = "How many tours are lost and learned again.", DefaultValueFactory = _ => 2 }.Between(1, 100);
        return new Command("drill", "Lose a database, learn again from the packed files of one archive what it knew, and compare. On a stack of its own.")
        {
            portBase,
            nights,
        }.Does(async (r, ct) => await new Drill(new($"{StackHome.Find().Folder}-drill"), r.GetValue(portBase), r.GetValue(nights)).RunAsync(ct));
    }
}
