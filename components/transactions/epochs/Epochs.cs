using Microsoft.Extensions.Logging;
using OpsDb.Database;
using OpsDb.Kernel;

namespace OpsDb.Transactions;

/// <summary>
/// Keeps the log's identity. When Redis has lost entries that a database, or a process of the site, knows of, the log gets
/// a new epoch and the site goes on recording; an operator is told which positions may be missing.
/// </summary>
internal sealed partial class Epochs(TransactionLog log, Databases databases, Site site, TimeProvider time, ILogger<Epochs> logger)
{
    private const int PageSize = 1000;

    /// <summary>
    /// Compares the log with what the main database or, without it, the site's own, and this process, know of it, and begins
    /// a new epoch if it is not that log any more.
    /// </summary>
    /// <param name="seen">What this process knew of the log.</param>
    /// <returns>Whether it was given an epoch.</returns>
    /// <exception cref="OutageException">buffer-unavailable, local-database-unreachable.</exception>
    public async Task<bool> ExamineAsync(IReadLog? seen, CancellationToken ct)
    {
        try
        {
            await using var main = await databases.MainAsync(ct);
            return await ExamineAsync(main, main, seen, ct);
        }
        catch (OutageException e) when (e.Problem == Problems.MainUnreachable)
        {
            await using var local = await databases.LocalAsync(ct);
            return await ExamineAsync(local, null, seen, ct);
        }
    }

    private async Task<bool> ExamineAsync(DbSession database, DbSession? main, IReadLog? seen, CancellationToken ct)
    {
        const string watermark = "select epoch, position, transaction_id from site_watermark where site = @site order by begun_at desc limit 1";
        var head = await log.HeadAsync();
        var known = await database.FindAsync<Known>(watermark, new { site = site.Name }, ct);
        var next = Guid.CreateVersion7(time.GetUtcNow());
        var newest = log.Own.Newest(seen) is { } entry && entry.Position.Epoch == head.Epoch ? entry : null;
        if (known is null && head.Epoch == Guid.Empty)
            return await log.BeginAsync(next);
        if (known is not null && await BreakAsync(head, known) is { } broken)
        {
            var previous = head.Lineage.Epochs.Contains(known.Epoch) ? head.Epoch : known.Epoch;
            var change = new EpochChange(next, previous, await ForkAsync(database, head, ct), null, known.Position, null, newest?.Position.Position,
                broken.Reason, Instant.Round(time.GetUtcNow()));
            return await ChangeAsync(head, broken, change, main, ct);
        }
        if (newest is { Position.Position: var last } && !await log.HoldsAsync(last, newest.Transaction))
        {
            var lost = new Break(last, newest.Transaction, $"Redis has lost entries up to position {last} that were not applied yet.");
            var change = new EpochChange(next, head.Epoch, TransactionLog.ForkAtEnd, null, known?.Position ?? 0, await AgreedAsync(head, seen) + 1, last,
                lost.Reason, Instant.Round(time.GetUtcNow()));
            return await ChangeAsync(head, lost, change, main, ct);
        }
        if (known is not null && known.Epoch != head.Epoch)
            await RaiseReadFloorAsync(main, ct);
        return false;
    }

    /// <summary>What this site has shown of the former epoch may be on the main database alone: neither in the log any more nor in the replica yet.</summary>
    private async Task RaiseReadFloorAsync(DbSession? main, CancellationToken ct)
    {
        if (main is not null)
            await log.RaiseReadFloorAsync(WalPosition.Of((await main.FindAsync<DatabaseSnapshot>(DatabaseSnapshot.Sql, Lineage.None.Parameters(site), ct))!));
    }

    private async Task<bool> ChangeAsync(LogPage head, Break broken, EpochChange change, DbSession? main, CancellationToken ct)
    {
        await RaiseReadFloorAsync(main, ct);
        var changed = await log.ChangeEpochAsync(head.Epoch, broken.Position, broken.Transaction, change);
        if (changed)
            LogChanged(change.Previous, change.Epoch, broken.Reason);
        return changed;
    }

    /// <summary>What shows that the log is not the one that the database knows; null when it may be.</summary>
    private async Task<Break?> BreakAsync(LogPage head, Known known)
    {
        var age = Array.IndexOf(head.Lineage.Epochs, known.Epoch);
        if (head.Epoch == Guid.Empty)
            return new(null, null, "Redis has lost the log.");
        if (age < 0)
            return new(null, null, "Redis holds a log of an earlier epoch.");
        var cap = head.Lineage.Caps[age];
        var (position, transaction) = known.Position <= cap ? (known.Position, known.TransactionId) : (cap, null);
        return position == 0 || await log.HoldsAsync(position, transaction)
            ? null
            : new(position, transaction, head.Last < position
                ? $"The log ends at position {head.Last}, but position {position} has been applied."
                : $"The log has at position {position} another transaction than the one that was applied.");
    }

    /// <summary>The last entry that the database has: up to there the log still is the former one.</summary>
    private Task<long> ForkAsync(DbSession database, LogPage head, CancellationToken ct) => FindLastAsync(head, async page =>
    {
        const string find = "select id from applied_transaction where id = any(@ids)";
        var there = (await database.QueryAsync<Guid>(find, new { ids = page.Select(t => t.Id).ToArray() }, ct)).ToHashSet();
        return page.FindLast(t => there.Contains(t.Id));
    });

    /// <summary>The last entry that this process knows to be the one which was stored there.</summary>
    private Task<long> AgreedAsync(LogPage head, IReadLog? seen) =>
        FindLastAsync(head, page => Task.FromResult(page.FindLast(t => log.Own.At(t.Position!.Value, seen) == t.Id)));

    private async Task<long> FindLastAsync(LogPage head, Func<List<Transaction>, Task<Transaction?>> find)
    {
        for (var end = head.Last; end > head.Trimmed; end -= PageSize)
        {
            var begin = new LogPosition(head.Epoch, Math.Max(head.Trimmed, end - PageSize));
            var page = (await log.AfterAsync(begin, PageSize)).Where(t => t.Position!.Value.Position <= end).ToList();
            if (await find(page) is { } last)
                return last.Position!.Value.Position;
        }
        return head.Last == 0 ? 0 : head.Trimmed;
    }

    /// <param name="Position">Where the log should hold the transaction and does not; null when its epoch alone shows it.</param>
    private sealed record Break(long? Position, Guid? Transaction, string Reason);

    private sealed record Known
    {
        public Guid Epoch { get; init; }
        public long Position { get; init; }
        public Guid? TransactionId { get; init; }
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "The log's epoch {Previous} has ended and {Epoch} begins: {Reason}")]
    private partial void LogChanged(Guid previous, Guid epoch, string reason);
}
