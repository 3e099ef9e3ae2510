namespace OpsDb.Transactions;

/// <summary>What this process's processor is doing, for health and metrics.</summary>
internal sealed class ProcessorState
{
    private readonly Lock gate = new();
    private long applied;
    private long retries;
    private double appliedSeconds;
    private readonly Queue<(DateTimeOffset At, int Count)> recent = new();

    public string Status { get; private set; } = "starting";
    public string? Reason { get; private set; }
    public DateTimeOffset? LastRun { get; private set; }
    public long AppliedTotal => Interlocked.Read(ref applied);
    public long RetriesTotal => Interlocked.Read(ref retries);

    /// <summary>Longer than one batch may take, with all that can delay it.</summary>
    private static readonly TimeSpan MaxTurn = TimeSpan.FromMinutes(3);

    private static readonly TimeSpan LongestRead = TimeSpan.FromMinutes(1);

    private const long Unknown = 0;

    private DateTimeOffset? begun;
    private DateTimeOffset heldUntil;

    /// <summary>It looks for work, or begins with a batch.</summary>
    public void Begin(DateTimeOffset now)
    {
        lock (gate)
            begun = now;
    }

    /// <summary>For how long nothing has been heard of it that should be; null while all is well, and where none runs.</summary>
    public TimeSpan? SilentFor(DateTimeOffset now)
    {
        lock (gate)
            return begun is { } last && now - last > MaxTurn ? now - last : null;
    }

    public void Waiting()
    {
        HeldFrom = Unknown;
        Set("standby", null, null);
    }

    public void Idle(DateTimeOffset now) => Set("running", null, now);

    public void Retrying(string reason, DateTimeOffset now)
    {
        Interlocked.Increment(ref retries);
        Set("retrying", reason, now);
    }

    public void Stopped(string reason, DateTimeOffset now) => Set("stopped", reason, now);

    public void Applied(int count, TimeSpan took, DateTimeOffset now)
    {
        Interlocked.Add(ref applied, count);
        lock (gate)
        {
            appliedSeconds += took.TotalSeconds;
            recent.Enqueue((now, count));
        }
        Set("running", null, now);
    }

    /// <summary>Applied transactions per second over the last minute.</summary>
    public double Rate(DateTimeOffset now)
    {
        lock (gate)
        {
            while (recent.TryPeek(out var oldest) && oldest.At < now.AddMinutes(-1))
                recent.Dequeue();
            return recent.Sum(r => r.Count) / 60.0;
        }
    }

    /// <summary>Mean time on the main database per transaction, ms.</summary>
    public double MeanMilliseconds
    {
        get
        {
            lock (gate)
                return AppliedTotal == 0 ? 0 : appliedSeconds * 1000 / AppliedTotal;
        }
    }

    /// <inheritdoc cref="ProcessorReport.HeldFrom"/>
    /// <remarks>Until the main database has been asked nothing is known to be applied.</remarks>
    public long? HeldFrom { get; private set; } = Unknown;

    /// <summary>
    /// Where the first one is now that was held and is not replicated. A former place stays for a while: a read may have begun before
    /// that one was replicated, and ask only now.
    /// </summary>
    public void Held(long? from, DateTimeOffset now)
    {
        if (HeldFrom is null or Unknown || from <= HeldFrom || now > heldUntil)
            (HeldFrom, heldUntil) = (from, now + LongestRead);
    }

    private void Set(string status, string? reason, DateTimeOffset? run)
    {
        lock (gate)
        {
            Status = status;
            Reason = reason;
            LastRun = run ?? LastRun;
        }
    }
}
