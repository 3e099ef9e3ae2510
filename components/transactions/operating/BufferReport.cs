using OpsDb.Kernel;

namespace OpsDb.Transactions;

/// <summary>How the databases, the buffer and the processor of a site are: what an operator needs to know at 3 a.m.</summary>
/// <param name="Pending">Accepted here and not yet known to be on the main database.</param>
/// <param name="PendingBytes">Their size in the log.</param>
/// <param name="Fill">The share of the buffer's capacity that they fill, in entries or in bytes, whichever is more.</param>
/// <param name="OldestPending">The age of the oldest of those.</param>
public sealed record BufferFill(long Pending, long PendingBytes, double Fill, TimeSpan OldestPending);

/// <inheritdoc cref="BufferFill"/>
public sealed class BufferReport(Site site, IReadOnlyList<Finding> findings) : SiteReport
{
    public override IReadOnlyList<Finding> Findings => findings;

    /// <summary>Whether the site can take and show critical writes.</summary>
    public override bool TakesRequests => (DatabaseConnected && SchemaKnown || UsesMain) && LogReadable;

    public required bool DatabaseConnected { get; init; }
    public required bool SchemaKnown { get; init; }
    public required bool RedisConnected { get; init; }
    public required bool BufferDurable { get; init; }

    /// <summary>Whether the site's database is down and the main one stands in for it.</summary>
    public required bool UsesMain { get; init; }

    /// <summary>Whether what is pending can be told: Redis answers, and what the log holds is whole and fits the databases.</summary>
    public required bool LogReadable { get; init; }

    public required BufferFill Buffer { get; init; }

    /// <summary>
    /// Transactions of the site that the main database refused and that wait for a person, as far as its own database knows; at the main
    /// site those of all sites.
    /// </summary>
    public long Failed { get; init; }

    /// <summary>Those that wait behind them.</summary>
    public long Parked { get; init; }

    /// <summary>Times that the log has lost entries and nobody has acknowledged it yet.</summary>
    public int Losses { get; init; }

    public required string Processor { get; init; }

    /// <summary>Transactions that this process has applied.</summary>
    public long Applied { get; init; }

    /// <summary>Batches of this process that failed for a passing reason.</summary>
    public long Retries { get; init; }

    /// <summary>Applied transactions per second over the last minute, by this process.</summary>
    public double Rate { get; init; }

    /// <summary>Mean time on the main database per transaction.</summary>
    public double MeanMilliseconds { get; init; }

    /// <summary>How far the site's database is behind what the processor wrote.</summary>
    public ulong LagBytes { get; init; }

    /// <summary>Since when it has been behind.</summary>
    public TimeSpan Lag { get; init; }

    public override IEnumerable<Metric> Metrics =>
    [
        Gauge("buffer_pending", "Transactions accepted here and not yet on the main database.", Buffer.Pending),
        Gauge("buffer_bytes", "Their size in the log.", Buffer.PendingBytes),
        Gauge("buffer_fill_ratio", "The share of the buffer's capacity that they fill, in entries or in bytes, whichever is more.", Buffer.Fill),
        Gauge("buffer_oldest_pending_seconds", "Age of the oldest of them.", Buffer.OldestPending.TotalSeconds),
        Gauge("epoch_losses", "Times that the log has lost entries and nobody has acknowledged it yet.", Losses),
        Gauge("transactions_failed", "Transactions that the main database refused and that wait for a person.", Failed),
        Gauge("transactions_parked", "Transactions that wait behind those.", Parked),
        Gauge("replica_lag_bytes", "How far the site's database is behind what the processor wrote.", LagBytes),
        Gauge("replica_lag_seconds", "Since when it has been behind.", Lag.TotalSeconds),
        Gauge("database_connected", "Whether the site's database answers.", DatabaseConnected ? 1 : 0),
        Gauge("redis_connected", "Whether the site's Redis answers.", RedisConnected ? 1 : 0),
        Gauge("buffer_durable", "Whether Redis's settings make sure that it keeps what it acknowledges.", BufferDurable ? 1 : 0),
        Gauge("processor_stopped", "Whether the processor has stopped and waits for a person.", Processor == "stopped" ? 1 : 0),
        Metric.OfSite("applied_total", "Transactions applied by this process.", site, Applied, MetricKind.Counter),
        Metric.OfSite("retries_total", "Batches that failed for a passing reason.", site, Retries, MetricKind.Counter),
    ];

    private Metric Gauge(string name, string help, double value) => Metric.OfSite(name, help, site, value);
}
