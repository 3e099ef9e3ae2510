using OpsDb.Kernel;

namespace OpsDb.Transactions;

/// <summary>Critical commands of a secondary site go to its log; everything else goes to the main database.</summary>
internal sealed class TransactionSink(
    DirectSink direct, BufferSink buffer, ApplyWait applied, Overlay overlay, LsnTracker tracker, Site site) : ITransactionSink
{
    public async Task<RecordResult> RecordAsync(
        Submission submission, KindAttribute mark, Func<CancellationToken, Task<PreparedTransaction>> decide, CancellationToken ct)
    {
        if (mark is CriticalAttribute critical && site.Buffering)
        {
            var recorded = await buffer.RecordAsync(submission, critical, decide, ct);
            // What was only tried never comes to the main database.
            return submission.Wait is { } wait && recorded is { State: SyncState.Buffered, Position: { } position } && (recorded.Replayed || !submission.DryRun)
                ? recorded with { State = await applied.WaitAsync(recorded.Transaction, position, wait, ct) }
                : recorded;
        }
        if (mark is CriticalAttribute && site.Type == SiteType.Secondary)
            await RequireDrainedAsync();
        return await direct.RecordAsync(submission, mark.Kind, decide, ct);
    }

    /// <summary>With buffering switched off a direct write must not overtake what the log still holds.</summary>
    private async Task RequireDrainedAsync()
    {
        var cut = await overlay.RefreshAsync();
        if (cut.Position > Math.Max(cut.AppliedHint, tracker.Latest.PositionIn(cut.Epoch)))
        {
            throw new OutageException(Problems.MainUnreachable,
                "Buffering is switched off, and the main database does not have everything yet that this site has buffered before.")
            {
                RetryAfter = TimeSpan.FromSeconds(5),
            };
        }
    }
}

internal static class PreparedTransactions
{
    public static Transaction ToTransaction(this PreparedTransaction draft, Submission submission, string kind, Site site) => new(
        draft.Id, site.Name, kind, Transaction.CurrentSchemaVersion, submission.Actor, draft.OccurredAt,
        submission.IdempotencyKey, submission.IdempotencyKey is null ? null : submission.BodyHash,
        submission.IdempotencyKey is null ? null : draft.Answer, draft.Steps)
    {
        Claims = [.. draft.Claims],
        Touches = draft.Touches.Count == 0 ? null : [.. draft.Touches],
        SoftwareVersion = SoftwareVersion.Current,
    };
}
