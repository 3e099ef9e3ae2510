namespace OpsDb.Transactions;

/// <summary>How far a database is, asked before a snapshot of it is taken: the snapshot contains at least this.</summary>
/// <param name="Timeline">The newest it knows of, which it may not have replayed yet.</param>
/// <param name="ReplayedTimeline">The newest it is known to have replayed something of.</param>
/// <param name="Position">Its watermark of the log that the query named.</param>
internal sealed record Standing(bool InRecovery, string? Lsn, int Timeline, int ReplayedTimeline, long Position)
{
    public const string Sql =
        $"""
        select pg_is_in_recovery() as in_recovery, {WalPosition.LsnSql} as lsn, {WalPosition.TimelineSql} as timeline,
               greatest((select min_recovery_end_timeline from pg_control_recovery()), (select timeline_id from pg_control_checkpoint())) as replayed_timeline,
               coalesce((select position from site_watermark where site = @site and epoch = @epoch), 0) as position,
               exists (select from site_watermark where site = @site and epoch = @epoch) as known
        """;

    public Standing() : this(false, null, 0, 0, 0) { }

    /// <summary>Whether it has a watermark of that log.</summary>
    public bool Known { get; init; }

    /// <summary>Whether the place was on a timeline that ended before this database's began: nothing can be said about it any more.</summary>
    public bool HasLeft(WalPosition place) => place.Timeline < (InRecovery ? ReplayedTimeline : Timeline);

    /// <summary>Whether everything up to the place is here.</summary>
    public bool Reaches(WalPosition place) => Timeline >= place.Timeline && WalPosition.ParseLsn(Lsn) >= place.Lsn;
}
