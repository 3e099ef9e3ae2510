using System.Net;

namespace OpsDb.Kernel;

/// <summary>What never leaves this machine, so that it needs no encryption.</summary>
public static class Loopback
{
    /// <summary>Whether the host is this machine as seen from itself: <c>localhost</c>, a loopback address, or the folder of a Unix socket.</summary>
    /// <param name="host">A name or an address, IPv6 with or without brackets; several parted by commas must all be.</param>
    public static bool Is(string host) => host.Split(',').All(h =>
        h.StartsWith('/') || h.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(h, out var address) && IPAddress.IsLoopback(address)));
}
