using System.Collections.Concurrent;
using OpsDb.Kernel;
using OpsDb.Transfers;

namespace OpsDb.DataFlow;

/// <summary>Counts the bytes of a transfer as they come, holds them to what its route may carry, and tells how far it is.</summary>
/// <param name="total">What there is to copy, bytes.</param>
/// <param name="beat">How often it is told.</param>
internal sealed class TransferProgress(
    DataTransfer transfer, long total, DataTransferRoute? route, Throttles throttles, ICommands commands, TimeSpan beat, TimeProvider time)
{
    private long copied;

    /// <summary>The same content, counted.</summary>
    public Stream Of(Stream content) => new CountedStream(content, PassAsync);

    /// <summary>What is there already.</summary>
    public void Skip(long bytes) => Interlocked.Add(ref copied, bytes);

    /// <summary>Tells how far it is until it is stopped.</summary>
    public async Task TellAsync(CancellationToken stop)
    {
        var (before, at) = (0L, time.GetTimestamp());
        while (true)
        {
            await Task.Delay(beat, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stop.IsCancellationRequested)
                return;
            var (now, seconds) = (Interlocked.Read(ref copied), time.GetElapsedTime(at).TotalSeconds);
            var rate = (long)((now - before) / seconds);
            (before, at) = (now, time.GetTimestamp());
            try
            {
                await commands.SubmitAsync(new NoteTransferProgress(transfer.Id, now, rate,
                    rate > 0 ? Instant.Round(time.GetUtcNow() + TimeSpan.FromSeconds(Math.Max(0, total - now) / (double)rate)) : null), new(Actor.Jobs), stop);
            }
            catch (Exception e) when (e is ProblemException || e is OperationCanceledException && stop.IsCancellationRequested)
            {
                // It is told the next time, or it is over.
            }
        }
    }

    private async ValueTask PassAsync(int bytes, CancellationToken ct)
    {
        Interlocked.Add(ref copied, bytes);
        if (route is not null)
            await throttles.PassAsync(route, bytes, ct);
    }

    /// <summary>Passes on what is read.</summary>
    private sealed class CountedStream(Stream content, Func<int, CancellationToken, ValueTask> pass) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = await content.ReadAsync(buffer, cancellationToken);
            await pass(count, cancellationToken);
            return count;
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                content.Dispose();
            base.Dispose(disposing);
        }
    }
}

/// <summary>Holds what all workers of this process send on a route to what it may carry.</summary>
internal sealed class Throttles(TimeProvider time)
{
    private readonly ConcurrentDictionary<int, Turn> turns = new();

    /// <summary>Waits until so many bytes may have passed.</summary>
    public async ValueTask PassAsync(DataTransferRoute route, int bytes, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        if (bytes == 0 || Bandwidth.At(route.Bandwidth, now) is not { } limit)
            return;
        var wait = turns.GetOrAdd(route.Id, _ => new()).Take(now, TimeSpan.FromSeconds(bytes / (double)limit)) - now;
        if (wait > TimeSpan.Zero)
            await Task.Delay(wait, time, ct);
    }

    private sealed class Turn
    {
        private readonly Lock gate = new();
        private DateTimeOffset free;

        /// <returns>When it has passed, after what was sent before.</returns>
        public DateTimeOffset Take(DateTimeOffset now, TimeSpan needs)
        {
            lock (gate)
            {
                free = (free > now ? free : now) + needs;
                return free;
            }
        }
    }
}
