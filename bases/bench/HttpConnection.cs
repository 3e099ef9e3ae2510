using System.Net;
using System.Net.Sockets;
using System.Text;

namespace OpsDb.Bench;

/// <summary>
/// One HTTP/1.1 connection with one request under way: as little work as possible on this side, because it shares the
/// processors with what is measured.
/// </summary>
internal sealed class HttpConnection : IDisposable
{
    private readonly byte[] buffer;
    private int received;

    /// <param name="largest">The largest answer, bytes.</param>
    public HttpConnection(int port, int largest = 1 << 20)
    {
        buffer = new byte[largest];
        Socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        Socket.Connect(IPAddress.Loopback, port);
    }

    public Socket Socket { get; }

    public long SentAt { get; private set; }

    public int Status => (buffer[9] - '0') * 100 + (buffer[10] - '0') * 10 + buffer[11] - '0';

    /// <summary>The newest answer, for messages.</summary>
    public string Text => Encoding.UTF8.GetString(buffer.AsSpan(0, received));

    public void Send(ReadOnlySpan<byte> request)
    {
        received = 0;
        SentAt = TimeProvider.System.GetTimestamp();
        Socket.Send(request);
    }

    /// <summary>Takes what has arrived; true when the answer is whole.</summary>
    public bool Receive()
    {
        var count = Socket.Receive(buffer.AsSpan(received));
        if (count == 0)
            throw new BenchException("The server closed the connection.");
        received += count;
        var answer = buffer.AsSpan(0, received);
        var head = answer.IndexOf("\r\n\r\n"u8);
        if (head < 0)
            return false;
        var length = answer[..head].IndexOf("\r\nContent-Length: "u8);
        if (length < 0)
            length = answer[..head].IndexOf("\r\ncontent-length: "u8);
        if (length < 0)
            return answer[(head + 2)..].EndsWith("\r\n0\r\n\r\n"u8);
        var digits = answer[(length + 18)..(head + 2)];
        return received >= head + 4 + int.Parse(digits[..digits.IndexOf((byte)'\r')], System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>A request and its whole answer; the time it took.</summary>
    public TimeSpan Exchange(ReadOnlySpan<byte> request)
    {
        Send(request);
        while (!Receive())
        {
            // More of it is on its way.
        }
        var took = TimeProvider.System.GetElapsedTime(SentAt);
        return Status is >= 200 and < 300 ? took : throw new BenchException($"A request was refused: {Text}");
    }

    public void Dispose() => Socket.Dispose();
}
