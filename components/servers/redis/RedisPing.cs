using System.Net.Sockets;
using System.Text;

namespace OpsDb.Servers;

/// <summary>Asks a Redis server whether it is ready: it answers LOADING while it reads its files.</summary>
internal static class RedisPing
{
    public static async Task<bool> AnswersAsync(RedisAddress address, CancellationToken ct)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
        deadline.CancelAfter(TimeSpan.FromSeconds(2));
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(address.Host, address.Port, deadline.Token);
            var stream = client.GetStream();
            var login = address.Password.Length > 0 ? $"AUTH {address.Password}\r\n" : "";
            await stream.WriteAsync(Encoding.UTF8.GetBytes($"{login}PING\r\nQUIT\r\n"), deadline.Token);
            using var reader = new StreamReader(stream, Encoding.UTF8);
            return (await reader.ReadToEndAsync(deadline.Token)).Contains("+PONG", StringComparison.Ordinal);
        }
        catch (Exception e) when (e is SocketException or IOException || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            return false;
        }
    }
}
