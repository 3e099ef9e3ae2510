using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using OpsDb.Database;
using OpsDb.Kernel;

namespace OpsDb.Transactions;

/// <summary>Tells the processor of this process that there is work.</summary>
internal sealed class ProcessorSignal
{
    private readonly Channel<bool> signals = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public void Wake() => signals.Writer.TryWrite(true);

    public async Task WaitAsync(TimeSpan longest, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(longest);
        try
        {
            await signals.Reader.ReadAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            // Nobody called; the processor looks by itself.
        }
    }
}

/// <summary>
/// Applies the site's log to the main database, in order and each transaction once. What proves it is the watermark on
/// the main database, advanced by compare-and-set in the same commit as the effects; the lease only saves work.
/// </summary>
internal sealed partial class Processor(
    TransactionLog log, Databases databases, Executor executor, Site site, BufferOptions options, ProcessorSignal signal, ProcessorState state, TimeProvider time, ILogger<Processor> logger)
    : BackgroundService
{
    private static readonly TimeSpan Term = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan BatchTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan StoppedPause = TimeSpan.FromSeconds(10);
    private readonly string holder = Guid.NewGuid().ToString();
    private int batchSize = options.BatchSize;
    private int failures;
    private int unknownFailures;
    private ProcessorReport? reported;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (site.Type == SiteType.Main)
            return;
        await SubscribeAsync(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            // After a failure an append does not call: it would undo the back-off.
            var pause = await TurnAsync(stoppingToken);
            await (pause is { } failed ? Task.Delay(failed, time, stoppingToken) : signal.WaitAsync(options.Interval, stoppingToken))
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>One turn: everything that is pending, batch by batch.</summary>
    /// <returns>How long to leave it alone after a failure; null when all is well.</returns>
    private async Task<TimeSpan?> TurnAsync(CancellationToken ct)
    {
        try
        {
            if (!await log.HoldTurnAsync(holder, Term))
            {
                state.Waiting();
                // Whoever has the turn reports; what this process said before may have been overwritten.
                reported = null;
                return null;
            }
            Watermark? watermark = null;
            do
                watermark = await ApplyNextAsync(watermark, ct);
            while (watermark is not null && await log.HoldTurnAsync(holder, Term));
            failures = unknownFailures = 0;
            state.Idle(time.GetUtcNow());
            await ReportAsync();
            return null;
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            return null;
        }
        catch (DomainException e) when (e.Problem == Problems.NewerRelease)
        {
            // What comes before that entry is applied; the rest is for a process that can read it.
            await log.GiveTurnAsync(holder);
            state.Waiting();
            reported = null;
            return StoppedPause;
        }
        catch (Exception e)
        {
            var pause = Fail(e);
            await ReportAsync();
            return pause;
        }
    }

    /// <summary>Applies one batch in one commit.</summary>
    /// <returns>The new watermark, or null when nothing is pending.</returns>
    private async Task<Watermark?> ApplyNextAsync(Watermark? watermark, CancellationToken ct)
    {
        var epoch = await log.EpochAsync();
        await using var main = await databases.MainAsync(ct);
        watermark ??= await ReadWatermarkAsync(main, epoch, ct);
        var transactions = await log.AfterAsync(new(epoch, watermark.Position), batchSize);
        if (transactions.Count == 0 || transactions[0].Position!.Value.Position != watermark.Position + 1)
            return await ExplainAsync(main, epoch, watermark, transactions, ct);

        var started = time.GetTimestamp();
        var last = transactions[^1];
        await main.BeginAsync(ct);
        await using var batch = new NpgsqlBatch();
        batch.BatchCommands.Add(Executor.Statement("select set_config('lock_timeout', '10s', true)"));
        batch.BatchCommands.Add(Advance(epoch, watermark, last));
        foreach (var transaction in transactions)
            executor.Append(batch, transaction);
        await main.ExecuteAsync(batch, BatchTimeout, ct);
        await main.CommitAsync(CancellationToken.None);

        failures = unknownFailures = 0;
        batchSize = Math.Min(options.BatchSize, batchSize * 2);
        state.Applied(transactions.Count, time.GetElapsedTime(started), time.GetUtcNow());
        LogApplied(transactions.Count, last.Position!.Value.Position, time.GetElapsedTime(started).TotalMilliseconds);
        await log.HintAppliedAsync(last.Position.Value.Position, last.LogBytes);
        state.MainLsn = await main.FindAsync<string>("select pg_current_wal_lsn()::text", null, ct);
        return watermark with { Position = last.Position.Value.Position, TransactionId = last.Id };
    }

    private async Task<Watermark> ReadWatermarkAsync(DbSession main, Guid epoch, CancellationToken ct)
    {
        const string read = "select position, transaction_id, revision from site_watermark where site = @site and epoch = @epoch";
        var parameters = new { site = site.Name, epoch };
        if (await main.FindAsync<Watermark>(read, parameters, ct) is { } watermark)
            return watermark;
        await main.ExecuteAsync("insert into site_watermark (site, epoch, position, transaction_id, revision) values (@site, @epoch, 0, null, 0) on conflict do nothing", parameters, ct);
        return (await main.FindAsync<Watermark>(read, parameters, ct))!;
    }

    /// <summary>A log without the next entry is drained or broken; it is believed to be broken only when the watermark has not moved meanwhile.</summary>
    private async Task<Watermark?> ExplainAsync(DbSession main, Guid epoch, Watermark watermark, IReadOnlyList<Transaction> found, CancellationToken ct)
    {
        var lastInLog = found.Count > 0 ? found[0].Position!.Value.Position : await log.LastAsync();
        if (found.Count == 0 && lastInLog == watermark.Position)
            return null;
        var again = await ReadWatermarkAsync(main, epoch, ct);
        if (again != watermark || found.Count == 0 && (await log.AfterAsync(new(epoch, watermark.Position), 1)).Count > 0)
            return again;
        throw new BrokenLogException($"The main database has position {watermark.Position}, but the next entry of the log is {(found.Count > 0 ? lastInLog : $"missing; it ends at {lastInLog}")}.");
    }

    private NpgsqlBatchCommand Advance(Guid epoch, Watermark from, Transaction to) => Executor.Statement(
        $"""
        with moved as (
          update site_watermark set position = $3, transaction_id = $4
          where site = $1 and epoch = $2 and position = $5 and transaction_id is not distinct from $6 and revision = $7
          returning 1)
        select opsdb_expect(count(*), 1, '{SqlState.WatermarkMoved}', 'site_watermark', $1) from moved
        """,
        site.Name, epoch, to.Position!.Value.Position, to.Id, from.Position,
        new NpgsqlParameter { Value = from.TransactionId is { } id ? id : DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Uuid }, from.Revision);

    private TimeSpan Fail(Exception e)
    {
        if (e is PostgresException { SqlState: SqlState.WatermarkMoved })
            return TimeSpan.Zero;
        if (SqlState.IsTransient(e) || (!SqlState.IsPermanent(e) && e is not BrokenLogException && unknownFailures++ < options.RetryAttempts))
        {
            failures++;
            batchSize = Math.Max(1, batchSize / 2);
            var pause = SqlState.IsTransient(e)
                ? Math.Min(LongestPause.TotalSeconds, 0.1 * Math.Pow(2, Math.Min(failures, 10))) * (0.5 + Random.Shared.NextDouble() / 2)
                : options.RetryDelay.TotalSeconds;
            state.Retrying(Reason(e), time.GetUtcNow());
            LogRetry(failures, batchSize, pause, e.Message);
            return TimeSpan.FromSeconds(pause);
        }
        // Nothing is skipped and nothing is lost: the batch was rolled back and is tried again, in case a person has removed the cause.
        state.Stopped(Reason(e), time.GetUtcNow());
        LogStopped(e, e.Message);
        return StoppedPause;
    }

    /// <summary>For health, which anybody can read; the log has the whole.</summary>
    private static string Reason(Exception e) => e is PostgresException p ? $"SQLSTATE {p.SqlState} {p.TableName} {p.ConstraintName}".TrimEnd() : e.Message;

    /// <summary>Tells the other processes of the site, whose health is asked as well.</summary>
    private async Task ReportAsync()
    {
        var report = new ProcessorReport(state.Status, state.Reason);
        if (report == reported)
            return;
        try
        {
            await log.ReportProcessorAsync(report);
            reported = report;
        }
        catch (DomainException)
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

    [LoggerMessage(Level = LogLevel.Warning, Message = "Applying failed {Failures} times in a row; next batch of {BatchSize} in {Seconds:0.0} s: {Reason}")]
    private partial void LogRetry(int failures, int batchSize, double seconds, string reason);

    [LoggerMessage(Level = LogLevel.Critical, Message = "The processor has stopped: {Reason}")]
    private partial void LogStopped(Exception e, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "No news of appended entries, looking at intervals instead: {Reason}")]
    private partial void LogNoSubscription(string reason);
}
