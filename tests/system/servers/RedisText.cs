using System.Net.Sockets;
using System.Text;
using OpsDb.Servers;

namespace OpsDb.SystemTests.Servers;

/// <summary>Asks Redis without a client library.</summary>
internal static class RedisText
{
    /// <summary>What Redis says to one command, as it says it.</summary>
    public static async Task<string> AskAsync(RedisAddress address, string command)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(address.Host, address.Port);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.UTF8.GetBytes($"AUTH {address.Password}\r\n{command}\r\nQUIT\r\n"));
        using var reader = new StreamReader(stream);
        return (await reader.ReadToEndAsync())["+OK\r\n".Length..];
    }
}
