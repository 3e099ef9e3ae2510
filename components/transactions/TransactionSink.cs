using OpsDb.Kernel;

namespace OpsDb.Transactions;

/// <summary>Critical commands of a secondary site go to its log; everything else goes to the main database.</summary>
internal sealed class TransactionSink(DirectSink direct, BufferSink buffer, Site site) : ITransactionSink
{
    public Task<Recorded> RecordAsync(Submission submission, string kind, bool critical, Func<CancellationToken, Task<Draft>> decide, CancellationToken ct) =>
        critical && site.Buffering
            ? buffer.RecordAsync(submission, kind, decide, ct)
            : direct.RecordAsync(submission, kind, decide, ct);
}

internal static class Drafts
{
    public static Transaction ToTransaction(this Draft draft, Submission submission, string kind, Site site) => new(
        draft.Id, site.Name, kind, Transaction.CurrentSchemaVersion, submission.Actor, draft.OccurredAt,
        submission.IdempotencyKey, submission.IdempotencyKey is null ? null : submission.BodyHash,
        submission.IdempotencyKey is null ? null : draft.Answer, draft.Steps);
}
