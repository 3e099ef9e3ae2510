namespace OpsDb.Transactions;

/// <summary>What the main database knows of where a transaction comes from, whatever became of it.</summary>
internal sealed record TransactionOrigin
{
    /// <summary>Of the transactions @ids.</summary>
    public const string Sql =
        """
        select id, site, epoch, position, kind, token_id, software_version,
               case when outcome = 'applied' then applied_at end as applied_at, case when outcome = 'applied' then wal_lsn end::text as wal_lsn
        from applied_transaction where id = any(@ids)
        """;

    public Guid Id { get; init; }
    public string? Site { get; init; }
    public Guid? Epoch { get; init; }
    public long? Position { get; init; }
    public string? Kind { get; init; }
    public Guid? TokenId { get; init; }
    public string? SoftwareVersion { get; init; }
    public DateTimeOffset? AppliedAt { get; init; }
    public string? WalLsn { get; init; }

    public static TransactionOrigin Of(Pending pending, string site, Guid epoch) => new()
    {
        Id = pending.Id,
        Site = site,
        Epoch = epoch,
        Position = pending.Position,
        Kind = pending.Kind,
        TokenId = pending.Actor.Token,
        SoftwareVersion = pending.SoftwareVersion,
    };
}
