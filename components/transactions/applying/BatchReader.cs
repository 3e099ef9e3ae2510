using Npgsql;
using OpsDb.Database;
using OpsDb.Kernel;

namespace OpsDb.Transactions;

/// <summary>A page of the log.</summary>
/// <param name="Transactions">What comes after the place that it was read for, without a gap and readable by this release.</param>
/// <param name="Prepared">The statements that execute them all; null when nobody had the time to make them.</param>
internal sealed record LogBatch(LogPage Page, IReadOnlyList<Transaction> Transactions, NpgsqlBatch? Prepared)
{
    public static LogBatch Of(LogPage page, long after) => new(page,
        [.. page.Transactions.SkipWhile(t => t.Position!.Value.Position <= after)
            .TakeWhile((t, i) => !t.IsNewer && t.Position!.Value.Position == after + 1 + i)], null);
}

/// <summary>
/// Reads batches for the processor, the next one while one is applied, and prepares its statements. A batch that took little time is
/// followed by a larger one, so that a long round trip costs little; one that took much by a smaller one, so that nobody waits long
/// for its locks. While little waits and the main database is near, batches are small and follow each other at a pace: whoever
/// accepts meanwhile shares the machine with many short pieces of work and not with few long ones.
/// </summary>
/// <param name="largest">Transactions that one batch may have.</param>
internal sealed class BatchReader(TransactionLog log, Executor executor, int largest)
{
    private const int First = 1000;
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(2), Long = TimeSpan.FromSeconds(10);

    /// <summary>Up to here it is little that waits; a paced batch takes an eighth of it, and no fewer than this.</summary>
    private const int MaxPaced = 2000, MinPaced = 100;

    /// <summary>A main database that answers later than this is far: there each batch costs a round trip.</summary>
    private static readonly TimeSpan Near = TimeSpan.FromMilliseconds(50);

    private (long After, Task<LogBatch> Batch)? ahead;
    private bool near;
    private long waiting;

    public int Size { get; private set; } = Math.Min(largest, First);

    /// <summary>Whether little waits, so that the next batch can be left to grow for a moment.</summary>
    public bool IsPaced => near && waiting < MaxPaced;

    /// <summary>How many transactions the next batch may have.</summary>
    public int NextSize => IsPaced ? (int)Math.Min(Size, Math.Max(MinPaced, waiting / 8)) : Size;

    /// <param name="pending">How many transactions are known to wait.</param>
    public void Expect(long pending) => waiting = pending;

    /// <summary>The entry at the position and a batch that comes after it.</summary>
    public async Task<LogBatch> ReadAsync(long after)
    {
        var read = ahead is { } next && next.After == after ? next.Batch : null;
        ahead = null;
        return read is null ? LogBatch.Of(await PageAsync(after), after) : await read;
    }

    /// <summary>Begins to read what comes next, if there is more.</summary>
    public void ReadAhead(LogPage page, long after) => ahead = page.Last > after ? (after, Task.Run(() => PrepareAsync(after))) : null;

    /// <summary>What was read ahead is not needed.</summary>
    public void Forget() => ahead = null;

    /// <param name="whole">False when one of the batch was refused: what comes after it has to be sent again.</param>
    public void Applied(TimeSpan took, bool whole)
    {
        near = took < Near;
        Size = whole
            ? took < Short ? Math.Min(largest, Size * 2) : took > Long ? Math.Max(1, Size / 2) : Size
            : Math.Min(Size, Math.Max(Size / 2, First));
    }

    /// <summary>It was sent, and the link broke or the main database did not answer in time.</summary>
    public void Failed() => Size = Math.Max(1, Size / 2);

    private Task<LogPage> PageAsync(long after) => log.RefreshAsync(after - 1, NextSize + 1);

    private async Task<LogBatch> PrepareAsync(long after)
    {
        var read = LogBatch.Of(await PageAsync(after), after);
        var prepared = new NpgsqlBatch();
        executor.Append(prepared, read.Transactions);
        return read with { Prepared = prepared };
    }
}
