using System.Net.Sockets;
using System.Text;

namespace OpsDb.Bench;

/// <summary>What an Idempotency-Key looks like.</summary>
internal enum KeyForm
{
    /// <summary>A UUIDv7, as the generated client makes it.</summary>
    Uuid,

    /// <summary>A text of the same length that tells nothing of its age.</summary>
    Free,
}

/// <summary>A request with numbers left open, so that each one sent is another: a key of its own, a body of its own.</summary>
internal sealed class RequestTemplate
{
    private const string Number = "############", Uuid = "????????????????????????????????????";
    private readonly byte[] bytes;
    private readonly IReadOnlyList<int> numbers, uuids;

    private RequestTemplate(string text)
    {
        bytes = Encoding.ASCII.GetBytes(text);
        (numbers, uuids) = (Places(text, Number), Places(text, Uuid));
    }

    /// <summary>A start with an Idempotency-Key, both made different by the number.</summary>
    public static RequestTemplate Start(string token, int unit, KeyForm keys)
    {
        var body = $$"""{"obs_unit_id":{{unit}},"comment":"scan {{Number}}, wind from the west"}""";
        var key = keys == KeyForm.Uuid ? Uuid : $"free-text-of-this-length{Number}";
        return new($"POST /api/v1/executions HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n"
            + $"Idempotency-Key: {key}\r\nContent-Length: {body.Length}\r\n\r\n{body}");
    }

    /// <param name="token">None when null.</param>
    public static byte[] Get(string? token, string path) =>
        Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{(token is null ? "" : $"Authorization: Bearer {token}\r\n")}\r\n");

    /// <param name="json">The body, ASCII.</param>
    public static byte[] Post(string token, string path, string json) =>
        Encoding.ASCII.GetBytes($"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n"
            + $"Content-Length: {json.Length}\r\n\r\n{json}");

    public ReadOnlySpan<byte> Fill(long number)
    {
        foreach (var at in numbers)
        {
            var rest = number;
            for (var i = Number.Length - 1; i >= 0; i--, rest /= 10)
                bytes[at + i] = (byte)('0' + rest % 10);
        }
        foreach (var at in uuids)
            Guid.CreateVersion7().TryFormat(bytes.AsSpan(at, Uuid.Length), out _);
        return bytes;
    }

    private static List<int> Places(string text, string mark)
    {
        var places = new List<int>();
        for (var at = text.IndexOf(mark, StringComparison.Ordinal); at >= 0; at = text.IndexOf(mark, at + mark.Length, StringComparison.Ordinal))
            places.Add(at);
        return places;
    }
}

/// <param name="Cpu">Processor time that the serving process and its Redis took for all of them; null when it is not known.</param>
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
    private readonly Dictionary<KeyForm, RequestTemplate[]> templates =
        Enum.GetValues<KeyForm>().ToDictionary(k => k, k => units.Select(u => RequestTemplate.Start(token, u, k)).ToArray());
    private long number;

    public Task<LoadResult> ForAsync(TimeSpan time, Endpoint endpoint, int connections, KeyForm keys = KeyForm.Uuid) =>
        Task.Run(() => Run(endpoint, connections, templates[keys], (_, elapsed) => elapsed < time));

    public Task<LoadResult> CountAsync(int count, Endpoint endpoint, int connections) =>
        Task.Run(() => Run(endpoint, connections, templates[KeyForm.Uuid], (sent, _) => sent < count));

    /// <summary>Starts over one connection at a rate until a task has ended. One that had to wait for the one before it counts from when it was due.</summary>
    public Task<LoadResult> AtRateAsync(int perSecond, Endpoint endpoint, Task end) => Task.Run(async () =>
    {
        using var client = new HttpConnection(endpoint.Port);
        var requests = templates[KeyForm.Uuid];
        var milliseconds = new List<float>();
        var started = TimeProvider.System.GetTimestamp();
        while (!end.IsCompleted)
        {
            var late = TimeProvider.System.GetElapsedTime(started) - TimeSpan.FromSeconds(milliseconds.Count / (double)perSecond);
            if (late < TimeSpan.Zero)
                await Task.Delay(-late);
            number++;
            var took = client.Exchange(requests[number % requests.Length].Fill(number));
            milliseconds.Add((float)(took + (late > TimeSpan.Zero ? late : TimeSpan.Zero)).TotalMilliseconds);
        }
        await end;
        return new LoadResult(milliseconds.Count, TimeProvider.System.GetElapsedTime(started), null, milliseconds);
    });

    private LoadResult Run(Endpoint endpoint, int connections, RequestTemplate[] requests, Func<int, TimeSpan, bool> goesOn)
    {
        var clients = Enumerable.Range(0, connections).Select(_ => new HttpConnection(endpoint.Port)).ToDictionary(c => c.Socket);
        try
        {
            var cpu = endpoint.ProcessorTime;
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
            return new(milliseconds.Count, took, endpoint.ProcessorTime - cpu, milliseconds);

            void Send(HttpConnection client)
            {
                sent++;
                number++;
                client.Send(requests[number % requests.Length].Fill(number));
            }
        }
        finally
        {
            foreach (var client in clients.Values)
                client.Dispose();
        }
    }
}
