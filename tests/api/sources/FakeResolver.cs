using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace OpsDb.ApiTests.Sources;

/// <summary>An HTTP server that answers as it is told, byte by byte.</summary>
internal sealed class FakeResolver : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stopping = new();
    private readonly ConcurrentBag<Task> answers = [];
    private readonly Task accepting;

    /// <param name="answer">Writes the answer to what stands between method and version.</param>
    public FakeResolver(Func<string, Stream, CancellationToken, Task> answer)
    {
        listener.Start();
        accepting = AcceptAsync(answer);
    }

    /// <summary>A server that always answers this.</summary>
    public FakeResolver(string json) : this((_, stream, ct) => WriteAsync(stream, Http(json), ct)) { }

    /// <summary>Of what it was asked, so far.</summary>
    public ConcurrentQueue<string> Asked { get; } = [];

    public string Address => $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";

    public static string Http(string body, string status = "200 OK", string type = "application/json", string more = "") =>
        $"HTTP/1.1 {status}\r\nContent-Type: {type}\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\nConnection: close\r\n{more}\r\n{body}";

    public static async Task WriteAsync(Stream stream, string text, CancellationToken ct) => await stream.WriteAsync(Encoding.UTF8.GetBytes(text), ct);

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        listener.Stop();
        await accepting;
        await Task.WhenAll(answers);
        stopping.Dispose();
    }

    private async Task AcceptAsync(Func<string, Stream, CancellationToken, Task> answer)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                answers.Add(AnswerAsync(await listener.AcceptTcpClientAsync(stopping.Token), answer));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task AnswerAsync(TcpClient client, Func<string, Stream, CancellationToken, Task> answer)
    {
        try
        {
            using (client)
            {
                var stream = client.GetStream();
                using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
                var target = (await reader.ReadLineAsync(stopping.Token))!.Split(' ')[1];
                while (await reader.ReadLineAsync(stopping.Token) is { Length: > 0 })
                {
                }
                Asked.Enqueue(target);
                await answer(target, stream, stopping.Token);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or NullReferenceException)
        {
            // Whoever asked has gone.
        }
    }
}
