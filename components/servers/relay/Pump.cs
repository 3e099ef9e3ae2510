using System.Net.Sockets;
using System.Threading.Channels;

namespace OpsDb.Servers;

/// <summary>What decides about the bytes of one direction of one connection; it sends what may pass.</summary>
internal interface IInspector
{
    ValueTask InspectAsync(ReadOnlyMemory<byte> bytes, CancellationToken ct);

    /// <summary>The sender has closed its side: nothing more will come.</summary>
    ValueTask EndAsync(CancellationToken ct);
}

/// <summary>
/// Moves the bytes of one direction. Reading and sending are separate, with a delay line between them: every chunk leaves when
/// it has been under way for the latency, so that latency does not cap the throughput.
/// </summary>
internal sealed class Pump(Socket source, Socket destination, Lane lane, Gate connection)
{
    private const int ChunkSize = 32 * 1024;

    private readonly Channel<Chunk> line =
        Channel.CreateBounded<Chunk>(new BoundedChannelOptions(512) { SingleReader = true, SingleWriter = true });

    /// <summary>Runs until the sender has closed its side; when the connection breaks, <paramref name="abort"/> is called.</summary>
    public async Task RunAsync(IInspector inspector, Action abort, CancellationToken ct) =>
        await Task.WhenAll(AbortingAsync(ReadAsync(ct), abort), AbortingAsync(ForwardAsync(inspector, ct), abort));

    /// <summary>Sends bytes over the link as gate and bandwidth allow.</summary>
    public async ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken ct)
    {
        while (!bytes.IsEmpty)
        {
            var turn = await lane.TakeTurnAsync(bytes.Length, ct);
            await lane.Gate.PassAsync(ct);
            await connection.PassAsync(ct);
            var sent = await destination.SendAsync(bytes[..turn], ct);
            lane.Count(sent);
            bytes = bytes[sent..];
        }
    }

    private static async Task AbortingAsync(Task task, Action abort)
    {
        try
        {
            await task;
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            abort();
        }
    }

    private async Task ReadAsync(CancellationToken ct)
    {
        var buffer = new byte[ChunkSize];
        try
        {
            while (true)
            {
                var read = await source.ReceiveAsync(buffer, ct);
                await line.Writer.WriteAsync(new(buffer[..read], Due(), read == 0 ? ChunkKind.End : ChunkKind.Bytes), ct);
                if (read == 0)
                    return;
            }
        }
        catch (SocketException)
        {
            // The news travels the link as bytes do: behind a closed gate the other side does not learn of it.
            await line.Writer.WriteAsync(new([], Due(), ChunkKind.Reset), ct);
        }
    }

    private async Task ForwardAsync(IInspector inspector, CancellationToken ct)
    {
        await foreach (var chunk in line.Reader.ReadAllAsync(ct))
        {
            await WaitUntilAsync(chunk.Due, ct);
            await lane.Gate.PassAsync(ct);
            await connection.PassAsync(ct);
            switch (chunk.Kind)
            {
                case ChunkKind.Reset:
                    throw new SocketException((int)SocketError.ConnectionReset);
                case ChunkKind.End:
                    await inspector.EndAsync(ct);
                    destination.Shutdown(SocketShutdown.Send);
                    return;
                default:
                    await inspector.InspectAsync(chunk.Bytes, ct);
                    break;
            }
        }
    }

    private static async ValueTask WaitUntilAsync(long due, CancellationToken ct)
    {
        // Timers may ring some milliseconds early.
        while (TimeProvider.System.GetElapsedTime(TimeProvider.System.GetTimestamp(), due) is var wait && wait > TimeSpan.Zero)
            await Task.Delay((int)Math.Ceiling(wait.TotalMilliseconds), ct);
    }

    private long Due() => TimeProvider.System.GetTimestamp() + (long)(lane.Latency.TotalSeconds * TimeProvider.System.TimestampFrequency);

    private enum ChunkKind
    {
        Bytes,
        End,
        Reset,
    }

    private readonly record struct Chunk(byte[] Bytes, long Due, ChunkKind Kind);
}
