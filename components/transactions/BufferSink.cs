using OpsDb.Kernel;
using OpsDb.Redis;

namespace OpsDb.Transactions;

/// <summary>
/// Records a decision in the site's log. The decision rests on a capture and a snapshot; the append script stores it only
/// if no row that it rests on has moved since, else it is made again.
/// </summary>
internal sealed class BufferSink(TransactionLog log, Overlay overlay, Epochs epochs, SnapshotReader snapshots, View view, Site site, BufferOptions options, ProcessorSignal signal, Durability durability)
{
    private const int Attempts = 4;

    public async Task<Recorded> RecordAsync(Submission submission, CriticalAttribute mark, Func<CancellationToken, Task<Draft>> decide, CancellationToken ct)
    {
        await durability.RequireAsync();
        var fresh = false;
        for (var attempt = 1; attempt <= Attempts; attempt++, fresh = true)
        {
            view.BeginAccept(fresh);
            using var coming = log.ExpectAppend();
            var capture = (await view.CaptureAsync())!;
            // What has left the log is in every database that may be read.
            if (submission.IdempotencyKey is { } asked && capture.State.FindKey(submission.Actor, asked) is { } pending && pending.Position <= capture.Position
                && await log.AtAsync(new(capture.Epoch, pending.Position)) is { } before)
                return Replay(submission, before);

            // The decision's first read looks the key up as well; what is decided for a known key is thrown away.
            var question = submission.IdempotencyKey is { } unknown ? new IdempotencyLookup(submission.Actor, unknown) : null;
            view.Ask(question);
            Draft draft;
            try
            {
                draft = await decide(ct);
            }
            catch (RefusalException)
            {
                if (await FindAsync(submission, question, ct) is { } known)
                    return known;
                // The guards make a stale capture harmless for what is stored, not for what is refused (ADR 2).
                if (!fresh)
                    continue;
                // The same request may have been stored since the capture and be what this refusal rests on.
                if (submission.IdempotencyKey is { } key && await log.FindKeyAsync(submission.Actor, key) is { } stored)
                    return await ReplayAsync(submission, capture.Epoch, stored);
                throw;
            }
            if (await FindAsync(submission, question, ct) is { } first)
                return first;
            if (draft.Steps.Count == 0 && submission.IdempotencyKey is null)
                return new(draft.Id, SyncState.Replicated, draft.Answer, false) { Unchanged = true };

            capture = view.First!;
            var snapshot = view.Snapshot ?? await SnapshotAsync(ct);
            foreach (var step in draft.Steps)
                capture.State.RequireReadable(step.Entity, snapshot.Position, capture.Position);
            if (!HasRoom(submission.Actor, capture) && !fresh)
                continue;
            RequireRoom(submission.Actor, capture);
            var transaction = draft.ToTransaction(submission, mark.Kind, site);
            var moves = transaction.Moves.ToList();
            transaction = transaction with { Reads = [.. view.Guards.Except(moves)] };
            var appended = await AppendAsync(transaction, mark, capture, new(snapshot.Position, snapshot.TransactionId, 0), moves, coming);
            switch (appended.Outcome)
            {
                case AppendOutcome.Appended:
                    signal.Wake();
                    view.Wrote(appended.Position);
                    return new(draft.Id, SyncState.Buffered, draft.Answer, false, appended.Position);
                case AppendOutcome.KeyKnown:
                    return await ReplayAsync(submission, capture.Epoch, appended);
                case AppendOutcome.Full:
                    throw new OutageException(Problems.BufferFull, "The site's buffer holds as many pending transactions as it may.") { RetryAfter = TimeSpan.FromSeconds(60) };
                case AppendOutcome.NearlyFull:
                    throw new OutageException(Problems.BufferFull, "The site's buffer is nearly full; it takes only what cannot wait, and this change can.") { RetryAfter = TimeSpan.FromSeconds(60) };
                case AppendOutcome.PartsMissing when attempt == Attempts:
                    throw new OutageException(Problems.BufferUnavailable, "The site's buffer has not kept the parts of this write long enough for it to be stored.") { RetryAfter = TimeSpan.FromSeconds(5) };
                case AppendOutcome.NotThisStream when attempt < Attempts:
                    await epochs.ExamineAsync(capture, ct);
                    break;
                case AppendOutcome.NotThisStream:
                    throw new OutageException(Problems.NotThisStream, "The log is not the one that the site's database knows.") { RetryAfter = TimeSpan.FromSeconds(5) };
            }
        }
        throw new RefusalException(Problems.ConcurrentChange, "The rows changed each time this change was tried.");
    }

    /// <summary>Some of the buffer stays for the others, whatever one of them sends; what came in the last moment may not count yet.</summary>
    private void RequireRoom(Actor actor, Capture capture)
    {
        if (HasRoom(actor, capture))
            return;
        var (count, bytes) = capture.State.LoadOf(actor, capture.AppliedHint);
        throw new RefusalException(Problems.TooMuchPending, $"{count} writes of {actor.User} are pending ({bytes} bytes), which is as much of the site's buffer as one user may fill.")
        {
            RetryAfter = TimeSpan.FromSeconds(60),
        };
    }

    private bool HasRoom(Actor actor, Capture capture)
    {
        if (options.ActorShare >= 1)
            return true;
        overlay.RefreshSoon();
        var (count, bytes) = capture.State.LoadOf(actor, capture.AppliedHint);
        return count < Math.Max(1, options.ActorShare * options.Capacity) && bytes < options.ActorShare * options.CapacityBytes;
    }

    private async Task<Append> AppendAsync(Transaction transaction, CriticalAttribute mark, Capture capture, Watermark watermark, List<string> moves, IDisposable coming)
    {
        var payload = await log.StoreAsync(transaction);
        try
        {
            var append = log.AppendAsync(transaction, payload, capture, watermark, [.. transaction.Reads, .. moves], moves, mark.MayWait ? TransactionLog.ShareForAll : 1);
            coming.Dispose();
            return await append;
        }
        catch (RedisUnavailableException)
        {
            throw new OutageException(Problems.OutcomeUnknown, "The site's buffer did not answer in time; the write may still be stored.")
            {
                Transaction = transaction.Id,
                RetryAfter = TimeSpan.FromSeconds(2),
            };
        }
    }

    /// <summary>The first answer, if the decision's snapshot has the key; a decision that read no row has not looked yet.</summary>
    private async Task<Recorded?> FindAsync(Submission submission, IdempotencyLookup? question, CancellationToken ct)
    {
        if (question is { Answered: false })
        {
            question.Is(await snapshots.ReadAsync(from =>
            {
                var parameters = question.AddTo(new(from.Parameters));
                return from.Session.QueryManyAsync($"{Snapshot.Sql} {Keys.FindBufferedSql}", parameters,
                    async grid => (await grid.ReadSingleAsync<Snapshot>(), await grid.ReadSingleOrDefaultAsync<Applied>()), ct);
            }, ct));
        }
        return question?.Answer?.Replay(submission);
    }

    private async Task<Recorded> ReplayAsync(Submission submission, Guid epoch, Append known)
    {
        Keys.RequireSameBody(submission, known.BodyHash);
        return Replay(submission, await log.AtAsync(new(epoch, known.Position))
            ?? throw new OutageException(Problems.OutcomeUnknown, "The first answer for this key is on its way between the log and the database.") { RetryAfter = TimeSpan.FromSeconds(1) });
    }

    private static Recorded Replay(Submission submission, Transaction first)
    {
        Keys.RequireSameBody(submission, first.BodyHash);
        return new(first.Id, SyncState.Buffered, first.Answer!.Value, true, first.Position!.Value.Position);
    }

    private Task<Snapshot> SnapshotAsync(CancellationToken ct) => snapshots.ReadAsync(async from =>
    {
        var snapshot = (await from.Session.FindAsync<Snapshot>(Snapshot.Sql, from.Parameters, ct))!;
        return (snapshot, snapshot);
    }, ct);
}
