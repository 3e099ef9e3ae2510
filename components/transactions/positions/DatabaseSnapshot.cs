namespace OpsDb.Transactions;

/// <summary>A database as one snapshot sees it.</summary>
/// <param name="Lsn">Read after the snapshot was taken: the snapshot contains nothing beyond it.</param>
/// <param name="AsOf">When the newest change in it was committed on the main database.</param>
internal sealed record DatabaseSnapshot(long Position, Guid? TransactionId, string? Lsn, DateTimeOffset? AsOf)
{
    public const string Sql =
        $"""
        select coalesce(w.position, 0) as position, w.transaction_id, w.holds, {WalPosition.LsnSql} as lsn, {WalPosition.TimelineSql} as timeline,
               case when pg_is_in_recovery() then pg_last_xact_replay_timestamp() else clock_timestamp() end as as_of
        from (values (1)) as one left join lateral {Lineage.WatermarkSql} w on true;
        """;

    public DatabaseSnapshot() : this(0, null, null, null) { }

    /// <summary>Names what is held of this site's transactions; null when nothing ever was.</summary>
    public Guid? Holds { get; init; }

    /// <summary>The timeline that the LSN is on.</summary>
    public int Timeline { get; init; }
}
