using System.Net;
using System.Net.Sockets;

namespace OpsDb.Servers;

/// <summary>TCP ports of this machine.</summary>
public static class Ports
{
    // Below the range from which Linux takes the local ports of outgoing connections: a port stays ours while nobody listens on it.
    private const int First = 20000, Last = 32000;

    private static readonly HashSet<int> Taken = [];

    /// <summary>Whether a server could listen on 127.0.0.1 at this port now.</summary>
    public static bool IsFree(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            socket.Listen();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>A free port that this process has not been given before; for tests.</summary>
    public static int Next() => Next(0);

    /// <summary>A port from which these offsets are free, and will be given to nobody else in this process; for tests.</summary>
    public static int Next(params IReadOnlyCollection<int> offsets)
    {
        lock (Taken)
        {
            while (true)
            {
                var first = Random.Shared.Next(First, Last);
                var ports = offsets.Select(o => first + o).ToList();
                if (!Taken.Overlaps(ports) && ports.All(IsFree))
                {
                    Taken.UnionWith(ports);
                    return first;
                }
            }
        }
    }

    /// <exception cref="ServersException">Names the first port that is taken and what it is for.</exception>
    public static void RequireFree(IEnumerable<(int Port, string Purpose)> ports, string advice)
    {
        foreach (var (port, purpose) in ports)
        {
            if (!IsFree(port))
                throw new ServersException($"port {port} ({purpose}) is taken; {advice}");
        }
    }
}
