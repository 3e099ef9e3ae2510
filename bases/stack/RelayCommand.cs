using System.CommandLine;
using System.Globalization;
using System.Net;
using OpsDb.Cli;
using OpsDb.Servers;

namespace OpsDb.Stack;

/// <summary>The relay as a process of its own.</summary>
internal static class RelayCommand
{
    public static Command Create()
    {
        var listen = new Option<int>("--listen") { Description = "The port for connections.", Required = true };
        var address = new Option<string>("--address") { Description = "The address for connections.", DefaultValueFactory = _ => $"{IPAddress.Loopback}" };
        var control = new Option<int>("--control") { Description = "The port for its control over HTTP.", Required = true };
        var target = new Option<string>("--target") { Description = "Where connections go, HOST:PORT.", Required = true };
        return new Command("relay", "Forward connections over a link that can be cut, slowed and silenced.") { listen, address, control, target }
            .Does((r, ct) => RunAsync(r.GetRequiredValue(listen), r.GetRequiredValue(address), r.GetRequiredValue(control), r.GetRequiredValue(target), ct));
    }

    private static async Task RunAsync(int listen, string address, int control, string target, CancellationToken ct)
    {
        var colon = target.LastIndexOf(':');
        if (colon < 1 || !int.TryParse(target.AsSpan(colon + 1), CultureInfo.InvariantCulture, out var port))
            throw new ServersException("--target has the form HOST:PORT.");
        if (!IPAddress.TryParse(address, out var ownAddress))
            throw new ServersException("--address is an IP address of this machine.");
        await using var relay = Relay.Start(listen, target[..colon], port, ownAddress);
        await using var controlled = RelayControl.Start(relay, control);
        await Task.Delay(Timeout.Infinite, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
