using System.Text.Json;
using OpsDb.Kernel;

namespace OpsDb.Transactions;

/// <summary>A transaction that the main database has executed.</summary>
internal sealed record AppliedTransaction
{
    public const string Sql =
        """
        select id, site, epoch, position, kind, actor, idempotency_key, body_hash, answer, occurred_at, applied_at, outcome, duplicate_of
        from applied_transaction
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
    public RecordResult Replay(Submission submission)
    {
        IdempotencyKeys.RequireSameBody(submission, BodyHash);
        return new(Id, Epoch is null ? SyncState.Applied : SyncState.Buffered, JsonSerializer.Deserialize<JsonElement>(Answer!), true, Position);
    }
}
