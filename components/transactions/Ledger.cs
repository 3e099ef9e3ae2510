using System.Text.Json;
using OpsDb.Kernel;

namespace OpsDb.Transactions;

/// <summary>How far one epoch of a site's log has been applied, in one database.</summary>
internal sealed record Watermark(long Position, Guid? TransactionId, long Revision)
{
    public static Watermark Zero { get; } = new(0, null, 0);
}

/// <summary>A database as one snapshot sees it.</summary>
/// <param name="Lsn">Read after the snapshot was taken: the snapshot contains nothing beyond it.</param>
/// <param name="AsOf">When the newest change in it was committed on the main database.</param>
internal sealed record Snapshot(long Position, Guid? TransactionId, string? Lsn, DateTimeOffset? AsOf)
{
    public const string Sql =
        $"""
        select coalesce(w.position, 0) as position, w.transaction_id, w.holds, {WalPosition.LsnSql} as lsn, {WalPosition.TimelineSql} as timeline,
               case when pg_is_in_recovery() then pg_last_xact_replay_timestamp() else clock_timestamp() end as as_of
        from (values (1)) as one left join lateral {Lineage.WatermarkSql} w on true;
        """;

    public Snapshot() : this(0, null, null, null) { }

    /// <summary>Names what is held of this site's transactions; null when nothing ever was.</summary>
    public Guid? Holds { get; init; }

    /// <summary>The timeline that the LSN is on.</summary>
    public int Timeline { get; init; }
}

/// <summary>A transaction that the main database has executed.</summary>
internal sealed record Applied
{
    public const string Sql =
        """
        select id, site, epoch, position, kind, actor, idempotency_key, body_hash, answer, occurred_at, applied_at, outcome, duplicate_of from applied_transaction
        """;

    public Guid Id { get; init; }
    public string Site { get; init; } = "";
    public Guid? Epoch { get; init; }
    public long? Position { get; init; }
    public string Kind { get; init; } = "";
    public string Actor { get; init; } = "";
    public string? IdempotencyKey { get; init; }
    public string? BodyHash { get; init; }
    public string? Answer { get; init; }
    public DateTimeOffset OccurredAt { get; init; }
    public DateTimeOffset AppliedAt { get; init; }
    public string Outcome { get; init; } = "";
    public Guid? DuplicateOf { get; init; }

    /// <summary>The first answer, for a request that repeats the key.</summary>
    /// <exception cref="RefusalException">idempotency-key-reused.</exception>
    public Recorded Replay(Submission submission)
    {
        Keys.RequireSameBody(submission, BodyHash);
        return new(Id, Epoch is null ? SyncState.Applied : SyncState.Buffered, JsonSerializer.Deserialize<JsonElement>(Answer!), true, Position);
    }
}

/// <summary>The rules of idempotency keys.</summary>
internal static class Keys
{
    // Direct and buffered writes of a site do not see each other's keys in time, so each kind has keys of its own.
    public const string FindDirectSql = $"{Applied.Sql} where site = @site and actor = @actor and idempotency_key = @key and epoch is null and outcome <> 'duplicate'";
    public const string FindBufferedSql = $"{Applied.Sql} where site = @site and actor = @actor and idempotency_key = @key and epoch is not null and outcome <> 'duplicate'";

    // With the limit each key is looked up by itself: joined with a table that was empty when this was planned, all keys of the site would be read.
    public const string FindManyBufferedSql =
        $"""
        select found.* from (select distinct * from unnest(@actors, @used)) as asked(of_actor, used) cross join lateral
          ({Applied.Sql} where site = @site and actor = asked.of_actor and idempotency_key = asked.used and epoch is not null and outcome <> 'duplicate' limit 1) found
        """;

    public static void RequireSameBody(Submission submission, string? bodyHash)
    {
        if (submission.BodyHash != bodyHash)
            throw new RefusalException(Problems.KeyReused, "This Idempotency-Key was used before, for a request with another method, path or body.");
    }
}
