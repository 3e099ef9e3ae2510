using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using OpsDb.Database;
using OpsDb.Kernel;

namespace OpsDb.Transactions;

/// <summary>
/// Applies the site's log to the main database, in order and each transaction once. What proves it is the watermark on
/// the main database, advanced by compare-and-set in the same commit as the effects; the lease only saves work.
/// In one file, because what follows a failure depends on how far the same turn had come.
/// </summary>
internal sealed partial class Processor(
    TransactionLog log, Epochs epochs, Applier applier, Executor executor, Site site, BufferOptions options, LsnTracker replica, ProcessorSignal signal,
    ProcessorState state, TimeProvider time, ILogger<Processor> logger)
    : BackgroundService
{
    private static readonly TimeSpan LeaseDuration = TimeSpan.FromSeconds(10);

    /// <summary>Between batches while little waits, so that what comes in quick succession makes one batch.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(10);

    private static readonly TimeSpan MaxPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan StoppedPause = TimeSpan.FromSeconds(10);
    private readonly string holder = Guid.NewGuid().ToString();
    private readonly BatchReader batches = new(log, executor, options.BatchSize);
    private int failures;
    private bool sending;
    private int unknownFailures;
    private bool recognise;
    private WalPosition wal;
    private ProcessorReport? reported;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (site.Type == SiteType.Main)
            return;
        await SubscribeAsync(stoppingToken);
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                var before = state.AppliedTotal;
                var pause = await TurnAsync(stoppingToken);
                // After a failure an append does not call, or it would undo the back-off; nor while something may still come in behind what was applied.
                if (pause is null && state.AppliedTotal == before)
                    await signal.WaitAsync(options.Interval, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                else
                    await Task.Delay(pause ?? Rest, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        finally
        {
            // Whoever comes next would wait until the term is over.
            await log.ReleaseLeaseAsync(holder);
        }
    }

    /// <summary>One turn: everything that is pending, batch by batch. What is appended during the last one waits for the next turn.</summary>
    /// <returns>How long to leave it alone after a failure; null when all is well.</returns>
    internal async Task<TimeSpan?> TurnAsync(CancellationToken ct)
    {
        state.Begin(time.GetUtcNow());
        try
        {
            if (!await log.TryAcquireLeaseAsync(holder, LeaseDuration))
            {
                state.Waiting();
                // Whoever has the turn reports; what this process said before may have been overwritten.
                reported = null;
                return null;
            }
            Progress? progress = null;
            batches.Forget();
            var applied = state.AppliedTotal;
            do
            {
                if (progress is not null && batches.IsPaced)
                    await Task.Delay(Rest, time, ct);
                progress = await ApplyNextAsync(progress, ct);
            }
            while (progress is not null && await log.TryAcquireLeaseAsync(holder, LeaseDuration));
            if (state.AppliedTotal > applied)
                await log.HintWalAsync(await applier.ReadWalAsync(ct));
            failures = unknownFailures = 0;
            state.Idle(time.GetUtcNow());
            await ReportAsync();
            return null;
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            return null;
        }
        catch (OutageException e) when (e.Problem == TransactionProblems.NewerRelease)
        {
            // What comes before that entry is applied; the rest is for a process that can read it.
            await log.ReleaseLeaseAsync(holder);
            state.Waiting();
            reported = null;
            return StoppedPause;
        }
        catch (Exception e)
        {
            var pause = await FailAsync(e, ct);
            await ReportAsync();
            return pause;
        }
    }

    /// <summary>Applies the next batch.</summary>
    /// <returns>How far the main database is then, or null when nothing else was pending.</returns>
    private async Task<Progress?> ApplyNextAsync(Progress? progress, CancellationToken ct)
    {
        state.Begin(time.GetUtcNow());
        progress ??= await ReadAsync(ct);
        if (progress is null)
            return null;
        var at = progress.Watermark.Position;
        var (page, transactions, prepared) = await batches.ReadAsync(at);
        if (page.Epoch != progress.Epoch)
            return await ReadAsync(ct);
        if (Break(progress.Watermark, page) is { } broken)
        {
            // Another process may have come further since the reading, and what it applied may have been removed.
            var again = await ReadAsync(ct);
            return again?.Watermark != progress.Watermark || await epochs.ExamineAsync(null, ct) ? again : throw new BrokenLogException(broken);
        }
        if (page.Last == at)
            return null;
        batches.Expect(page.Last - at - transactions.Count);
        // What lies beyond a gap is not applied; the gap is looked into when it comes next.
        if (transactions.Count == 0)
            throw TransactionLog.NewerRelease(at + 1);

        batches.ReadAhead(page, at + transactions.Count);
        var started = time.GetTimestamp();
        sending = true;
        progress = await ApplyAsync(progress, transactions, prepared, ct);
        sending = false;
        failures = unknownFailures = 0;
        var elapsed = time.GetElapsedTime(started);
        var count = (int)(progress.Watermark.Position - at);
        batches.Applied(elapsed, whole: count == transactions.Count);
        state.Applied(count, elapsed, time.GetUtcNow());
        LogApplied(count, progress.Watermark.Position, elapsed.TotalMilliseconds);
        // Before the hint, or readers would take what is held for applied until the replica tells better.
        if (progress.FirstHeld is { } held)
            state.Held(held, time.GetUtcNow());
        await ReportAsync();
        await log.HintAppliedAsync(progress.Watermark.Position, transactions[count - 1].LogBytes, wal);
        return progress.Watermark.Position < page.Last ? progress : null;
    }

    /// <summary>Where the main database is with the log, after the two have been compared if it did not know this epoch; null when there is no log.</summary>
    private async Task<Progress?> ReadAsync(CancellationToken ct)
    {
        var head = await log.HeadAsync();
        if (head.Epoch != Guid.Empty && await applier.FindAsync(head.Epoch, replica.Latest.PositionIn(head.Epoch), ct) is { } progress)
        {
            state.Held(progress.FirstHeld, time.GetUtcNow());
            return progress;
        }
        if (!await epochs.ExamineAsync(null, ct) && head.Epoch != Guid.Empty)
            await applier.BeginAsync(head.Lineage, ct);
        return (await log.HeadAsync()).Epoch == Guid.Empty ? null : await ReadAsync(ct);
    }

    /// <summary>Applies the transactions, or those before one that is refused and that one by itself.</summary>
    /// <param name="prepared">The statements of all of them, if they are made.</param>
    private async Task<Progress> ApplyAsync(Progress before, IReadOnlyList<Transaction> transactions, NpgsqlBatch? prepared, CancellationToken ct)
    {
        var asked = recognise;
        var known = asked ? await applier.KnownAsync(transactions, ct) : new HashSet<Guid>();
        recognise = known.Count > 0;
        try
        {
            (var progress, wal) = await applier.ApplyAsync(before, transactions, prepared, known, ct);
            return progress;
        }
        catch (RefusedException e) when (e.Cause.ConstraintName == "applied_transaction_pkey" && !asked)
        {
            // The log was in another epoch when these were applied; there are more of them.
            recognise = true;
            return await ApplyAsync(before, transactions, prepared, ct);
        }
        catch (RefusedException e)
        {
            var good = transactions.Count == 1 ? 0 : e.Index ?? transactions.Count / 2;
            if (good > 0)
                before = await ApplyAsync(before, [.. transactions.Take(good)], null, ct);
            // Main may have changed in between and refuse one of those by now: then the rest follows that one.
            if (good > 0 && (e.Index is null || before.Watermark.Position < transactions[good - 1].Position!.Value.Position))
                return before;
            var (progress, refusal) = await applier.ApplyOneAsync(before, transactions[good], ct);
            if (refusal is not null)
                LogRefused(transactions[good].Id, transactions[good].Kind, progress.Watermark.Position, refusal.Code, refusal.Constraint, refusal.Reason);
            return progress;
        }
    }

    /// <summary>What is wrong with the log, seen from the main database's watermark; null when nothing is.</summary>
    private static string? Break(Watermark watermark, LogPage page)
    {
        var at = watermark.Position;
        if (page.Last < at)
            return $"The main database has position {at}, but the log ends at {page.Last}.";
        var here = page.Transactions.FirstOrDefault(t => t.Position!.Value.Position == at);
        if (here is not null && watermark.TransactionId is { } applied && here.Id != applied)
            return $"The log's entry at position {at} is not the transaction that the main database has applied there.";
        if (here is null && at > page.Trimmed)
            return $"The log has lost the entry at position {at}.";
        var next = page.Transactions.FirstOrDefault(t => t.Position!.Value.Position > at)?.Position!.Value.Position;
        return next == at + 1 || (next is null && page.Last == at) ? null : $"The log has lost entries after position {at}.";
    }

    private async Task<TimeSpan> FailAsync(Exception e, CancellationToken ct)
    {
        var sent = sending;
        sending = false;
        batches.Forget();
        if (e is PostgresException { SqlState: SqlState.WatermarkMoved })
            return TimeSpan.Zero;
        if (SqlState.IsTransient(e) || (!SqlState.IsPermanent(e) && e is not BrokenLogException && unknownFailures++ < options.RetryAttempts))
        {
            failures++;
            // What did not even reach the main database was not too large.
            if (sent)
                batches.Failed();
            if (e is PostgresException { SqlState: SqlState.LockNotAvailable })
                await EndHalfReceivedAsync(ct);
            var pause = SqlState.IsTransient(e)
                ? Math.Min(MaxPause.TotalSeconds, 0.1 * Math.Pow(2, Math.Min(failures, 10))) * (0.5 + Random.Shared.NextDouble() / 2)
                : options.RetryDelay.TotalSeconds;
            state.Retrying(Reason(e), time.GetUtcNow());
            // While the link is down for days, each try would be a line.
            if (int.IsPow2(failures))
                LogRetry(failures, batches.Size, pause, e.GetBaseException().Message);
            return TimeSpan.FromSeconds(pause);
        }
        // Nothing is skipped and nothing is lost: the batch was rolled back and is tried again, in case a person has removed the cause.
        state.Stopped(Reason(e), time.GetUtcNow());
        LogStopped(e, e.Message);
        return StoppedPause;
    }

    /// <summary>The watermark is locked for too long: by a process whose batch has arrived by half, as a rule.</summary>
    private async Task EndHalfReceivedAsync(CancellationToken ct)
    {
        try
        {
            LogEnded(await applier.EndHalfReceivedAsync(ct));
        }
        catch (Exception e)
        {
            LogNotEnded(e.GetBaseException().Message);
        }
    }

    /// <summary>For health, which anybody can read; the log has the whole.</summary>
    private static string Reason(Exception e) => (e, e.GetBaseException()) switch
    {
        (PostgresException p, _) => $"SQLSTATE {p.SqlState} {p.TableName} {p.ConstraintName}".TrimEnd(),
        // It answers and refuses: what it says then tells of itself, not of data.
        (OutageException, PostgresException p) => $"{e.Message} SQLSTATE {p.SqlState}: {p.MessageText}",
        _ => e.Message,
    };

    /// <summary>Tells the other processes of the site, whose health is asked as well.</summary>
    private async Task ReportAsync()
    {
        var report = new ProcessorReport(state.Status, state.Reason, state.HeldFrom);
        if (report == reported)
            return;
        try
        {
            await log.ReportProcessorAsync(report);
            reported = report;
        }
        catch (OutageException)
        {
            // Redis is away; this process's own health says so.
        }
    }

    private async Task SubscribeAsync(CancellationToken ct)
    {
        try
        {
            await log.SubscribeAsync(signal.Wake).WaitAsync(ct);
        }
        catch (Exception e)
        {
            LogNoSubscription(e.Message);
        }
    }

    private sealed class BrokenLogException(string message) : Exception(message);

    [LoggerMessage(Level = LogLevel.Information, Message = "Applied {Count} transactions up to position {Position} in {Milliseconds:0} ms")]
    private partial void LogApplied(int count, long position, double milliseconds);

    [LoggerMessage(Level = LogLevel.Error,
        Message = "Transaction {Id} ({Kind}) at position {Position} is refused and waits for a person: SQLSTATE {Code} {Constraint}: {Reason}")]
    private partial void LogRefused(Guid id, string kind, long position, string code, string? constraint, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The watermark was locked for too long; ended {Count} connections that waited for the rest of a batch")]
    private partial void LogEnded(int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The watermark is locked for too long, and its holder cannot be ended: {Reason}")]
    private partial void LogNotEnded(string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Applying failed {Failures} times in a row; next batch of {BatchSize} in {Seconds:0.0} s: {Reason}")]
    private partial void LogRetry(int failures, int batchSize, double seconds, string reason);

    [LoggerMessage(Level = LogLevel.Critical, Message = "The processor has stopped: {Reason}")]
    private partial void LogStopped(Exception e, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "No news of appended entries, looking at intervals instead: {Reason}")]
    private partial void LogNoSubscription(string reason);
}
