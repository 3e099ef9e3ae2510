using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpsDb.Database;
using OpsDb.Kernel;

namespace OpsDb.Transactions;

/// <summary>How the site's database follows the main one, as last seen.</summary>
/// <param name="Lsn">Its position in the write-ahead log.</param>
/// <param name="Epoch">Of this site's log, as it was known when the database was asked.</param>
/// <param name="Position">Its watermark of that epoch: the proof of what it contains.</param>
/// <param name="LagBytes">Behind what the processor last wrote.</param>
internal sealed record Replication(
    bool Connected, bool IsReplica, ulong Lsn, int Timeline, DateTimeOffset? AsOf, Guid Epoch, long Position, ulong LagBytes, TimeSpan Lag)
{
    /// <summary>Its watermark of an epoch; 0 while it has not been asked for that one.</summary>
    public long PositionIn(Guid epoch) => epoch == Epoch ? Position : 0;

    /// <summary>Whether it was this far already; on a newer timeline nothing can be said about the place any more.</summary>
    public bool Reached(WalPosition place) => Timeline > place.Timeline || Timeline == place.Timeline && Lsn >= place.Lsn;
}

/// <summary>
/// Asks the site's database how far it is; one poll serves everybody. What the replica's own watermark proves to be in it
/// leaves the overlay a little later.
/// </summary>
internal sealed partial class LsnTracker(Databases databases, Overlay overlay, Site site, BufferOptions options, TimeProvider time, ILogger<LsnTracker> logger)
    : BackgroundService
{
    private const string Sql =
        $"""
        select pg_is_in_recovery() as is_replica, {WalPosition.LsnSql} as lsn, {WalPosition.TimelineSql} as timeline,
               case when pg_is_in_recovery() then pg_last_xact_replay_timestamp() else clock_timestamp() end as as_of,
               coalesce((select position from {Lineage.WatermarkSql} w), 0) as position
        """;

    /// <summary>Longer than any read: a reader folds over a snapshot that was taken before the replica came this far.</summary>
    private static readonly TimeSpan TrimDelay = TimeSpan.FromSeconds(60);

    private readonly Queue<(long At, OverlayState State, long Position)> due = new();
    private DateTimeOffset? behindSince;

    public Replication Latest { get; private set; } = new(false, false, 0, 0, null, Guid.Empty, 0, 0, TimeSpan.Zero);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!options.LsnTracking)
            return;
        using var timer = new PeriodicTimer(options.LsnInterval, time);
        do
            await PollAsync(stoppingToken);
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task PollAsync(CancellationToken ct)
    {
        try
        {
            var cut = overlay.Latest;
            await using var local = await databases.LocalAsync(ct);
            var lineage = cut?.Lineage ?? Lineage.None;
            var seen = (await local.FindAsync<Seen>(Sql, lineage.Parameters(site), ct))!;
            var lsn = WalPosition.ParseLsn(seen.Lsn);
            var written = cut?.AppliedWal ?? default;
            // Places on another timeline tell nothing.
            var behind = seen.IsReplica && seen.Timeline == written.Timeline && lsn < written.Lsn ? written.Lsn - lsn : 0;
            behindSince = behind == 0 && !(seen.Position < cut?.AppliedHint) ? null : behindSince ?? time.GetUtcNow();
            if (Latest.Timeline > 0 && Latest.Timeline != seen.Timeline)
                LogTimeline(Latest.Timeline, seen.Timeline);
            if (!Latest.Connected)
                LogConnected(seen.Lsn, seen.Timeline);
            var lag = behindSince is { } since ? time.GetUtcNow() - since : TimeSpan.Zero;
            Latest = new(true, seen.IsReplica, lsn, seen.Timeline, seen.AsOf, lineage.Epoch, seen.Position, behind, lag);
            if (cut is not null)
                Trim(cut, seen.Position);
        }
        catch (Exception e)
        {
            // Once for each loss, not once for each poll.
            if (Latest.Connected && !ct.IsCancellationRequested)
                LogLost(e, e.GetBaseException().Message);
            Latest = Latest with { Connected = false };
        }
    }

    private void Trim(OverlayCut cut, long replicated)
    {
        var position = Math.Min(replicated, cut.Position);
        if (position > cut.State.Floor && (due.Count == 0 || due.Last().Position < position || due.Last().State != cut.State))
            due.Enqueue((time.GetTimestamp(), cut.State, position));
        while (due.TryPeek(out var oldest) && time.GetElapsedTime(oldest.At) > TrimDelay && due.TryDequeue(out _))
            oldest.State.TrimTo(oldest.Position);
    }

    private sealed record Seen
    {
        public bool IsReplica { get; init; }
        public string Lsn { get; init; } = "";
        public int Timeline { get; init; }
        public DateTimeOffset? AsOf { get; init; }
        public long Position { get; init; }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The site's database answers; it is at {Lsn} on timeline {Timeline}")]
    private partial void LogConnected(string lsn, int timeline);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The site's database has changed from timeline {Before} to {Now}: there was a failover")]
    private partial void LogTimeline(int before, int now);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The site's database does not answer: {Reason}")]
    private partial void LogLost(Exception e, string reason);
}
