namespace OpsDb.Servers;

/// <summary>One direction of the link, shared by all connections: its gate, its latency, its bandwidth and its counter.</summary>
internal sealed class Lane
{
    private static readonly TimeSpan MaxSlice = TimeSpan.FromMilliseconds(20);

    // A timer that rings late must not cost throughput: so much of the wire's idle time may be used afterwards.
    private static readonly long Credit = TimeProvider.System.TimestampFrequency / 20;

    private readonly Lock sync = new();
    private long bytes;
    private double bytesPerSecond;
    private long freeAt;

    public Gate Gate { get; } = new();

    /// <summary>From the arrival of a byte until it may leave.</summary>
    public TimeSpan Latency { get; set; }

    public long Bytes => Interlocked.Read(ref bytes);

    /// <summary>Kilobits per second; 0 is unlimited.</summary>
    public int KilobitsPerSecond
    {
        get => (int)Math.Round(bytesPerSecond * 8 / 1000);
        set
        {
            lock (sync)
                bytesPerSecond = value * 1000.0 / 8;
        }
    }

    public void Count(int sent) => Interlocked.Add(ref bytes, sent);

    /// <summary>Waits for a turn on the wire and returns how many of the bytes may be sent in it.</summary>
    public async ValueTask<int> TakeTurnAsync(int wanted, CancellationToken ct)
    {
        TimeSpan wait;
        lock (sync)
        {
            if (bytesPerSecond <= 0)
                return wanted;
            wanted = Math.Min(wanted, Math.Max(256, (int)(bytesPerSecond * MaxSlice.TotalSeconds)));
            var now = TimeProvider.System.GetTimestamp();
            // The bytes have arrived when the wire has carried them, after those that were there before.
            freeAt = Math.Max(freeAt, now - Credit) + (long)(wanted / bytesPerSecond * TimeProvider.System.TimestampFrequency);
            wait = TimeProvider.System.GetElapsedTime(now, freeAt);
        }

        if (wait >= TimeSpan.FromMilliseconds(1))
            await Task.Delay(wait, ct);
        return wanted;
    }
}
