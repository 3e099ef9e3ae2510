using System.Diagnostics;
using System.Net.Sockets;
using System.Text;

namespace OpsDb.Bench;

/// <summary>A request with numbers left open, so that each one sent is another: a key of its own, a body of its own.</summary>
internal sealed class RequestTemplate
{
    private static readonly byte[] Mark = "############"u8.ToArray();
    private readonly byte[] bytes;
    private readonly List<int> marks = [];

    private RequestTemplate(string text)
    {
        bytes = Encoding.ASCII.GetBytes(text);
        for (var at = bytes.AsSpan().IndexOf(Mark); at >= 0;)
        {
            marks.Add(at);
            var next = bytes.AsSpan(at + Mark.Length).IndexOf(Mark);
            at = next < 0 ? -1 : at + Mark.Length + next;
        }
    }

    /// <summary>A start with an Idempotency-Key, both made different by the number.</summary>
    public static RequestTemplate Start(string token, int unit)
    {
        var body = $$"""{"obs_unit_id":{{unit}},"comment":"scan ############, wind from the west"}""";
        return new($"POST /api/v1/executions HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n"
            + $"Idempotency-Key: bench-############\r\nContent-Length: {body.Length}\r\n\r\n{body}");
    }

    /// <param name="token">None when null.</param>
    public static byte[] Get(string? token, string path) =>
        Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{(token is null ? "" : $"Authorization: Bearer {token}\r\n")}\r\n");

    public ReadOnlySpan<byte> Fill(long number)
    {
        foreach (var at in marks)
        {
            var rest = number;
            for (var i = Mark.Length - 1; i >= 0; i--, rest /= 10)
                bytes[at + i] = (byte)('0' + rest % 10);
        }
        return bytes;
    }
}

/// <param name="Cpu">Processor time that the serving process took for all of them; null when it is not known.</param>
/// <param name="Milliseconds">Of each request, in no order; empty when they are not known.</param>
internal sealed record LoadResult(int Count, TimeSpan Took, TimeSpan? Cpu, IReadOnlyList<float> Milliseconds)
{
    public static LoadResult Of(int count, double perSecond) => new(count, TimeSpan.FromSeconds(count / perSecond), null, []);

    public double? CpuMicroseconds => Cpu?.TotalMicroseconds / Count;

    public double PerSecond => Count / Took.TotalSeconds;

    public static LoadResult operator +(LoadResult a, LoadResult b) =>
        new(a.Count + b.Count, a.Took + b.Took, a.Cpu + b.Cpu, [.. a.Milliseconds, .. b.Milliseconds]);

    public double Percentile(double share) => Quantile.Of(Milliseconds, share);
}

/// <summary>Sends starts over several connections from one thread that polls them, one request under way on each.</summary>
internal sealed class Load(string token, IReadOnlyList<int> units)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private readonly RequestTemplate[] templates = [.. units.Select(u => RequestTemplate.Start(token, u))];
    private long number;

    public Task<LoadResult> ForAsync(TimeSpan time, Endpoint endpoint, int connections) =>
        Task.Run(() => Run(endpoint, connections, (_, elapsed) => elapsed < time));

    public Task<LoadResult> CountAsync(int count, Endpoint endpoint, int connections) =>
        Task.Run(() => Run(endpoint, connections, (sent, _) => sent < count));

    private LoadResult Run(Endpoint endpoint, int connections, Func<int, TimeSpan, bool> goesOn)
    {
        var clients = Enumerable.Range(0, connections).Select(_ => new HttpConnection(endpoint.Port)).ToDictionary(c => c.Socket);
        try
        {
            using var process = Process.GetProcessById(endpoint.Process.Pid);
            var cpu = process.TotalProcessorTime;
            var milliseconds = new List<float>(200_000);
            var started = TimeProvider.System.GetTimestamp();
            var sent = 0;
            foreach (var client in clients.Values)
                Send(client);
            var open = clients.Keys.ToList();
            var ready = new List<Socket>(connections);
            while (open.Count > 0)
            {
                ready.Clear();
                ready.AddRange(open);
                Socket.Select(ready, null, null, Patience);
                if (ready.Count == 0)
                    throw new BenchException($"No answer within {Patience.TotalSeconds} s.");
                foreach (var socket in ready)
                {
                    var client = clients[socket];
                    if (!client.Receive())
                        continue;
                    if (client.Status is not 202)
                        throw new BenchException($"A start was answered with {client.Text}");
                    milliseconds.Add((float)TimeProvider.System.GetElapsedTime(client.SentAt).TotalMilliseconds);
                    if (goesOn(sent, TimeProvider.System.GetElapsedTime(started)))
                        Send(client);
                    else
                        open.Remove(socket);
                }
            }
            var took = TimeProvider.System.GetElapsedTime(started);
            process.Refresh();
            return new(milliseconds.Count, took, process.TotalProcessorTime - cpu, milliseconds);

            void Send(HttpConnection client)
            {
                sent++;
                number++;
                client.Send(templates[number % templates.Length].Fill(number));
            }
        }
        finally
        {
            foreach (var client in clients.Values)
                client.Dispose();
        }
    }
}
