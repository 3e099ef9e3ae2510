using System.Net.Sockets;
using System.Text;
using OpsDb.Servers;

namespace OpsDb.SystemTests.Servers;

/// <summary>Asks Redis without a client library.</summary>
internal static class RedisText
{
    /// <summary>What Redis says to one command, as it says it.</summary>
    public static async Task<string> AskAsync(RedisAddress address, string command) =>
        (await AskAsync(address.Host, address.Port, $"AUTH {address.Password}", command))["+OK\r\n".Length..];

    /// <summary>The same to several, of which the first may log in.</summary>
    public static async Task<string> AskAsync(string host, int port, params IEnumerable<string> commands)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(host, port);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.UTF8.GetBytes(string.Concat(commands.Append("QUIT").Select(c => $"{c}\r\n"))));
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync();
    }
}
