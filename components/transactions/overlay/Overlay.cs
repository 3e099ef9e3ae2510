using OpsDb.Database;
using OpsDb.Kernel;

namespace OpsDb.Transactions;

/// <summary>
/// The pending changes of this site, in this process: kept up with the log entry by entry, never reloaded while the log
/// keeps its identity. A reader takes a cut and folds what lies between its database snapshot and the cut.
/// </summary>
internal sealed class Overlay(TransactionLog log, Epochs epochs, Databases databases, Site site, IEnumerable<Table> tables, TimeProvider time)
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(200);

    private readonly Dictionary<string, Table> tables = tables.ToDictionary(t => t.Name);
    private readonly Lock gate = new();
    private volatile OverlayCut? latest;
    private Task<OverlayCut>? running;
    private Task<OverlayCut>? next;
    private (Lineage Lineage, DatabaseSnapshot To)? rewind;
    private long refreshed;

    /// <summary>The newest cut this process has, without asking Redis; null before the first refresh.</summary>
    public OverlayCut? Latest => latest;

    /// <summary>
    /// A cut that holds everything appended before the call. Callers share a refresh only when it begins after they
    /// came: one that is under way may have missed an entry that they know of. They share its failure, too.
    /// </summary>
    /// <exception cref="OutageException">buffer-unavailable, local-database-unreachable.</exception>
    public Task<OverlayCut> RefreshAsync()
    {
        lock (gate)
        {
            return running is null ? running = RunAsync(null) : next ??= RunAsync(running);
        }
    }

    /// <summary>Sees to it that <see cref="Latest"/> is not much older than a moment, also at a site where nobody reads.</summary>
    public void RefreshSoon()
    {
        if (time.GetElapsedTime(Interlocked.Read(ref refreshed)) < Moment)
            return;
        Interlocked.Exchange(ref refreshed, time.GetTimestamp());
        // Whoever needs it to succeed asks for it.
        _ = RefreshAsync().ContinueWith(t => t.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
    }

    /// <summary>Reads the log again from a database's watermark on; for a database that is further back than the overlay.</summary>
    public Task<OverlayCut> RewindAsync(Lineage lineage, DatabaseSnapshot to)
    {
        lock (gate)
            rewind = (lineage, to);
        return RefreshAsync();
    }

    private async Task<OverlayCut> RunAsync(Task? before)
    {
        // Nothing may happen before the caller has noted this task.
        await Task.Yield();
        if (before is not null)
            await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        try
        {
            return await LoadAsync();
        }
        finally
        {
            lock (gate)
            {
                running = next;
                next = null;
            }
        }
    }

    private async Task<OverlayCut> LoadAsync()
    {
        var held = latest;
        lock (gate)
        {
            if (rewind is { } back && (held is null || held.State.Floor > back.To.Position))
                held = Empty(back.Lineage, back.To);
            rewind = null;
        }
        while (true)
        {
            var page = held is null ? await log.HeadAsync() : await log.RefreshAsync(held.Position, known: log.Own.Newest(held));
            if (page.Epoch == Guid.Empty || page.IsLost)
            {
                // Redis has lost what this process knows of, or everything.
                await epochs.ExamineAsync(held, CancellationToken.None);
                held = null;
                page = await log.HeadAsync();
            }
            if (held is null || held.Epoch != page.Epoch)
            {
                held = await BeginAsync(page.Lineage);
                page = await log.RefreshAsync(held.Position);
                if (held.Epoch != page.Epoch)
                    continue;
            }
            RequireGapless(held.Position, page);
            foreach (var transaction in page.Transactions)
                held.State.Append(transaction);
            held = held with
            {
                AppliedHint = page.AppliedHint,
                Processor = page.Processor,
                AppliedWal = page.AppliedWal,
                Size = page.Size,
                Lineage = page.Lineage,
                ReadFloor = page.ReadFloor,
                ResolvedFloor = page.ResolvedFloor,
                Trimmed = page.Trimmed,
                KeysMarked = page.KeysMarked,
            };
            if (page.Transactions is [.., var last])
                held = held with { Position = last.Position!.Value.Position, Transaction = last.Id };
            latest = held;
            if (held.Position >= page.Last || page.Transactions.Count == 0)
                return held;
        }
    }

    /// <summary>Checks that nothing is missing which has not left the log after the databases had it: what comes behind would be folded over a hole.</summary>
    private static void RequireGapless(long after, LogPage page)
    {
        var next = Math.Max(after, page.Trimmed) + 1;
        foreach (var position in page.Transactions.Select(t => t.Position!.Value.Position).DefaultIfEmpty(page.Last + 1).Where(p => p >= next))
        {
            if (position != next++)
            {
                throw new OutageException(TransactionProblems.NotThisStream, $"The log has lost entries after position {next - 2}.")
                {
                    RetryAfter = TimeSpan.FromSeconds(5),
                };
            }
        }
    }

    /// <summary>An empty overlay at the site's database, or else the main one: what that database has need not be read from the log.</summary>
    private async Task<OverlayCut> BeginAsync(Lineage lineage)
    {
        var at = await databases.NearestAsync(
            session => session.FindAsync<DatabaseSnapshot>(DatabaseSnapshot.Sql, lineage.Parameters(site), CancellationToken.None), CancellationToken.None);
        if (!await HoldsAsync(at!))
        {
            if (await epochs.ExamineAsync(null, CancellationToken.None))
                return await BeginAsync((await log.HeadAsync()).Lineage);
            await using var main = await databases.MainAsync(CancellationToken.None);
            at = await main.FindAsync<DatabaseSnapshot>(DatabaseSnapshot.Sql, lineage.Parameters(site), CancellationToken.None);
            if (!await HoldsAsync(at!))
            {
                throw new OutageException(TransactionProblems.NotThisStream, "The log is not the one that the databases know.")
                {
                    RetryAfter = TimeSpan.FromSeconds(5),
                };
            }
        }
        return Empty(lineage, at!);
    }

    /// <summary>Whether the log holds, or held, at the snapshot's watermark the transaction that the watermark names.</summary>
    public async Task<bool> HoldsAsync(DatabaseSnapshot snapshot) => snapshot.Position == 0 || await log.HoldsAsync(snapshot.Position, snapshot.TransactionId);

    private OverlayCut Empty(Lineage lineage, DatabaseSnapshot at) =>
        new(new OverlayState(lineage.Epoch, at.Position, tables).From(at.TransactionId), at.Position, at.TransactionId, 0, null) { Lineage = lineage };
}
