using System.Globalization;
using OpsDb.Database;
using OpsDb.Kernel;

namespace OpsDb.Transactions;

/// <summary>Which positions of a site's log may be missing because it began anew.</summary>
internal sealed record EpochLoss
{
    public Guid Epoch { get; init; }
    public Guid PreviousEpoch { get; init; }
    public long ForkPosition { get; init; }
    public long? AppliedPosition { get; init; }
    public long? MissingPosition { get; init; }
    public long? SeenPosition { get; init; }
    public string? Reason { get; init; }
    public DateTimeOffset BegunAt { get; init; }
    public bool Acknowledged { get; init; }

    public override string ToString()
    {
        var first = MissingPosition ?? Math.Max(ForkPosition, AppliedPosition ?? 0) + 1;
        // Another process may have stored more than the one knew of that noticed.
        var reused = first <= ForkPosition ? ", or some of them: they have been used again;" : ",";
        var missing = SeenPosition is null || SeenPosition < first
            ? string.Create(CultureInfo.InvariantCulture, $"positions from {first} on may be missing")
            : string.Create(CultureInfo.InvariantCulture, $"positions {first} to {SeenPosition} are missing{reused} and later ones may be");
        return $"The log began anew at {Instant.Format(BegunAt)}: {Reason} Of its epoch {PreviousEpoch} {missing}. "
            + "Look for those writes, then acknowledge the loss (transactions acknowledge-loss).";
    }

    /// <summary>Of each epoch that came after a loss, until somebody acknowledges it.</summary>
    public static async Task<IReadOnlyList<EpochLoss>> UnacknowledgedAsync(DbSession session, Site site, Lineage lineage, CancellationToken ct)
    {
        var known = (await session.QueryAsync<EpochLoss>(
            """
            select epoch, previous_epoch, fork_position, applied_position, missing_position, seen_position, reason, begun_at,
                   acknowledged_at is not null as acknowledged
            from site_watermark where site = @site and previous_epoch is not null order by begun_at
            """,
            new { site = site.Name }, ct)).ToList();
        // What the database does not know yet, it has not acknowledged.
        known.AddRange(lineage.Changes.Where(c => known.TrueForAll(k => k.Epoch != c.Epoch)).Select(c => new EpochLoss
        {
            Epoch = c.Epoch,
            PreviousEpoch = c.Previous,
            ForkPosition = c.Fork,
            AppliedPosition = c.Applied,
            MissingPosition = c.Missing,
            SeenPosition = c.Seen,
            Reason = c.Reason,
            BegunAt = c.At,
        }));
        return [.. known.Where(k => !k.Acknowledged)];
    }
}
