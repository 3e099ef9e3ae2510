using System.CommandLine;
using OpsDb.Cli;
using OpsDb.Servers;

namespace OpsDb.Stack;

/// <summary>What a person can do to the link between the observatory and main.</summary>
internal static class LinkCommand
{
    private const string Description =
        "Disturb or restore the link between the observatory and main. Delay and bandwidth stay until they are set to 0.";

    public static Command Create() => new("link", Description)
    {
        new Command("up", "Let everything through again; ends down, hang, one-way and flap.").Does((_, ct) => OrderAsync("up", ct)),
        new Command("down", "Break every connection and refuse new ones.").Does((_, ct) => OrderAsync("down", ct)),
        new Command("hang", "Keep connections open and let no byte through.").Does((_, ct) => OrderAsync("hang", ct)),
        With("one-way", "Silently let no byte through in one direction.", "DIRECTION", "to-main or to-site.", "one-way?direction="),
        With("delay", "Add latency.", "MS", "Milliseconds of the round trip, half in each direction; 0 removes it.", "delay?ms="),
        With("bandwidth", "Limit what passes.", "KBPS", "Kilobits per second, for each direction, shared by all connections; 0 removes it.", "bandwidth?kbps="),
        With("flap", "Go down and up and down again until the next up.", "SECONDS", "How long each lasts.", "flap?seconds="),
        With("cut", "Cut one connection at a moment to come.", "MOMENT", "message:N, before-commit, after-commit, in-send:BYTES or none.", "cut?at="),
        new Command("status", "Say how the link is.").Does(async (_, ct) => Console.WriteLine(Describe(await Running().StatusAsync(ct)))),
    };

    private static Command With(string name, string description, string argument, string meaning, string order)
    {
        var value = new Argument<string>(argument) { Description = meaning };
        return new Command(name, description) { value }.Does((r, ct) => OrderAsync(order + Uri.EscapeDataString(r.GetRequiredValue(value)), ct));
    }

    private static async Task OrderAsync(string order, CancellationToken ct) => Console.WriteLine(Describe(await Running().OrderAsync(order, ct)));

    private static Link Running() => new(StackHome.Find().RequireStack().Link);

    internal static string Describe(RelayStatus status)
    {
        var state = status.State switch
        {
            LinkState.Up => "up",
            LinkState.Down => "down",
            LinkState.Hanging => "hanging",
            _ => status.CutDirection == LinkDirection.ToMain ? "silent towards main" : "silent towards the site",
        };
        string?[] parts =
        [
            $"The link is {state}",
            status.Flapping ? "flapping" : null,
            status.RoundTripMs > 0 ? $"{status.RoundTripMs:0.#} ms round trip" : null,
            status.KilobitsPerSecond > 0 ? $"{status.KilobitsPerSecond} kbit/s" : null,
            status.ArmedCut is { } cut ? $"will cut at {cut}" : null,
            status.Connections == 1 ? "1 connection" : $"{status.Connections} connections",
            $"{status.BytesToMain} bytes to main",
            $"{status.BytesToSite} bytes to the site",
        ];
        return string.Join(", ", parts.Where(p => p is not null)) + ".";
    }
}
