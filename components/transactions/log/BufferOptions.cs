using OpsDb.Kernel;

namespace OpsDb.Transactions;

/// <summary>The buffer and the background processor.</summary>
/// <param name="Capacity">Pending transactions that the log may hold.</param>
/// <param name="CapacityBytes">Bytes of pending transactions that it may hold.</param>
/// <param name="ActorShare">The share of either that the pending transactions of one user may fill.</param>
/// <param name="BatchSize">Transactions that one commit on the main database may apply.</param>
/// <param name="Interval">How often the processor looks for work that nobody told it of.</param>
/// <param name="LsnTracking">Whether the replica is asked how far it is.</param>
/// <param name="LsnInterval">How often it is asked.</param>
/// <param name="LsnTimeout">How long the replica may be behind before health is degraded.</param>
/// <param name="Retention">How long an entry stays in the log after the main database has it.</param>
/// <param name="TrimInterval">How often the log is looked through for such entries.</param>
/// <param name="RequireDurable">Whether critical writes are refused while Redis does not keep what it acknowledges.</param>
/// <param name="DurabilityAsserted">Whether the operators answer for Redis's settings where Redis does not tell them.</param>
/// <param name="DurabilityInterval">How often Redis is asked for them.</param>
/// <param name="RetryAttempts">Retries of an error class that the processor does not know, before it stops.</param>
/// <param name="RetryDelay">The pause between those.</param>
public sealed record BufferOptions(
    int Capacity,
    long CapacityBytes,
    double ActorShare,
    int BatchSize,
    TimeSpan Interval,
    bool LsnTracking,
    TimeSpan LsnInterval,
    TimeSpan LsnTimeout,
    TimeSpan Retention,
    TimeSpan TrimInterval,
    bool RequireDurable,
    bool DurabilityAsserted,
    TimeSpan DurabilityInterval,
    int RetryAttempts,
    TimeSpan RetryDelay)
{
    /// <summary>
    /// What a process needs for each byte of the log that is pending: it shows all of it, and holds two batches in several forms while it
    /// applies.
    /// </summary>
    private const int MemoryPerByte = 4;

    public static BufferOptions Read(Settings settings) => new(
        settings.Integer("TRANSACTION_BUFFER_SIZE", 3_000_000, 1, 100_000_000,
            "pending transactions that a secondary site's log may hold; 72 h at 10/s are 2,592,000"),
        Math.Min(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / MemoryPerByte,
            settings.Integer("TRANSACTION_BUFFER_BYTES", 4_294_967_296, 1, 1_099_511_627_776,
                "bytes of pending transactions that the log may hold, and never more than a quarter of the memory that the process may use, "
                + "which it needs while it applies them; Redis needs about twice as much")),
        settings.Integer("TRANSACTION_BUFFER_ACTOR_PERCENT", 90, 1, 100,
            "share of the buffer that the pending transactions of one user may fill; the rest is for the others") / 100.0,
        settings.Integer("TRANSACTION_BATCH_SIZE", 20_000, 1, 50_000, "transactions that one commit on the main database may apply; fewer, when it takes long"),
        settings.Seconds("BACKGROUND_PROCESSING_INTERVAL", 1, 0.01, 3600, "how often the processor looks for work that it was not told of"),
        settings.Flag("LSN_TRACKING_ENABLED", true, "ask the replica how far it is; without it nothing leaves the overlay"),
        settings.Seconds("LSN_CHECK_INTERVAL", 0.1, 0.01, 60, "how often the replica is asked how far it is"),
        settings.Seconds("LSN_TIMEOUT", 30, 1, 86_400, "how long the replica may be behind before health is degraded"),
        settings.Seconds("BUFFER_RETENTION", 604_800, 1, 31_536_000,
            "how long an entry stays in the log after the main database has applied it; shorter when the log needs more than 80 % of its bytes. "
            + "Only what the site's replica and the promotable standbys have is ever removed"),
        settings.Seconds("BUFFER_TRIM_INTERVAL", 10, 0.1, 3600, "how often the log is looked through for entries that may leave it"),
        settings.Flag("REQUIRE_DURABLE_BUFFER", true, "refuse critical writes while Redis's settings do not make sure that it keeps what it acknowledges"),
        settings.Flag("BUFFER_DURABILITY_ASSERTED", false, "the operators answer for Redis's settings; for a Redis that does not allow CONFIG GET"),
        settings.Seconds("BUFFER_DURABILITY_INTERVAL", 60, 0.1, 3600, "how often Redis is asked for its settings"),
        settings.Integer("TRANSACTION_RETRY_ATTEMPTS", 3, 0, 100,
            "retries of an error class that the processor does not know, before it stops; transient errors are retried for ever"),
        settings.Seconds("TRANSACTION_RETRY_DELAY", 5, 0.1, 3600, "pause between those retries"));
}
