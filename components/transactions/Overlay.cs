using OpsDb.Database;
using OpsDb.Kernel;

namespace OpsDb.Transactions;

/// <summary>The overlay as it was at one position of the log. Immutable: later entries are not seen through it.</summary>
internal sealed record Capture(OverlayState State, long Position, Guid? Transaction, long AppliedHint)
{
    public Guid Epoch => State.Epoch;
}

/// <summary>
/// The pending changes of this site, in this process: kept up with the log entry by entry, never reloaded while the log
/// keeps its identity. A reader takes a capture and folds what lies between its database snapshot and the capture.
/// </summary>
internal sealed class Overlay(TransactionLog log, Databases databases, Site site, IEnumerable<Table> tables) : IDisposable
{
    private readonly Dictionary<string, Table> tables = tables.ToDictionary(t => t.Name);
    private readonly SemaphoreSlim turn = new(1);
    private volatile Capture? latest;
    private volatile Exception? failure;
    private long begun;

    /// <summary>The newest capture this process has, without asking Redis; null before the first refresh.</summary>
    public Capture? Latest => latest;

    /// <summary>
    /// A capture that holds everything appended before the call. Callers share a refresh only when it began after they
    /// came: one that was already under way may have missed an entry that they know of.
    /// </summary>
    /// <exception cref="DomainException">buffer-unavailable.</exception>
    public async Task<Capture> RefreshAsync()
    {
        var begunBefore = Interlocked.Read(ref begun);
        await turn.WaitAsync();
        try
        {
            if (begun > begunBefore)
                return failure is { } shared ? throw new AggregateException(shared) : latest!;
            Interlocked.Increment(ref begun);
            latest = await LoadAsync(latest);
            failure = null;
            return latest;
        }
        catch (DomainException e)
        {
            failure = e;
            throw;
        }
        catch (AggregateException e) when (e.InnerException is DomainException shared)
        {
            throw new DomainException(shared.Problem, shared.Message) { RetryAfter = shared.RetryAfter };
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>Forgets everything; the next refresh reads the log from a position on. For a database that is further back than the overlay.</summary>
    public async Task RewindAsync(LogPosition position)
    {
        await turn.WaitAsync();
        try
        {
            latest = new(new(position.Epoch, position.Position, tables), position.Position, null, 0);
        }
        finally
        {
            turn.Release();
        }
    }

    public void Dispose() => turn.Dispose();

    private async Task<Capture> LoadAsync(Capture? held)
    {
        while (true)
        {
            var page = await log.RefreshAsync(held?.Position ?? long.MaxValue - 1);
            if (held is null || held.Epoch != page.Epoch || page.Last < held.Position)
            {
                held = await BeginAsync(page.Epoch);
                page = await log.RefreshAsync(held.Position);
            }
            foreach (var transaction in page.Transactions)
                held.State.Append(transaction);
            held = page.Transactions is [.., var last]
                ? held with { Position = last.Position!.Value.Position, Transaction = last.Id, AppliedHint = page.AppliedHint }
                : held with { AppliedHint = page.AppliedHint };
            if (held.Position >= page.Last || page.Transactions.Count == 0)
                return held;
        }
    }

    /// <summary>An empty overlay at the site's database: what that database has need not be read from the log.</summary>
    private async Task<Capture> BeginAsync(Guid epoch)
    {
        await using var local = await databases.LocalAsync(CancellationToken.None);
        var snapshot = (await local.FindAsync<Snapshot>(Snapshot.Sql, new { site = site.Name, epoch }, CancellationToken.None))!;
        return new(new(epoch, snapshot.Position, tables), snapshot.Position, snapshot.TransactionId, 0);
    }
}
