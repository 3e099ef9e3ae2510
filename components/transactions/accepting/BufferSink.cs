using OpsDb.Kernel;
using OpsDb.Redis;

namespace OpsDb.Transactions;

/// <summary>
/// Records a decision in the site's log. The decision rests on a cut and a snapshot; the append script stores it only
/// if no row that it rests on has moved since, else it is made again.
/// </summary>
internal sealed class BufferSink(
    TransactionLog log, Overlay overlay, Epochs epochs, SnapshotReader snapshots, RequestState request, Site site, BufferOptions options,
    ProcessorSignal signal, Durability durability)
{
    private const int Attempts = 4;

    public async Task<RecordResult> RecordAsync(
        Submission submission, CriticalAttribute mark, Func<CancellationToken, Task<PreparedTransaction>> decide, CancellationToken ct)
    {
        await durability.RequireAsync();
        var fresh = false;
        for (var attempt = 1; attempt <= Attempts; attempt++, fresh = true)
        {
            // The first try takes what is at hand; later ones refresh.
            var scope = request.Begin(ReadPurpose.Log, fresh);
            using var coming = log.ExpectAppend();
            var cut = (await scope.CutAsync())!;
            // What has left the log is in every database that may be read.
            if (submission.IdempotencyKey is { } key && cut.State.FindKey(submission.Actor, key) is { } pending && pending.Position <= cut.Position
                && await log.AtAsync(new(cut.Epoch, pending.Position)) is { } before)
                return Replay(submission, before);

            // A key that cannot have left the log is looked for there alone, by the script that appends. Any other one the decision's
            // first read looks up as well; what is decided for a known key is thrown away.
            var unasked = !fresh && cut.KeysMarked ? TimedKey.Milliseconds(submission.IdempotencyKey) : null;
            var lookup = submission.IdempotencyKey is { } asked && unasked is null ? new IdempotencyLookup(submission.Actor, asked) : null;
            scope.AskFor(lookup);
            PreparedTransaction draft;
            try
            {
                draft = await decide(ct);
            }
            catch (RefusalException)
            {
                if (await FindAsync(submission, lookup, ct) is { } known)
                    return known;
                // The guards make a stale cut harmless for what is stored, not for what is refused (ADR 2).
                if (!fresh)
                    continue;
                // The same request may have been stored since the cut and be what this refusal rests on.
                if (submission.IdempotencyKey is { } refused && await log.FindKeyAsync(submission.Actor, refused) is { } stored)
                    return await ReplayAsync(submission, cut.Epoch, stored);
                throw;
            }
            if (await FindAsync(submission, lookup, ct) is { } first)
                return first;
            // No guard stands for what is not stored: that nothing is to be changed rests on a fresh capture, as a refusal does.
            if (draft.Steps.Count == 0 && submission.IdempotencyKey is null && !fresh)
                continue;
            if (draft.Steps.Count == 0 && submission.IdempotencyKey is null)
                return new(draft.Id, SyncState.Replicated, draft.Answer, false) { Unchanged = true };

            cut = scope.First!;
            var snapshot = scope.Snapshot ?? await SnapshotAsync(ct);
            foreach (var step in draft.Steps)
                cut.State.RequireReadable(step.Entity, snapshot.Position, cut.Position);
            if (!HasRoom(submission.Actor, cut) && !fresh)
                continue;
            RequireRoom(submission.Actor, cut);
            var transaction = draft.ToTransaction(submission, mark.Kind, site);
            var moves = transaction.WriteGuards.ToList();
            transaction = transaction with { Reads = [.. scope.Guards.Except(moves)] };
            var payload = submission.DryRun ? Payload.Of(transaction) : await log.StoreAsync(transaction);
            IReadOnlyList<string> rests = [.. transaction.Reads, .. draft.Touches.Count == 0 ? moves : moves.Except(draft.Touches)];
            // What it has only read it shares with others of its size, and a set is moved as a whole.
            HashSet<string> apart = transaction.HasManyRows ? [.. transaction.RowGuards] : [];
            var entry = cut.Entry(transaction, payload, new(snapshot.Position, snapshot.TransactionId, 0), [.. rests.Where(g => !apart.Contains(g))],
                [.. moves.Where(g => !apart.Contains(g))], mark.Deferrable ? TransactionLog.ShareForAll : 1, unasked) with
            { Apart = apart };
            var appended = await AppendAsync(entry, submission.DryRun, coming);
            switch (appended.Outcome)
            {
                case AppendOutcome.Appended:
                    signal.Wake();
                    request.Served.Appended(appended.Position);
                    return new(draft.Id, SyncState.Buffered, draft.Answer, false, appended.Position);
                case AppendOutcome.Fits:
                    return new(draft.Id, SyncState.Buffered, draft.Answer, false, appended.Position);
                case AppendOutcome.KeyKnown:
                    return await ReplayAsync(submission, cut.Epoch, appended);
                case AppendOutcome.Full:
                    throw new OutageException(TransactionProblems.BufferFull, "The site's buffer holds as many pending transactions as it may.")
                    {
                        RetryAfter = TimeSpan.FromSeconds(60),
                    };
                case AppendOutcome.NearlyFull:
                    throw new OutageException(TransactionProblems.BufferFull,
                        "The site's buffer is nearly full; it takes only what cannot wait, and this change can.")
                    {
                        RetryAfter = TimeSpan.FromSeconds(60),
                    };
                case AppendOutcome.PartsMissing when attempt == Attempts:
                    throw new OutageException(TransactionProblems.BufferUnavailable,
                        "The site's buffer has not kept the parts of this write long enough for it to be stored.")
                    {
                        RetryAfter = TimeSpan.FromSeconds(5),
                    };
                case AppendOutcome.NotThisStream when attempt < Attempts:
                    await epochs.ExamineAsync(cut, ct);
                    break;
                case AppendOutcome.NotThisStream:
                    throw new OutageException(TransactionProblems.NotThisStream, "The log is not the one that the site's database knows.")
                    {
                        RetryAfter = TimeSpan.FromSeconds(5),
                    };
            }
        }
        throw new RefusalException(Problems.ConcurrentChange, "The rows changed each time this change was tried.");
    }

    /// <summary>Some of the buffer stays for the others, whatever one of them sends; what came in the last moment may not count yet.</summary>
    private void RequireRoom(Actor actor, OverlayCut cut)
    {
        if (HasRoom(actor, cut))
            return;
        var (count, bytes) = cut.State.LoadOf(actor, cut.AppliedHint);
        throw new RefusalException(TransactionProblems.TooMuchPending,
            $"{count} writes of {actor.User} are pending ({bytes} bytes), which is as much of the site's buffer as one user may fill.")
        {
            RetryAfter = TimeSpan.FromSeconds(60),
        };
    }

    private bool HasRoom(Actor actor, OverlayCut cut)
    {
        if (options.ActorShare >= 1)
            return true;
        overlay.RefreshSoon();
        var (count, bytes) = cut.State.LoadOf(actor, cut.AppliedHint);
        return count < Math.Max(1, options.ActorShare * options.Capacity) && bytes < options.ActorShare * options.CapacityBytes;
    }

    private async Task<AppendResult> AppendAsync(NewEntry entry, bool isDry, IDisposable coming)
    {
        try
        {
            var append = isDry ? log.TryAsync(entry) : log.AppendAsync(entry);
            coming.Dispose();
            return await append;
        }
        catch (RedisUnavailableException)
        {
            throw new OutageException(TransactionProblems.OutcomeUnknown, "The site's buffer did not answer in time; the write may still be stored.")
            {
                Transaction = entry.Transaction.Id,
                RetryAfter = TimeSpan.FromSeconds(2),
            };
        }
    }

    /// <summary>The first answer, if the decision's snapshot has the key; a decision that read no row has not looked yet.</summary>
    private async Task<RecordResult?> FindAsync(Submission submission, IdempotencyLookup? lookup, CancellationToken ct)
    {
        if (lookup is { Answered: false })
        {
            lookup.Is(await snapshots.ReadAsync(from =>
            {
                var parameters = lookup.AddTo(new(from.Parameters));
                return from.Session.QueryManyAsync($"{DatabaseSnapshot.Sql} {IdempotencyKeys.FindBufferedSql}", parameters,
                    async grid => (await grid.ReadSingleAsync<DatabaseSnapshot>(), await grid.ReadSingleOrDefaultAsync<AppliedTransaction>()), ct);
            }, ct));
        }
        return lookup?.Answer?.Replay(submission);
    }

    private async Task<RecordResult> ReplayAsync(Submission submission, Guid epoch, AppendResult known)
    {
        IdempotencyKeys.RequireSameBody(submission, known.BodyHash);
        return Replay(submission, await log.AtAsync(new(epoch, known.Position))
            ?? throw new OutageException(TransactionProblems.OutcomeUnknown,
                "The first answer for this key is on its way between the log and the database.")
            {
                RetryAfter = TimeSpan.FromSeconds(1),
            });
    }

    private static RecordResult Replay(Submission submission, Transaction first)
    {
        IdempotencyKeys.RequireSameBody(submission, first.BodyHash);
        return new(first.Id, SyncState.Buffered, first.Answer!.Value, true, first.Position!.Value.Position);
    }

    private Task<DatabaseSnapshot> SnapshotAsync(CancellationToken ct) => snapshots.ReadAsync(async from =>
    {
        var snapshot = (await from.Session.FindAsync<DatabaseSnapshot>(DatabaseSnapshot.Sql, from.Parameters, ct))!;
        return (snapshot, snapshot);
    }, ct);
}
