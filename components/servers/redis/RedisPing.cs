using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;

namespace OpsDb.Servers;

/// <summary>Asks a Redis server whether it is ready: it answers LOADING while it reads its files.</summary>
internal static class RedisPing
{
    public static async Task<bool> AnswersAsync(RedisAddress address, bool encrypted, CancellationToken ct)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
        deadline.CancelAfter(TimeSpan.FromSeconds(2));
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(address.Host, address.Port, deadline.Token);
            await using var stream = encrypted ? await EncryptAsync(client, address.Host, deadline.Token) : client.GetStream();
            var login = address.Password.Length > 0 ? $"AUTH {address.Password}\r\n" : "";
            await stream.WriteAsync(Encoding.UTF8.GetBytes($"{login}PING\r\nQUIT\r\n"), deadline.Token);
            using var reader = new StreamReader(stream, Encoding.UTF8);
            return (await reader.ReadToEndAsync(deadline.Token)).Contains("+PONG", StringComparison.Ordinal);
        }
        catch (Exception e) when (e is SocketException or IOException or AuthenticationException
            || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            return false;
        }
    }

    private static async Task<Stream> EncryptAsync(TcpClient client, string host, CancellationToken ct)
    {
        // The server was started here; whether others accept its certificate is their matter.
        var stream = new SslStream(client.GetStream(), leaveInnerStreamOpen: false, (_, _, _, _) => true);
        await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = host }, ct);
        return stream;
    }
}
