using Microsoft.Extensions.Logging;
using OpsDb.Database;
using OpsDb.Kernel;

namespace OpsDb.Transactions;

/// <summary>The database that a read takes place on.</summary>
/// <param name="Session">One snapshot, as long as all is asked in one batch or transaction.</param>
/// <param name="Capture">The pending changes to fold over the snapshot; null where there are none.</param>
/// <param name="Holds">What is held of this site's transactions, to fold over the snapshot first.</param>
/// <param name="Lineage">Of the log.</param>
/// <param name="Parameters">For <see cref="Snapshot.Sql"/>.</param>
/// <param name="State">What a row of the database itself says of its synchronisation.</param>
/// <param name="IsShared">Whether a row can be read along with those of others, see <see cref="SharedRead{T}"/>.</param>
internal sealed record Source(DbSession Session, Capture? Capture, Holds Holds, Lineage Lineage, object Parameters, SyncState State, bool IsShared);

/// <summary>
/// Chooses the database for a read: the site's own, unless it is down, behind what this site has shown before, or not of the
/// same history as the log; then the main one. What is read there raises the read floor before it is shown.
/// </summary>
internal sealed partial class SnapshotReader(View view, Overlay overlay, HeldTransactions held, TransactionLog log, LsnTracker replica, Databases databases, Site site, TimeProvider time, ILogger<SnapshotReader> logger)
{
    /// <summary>More can only be needed by a database that goes back while it is read.</summary>
    private const int Attempts = 4;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>How long a decision for the log, which can do without, waits for the main database.</summary>
    private static readonly TimeSpan AcceptPatience = TimeSpan.FromSeconds(1);

    /// <summary>What a database was good for.</summary>
    private enum Verdict
    {
        /// <summary>The result can be shown.</summary>
        Fit,

        /// <summary>It does not answer.</summary>
        Down,

        /// <summary>It has not reached the read floor.</summary>
        Behind,

        /// <summary>It has not reached what the request demands.</summary>
        NotYet,

        /// <summary>It lacks what has left the log, or its watermark names another transaction than the log.</summary>
        Foreign,

        /// <summary>It names other held transactions than those that were folded in.</summary>
        HoldsChanged,

        /// <summary>It lacks what has left the overlay of this process.</summary>
        BelowOverlay,
    }

    /// <summary>Reads, and repeats it until the result can be shown.</summary>
    /// <param name="read">Asks for the snapshot and for something in it.</param>
    /// <exception cref="ProblemException">local-database-unreachable, not-yet-consistent, stream-changed, buffer-unavailable, consistency-lost.</exception>
    public async Task<T> ReadAsync<T>(Func<Source, Task<(Snapshot, T)>> read, CancellationToken ct)
    {
        var started = time.GetTimestamp();
        for (var first = true; ; first = false)
        {
            var last = view.AtLeast is null || time.GetElapsedTime(started) >= view.Patience;
            if (await TryAsync(read, last, ct) is { Verdict: Verdict.Fit } outcome)
                return outcome.Result!;
            if (first && view.AtLeast is { } token)
                await RequireKnownAsync(token, ct);
            if (last)
                throw NotYetConsistent("The site does not have the state that OpsDb-Min-Consistency demands.");
            await Task.Delay(Pause, time, ct);
            view.ForgetCapture();
        }
    }

    /// <summary>Before it is waited for: what is demanded must be able to come. Without the main database that cannot be told.</summary>
    private async Task RequireKnownAsync(ConsistencyToken token, CancellationToken ct)
    {
        try
        {
            await using var main = await databases.MainAsync(ct);
            token.RequireKnown(await StandingAsync(main, ct), site);
        }
        catch (OutageException e) when (e.Problem == Problems.MainUnreachable)
        {
            // It is waited for then.
        }
    }

    /// <returns>Fit, or NotYet.</returns>
    private async Task<Outcome<T>> TryAsync<T>(Func<Source, Task<(Snapshot, T)>> read, bool last, CancellationToken ct)
    {
        if (view.IsDirect || site.Type == SiteType.Main)
            return await OnMainAsync(read, null, held.Latest, ct);
        var withoutOverlay = false;
        var holds = held.Latest;
        for (var attempt = 1; attempt <= Attempts; attempt++)
        {
            ct.ThrowIfCancellationRequested();
            var capture = withoutOverlay ? null : await CaptureAsync();
            var outcome = await OnLocalAsync(read, capture, holds, ct);
            if (outcome.Verdict == Verdict.NotYet && !last)
                return outcome;
            if (outcome.Verdict is not (Verdict.Fit or Verdict.BelowOverlay or Verdict.HoldsChanged))
            {
                var local = outcome;
                outcome = await InsteadOfLocalAsync(read, capture, holds, local.Verdict, ct);
                if (outcome.Verdict == Verdict.Down && local.Verdict == Verdict.Behind && view.GoBelowFloor())
                    continue;
                if (outcome.Verdict is Verdict.Down)
                    throw Refusal(local);
                if (outcome.Verdict is Verdict.Foreign)
                    throw Refusal(outcome);
            }
            if (outcome.Verdict is Verdict.Fit or Verdict.NotYet)
                return outcome;
            if (outcome.Verdict == Verdict.HoldsChanged)
            {
                // Its own: readers of the other database may have loaded others meanwhile.
                holds = outcome.Holds!;
                continue;
            }

            // What this snapshot lacks has left the overlay; the log still has it.
            if (view.IsStale)
                withoutOverlay = true;
            else if (attempt > 1)
                await overlay.RewindAsync(capture!.Lineage, outcome.Snapshot!);
            view.ForgetCapture();
        }
        throw new OutageException(Problems.LocalUnreachable, "The site's database is further back than the pending changes known here.") { RetryAfter = TimeSpan.FromSeconds(1) };
    }

    /// <summary>The pending changes; without Redis those that were known last, if the caller takes that.</summary>
    private async Task<Capture?> CaptureAsync()
    {
        try
        {
            return view.IsStale ? overlay.Latest : await view.CaptureAsync();
        }
        catch (OutageException e) when (e.Problem == Problems.BufferUnavailable && view.StaleWill)
        {
            view.BecomeStale();
            return overlay.Latest;
        }
    }

    private async Task<Outcome<T>> OnLocalAsync<T>(Func<Source, Task<(Snapshot, T)>> read, Capture? capture, Holds holds, CancellationToken ct)
    {
        try
        {
            var shared = view.IsAccept && view.AtLeast is null;
            await using var session = shared ? databases.Local() : await databases.LocalAsync(ct);
            var floor = FloorOf(capture);
            // Asked before the snapshot: what the database has replayed by then is in it.
            var standing = floor != default || view.AtLeast is not null ? await StandingAsync(session, ct) : null;
            if (floor != default && !await IsReachedAsync(floor, standing!))
                return new(Verdict.Behind);
            if (view.AtLeast is { } token && !token.IsReached(standing!, capture, site))
                return new(Verdict.NotYet);
            return await JudgeAsync(read, Source(session, capture, holds, SyncState.Replicated, shared), ct);
        }
        catch (OutageException e) when (e.Problem == Problems.LocalUnreachable)
        {
            return new(Verdict.Down, Cause: e);
        }
    }

    /// <summary>How far the database must be. A decision for the log only has to know what operators have decided; there the tracker's word is good enough.</summary>
    private WalPosition FloorOf(Capture? capture) =>
        capture is null || view.IsStale || view.IsBelowFloor ? default
        : !view.IsAccept ? capture.ReadFloor
        : replica.Latest.Reached(capture.ResolvedFloor) ? default : capture.ResolvedFloor;

    /// <summary>Where the site's database does not do.</summary>
    private async Task<Outcome<T>> InsteadOfLocalAsync<T>(Func<Source, Task<(Snapshot, T)>> read, Capture? capture, Holds holds, Verdict local, CancellationToken ct)
    {
        if (!view.IsAccept || local != Verdict.Behind)
            return await OnMainAsync(read, capture, holds, ct);
        try
        {
            return await OnMainAsync(read, capture, holds, ct, AcceptPatience);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return new(Verdict.Down);
        }
    }

    /// <param name="patience">How long the main database may take; as long as its pool says when null.</param>
    private async Task<Outcome<T>> OnMainAsync<T>(Func<Source, Task<(Snapshot, T)>> read, Capture? capture, Holds holds, CancellationToken ct, TimeSpan? patience = null)
    {
        // At the main site the local pool is the main database, and names it as the callers know it.
        var atMain = site.Type == SiteType.Main;
        Outcome<T> outcome;
        try
        {
            await using var session = atMain ? await databases.LocalAsync(ct) : await OpenMainAsync(patience, ct);
            if (view.AtLeast is { } token && !token.IsReached(await StandingAsync(session, ct), capture, site))
                return new(Verdict.NotYet);
            // A decision for main is compared when it is executed, so it needs no snapshot, nor the round trip that ends one.
            if (!atMain && !view.IsDirect)
                await session.BeginSnapshotAsync(ct);
            outcome = await JudgeAsync(read, Source(session, capture, holds, SyncState.Applied, false), ct);
        }
        catch (OutageException e) when (e.Problem == Problems.MainUnreachable && !view.IsDirect)
        {
            return new(Verdict.Down, Cause: e);
        }
        if (outcome.Verdict == Verdict.Fit && !atMain && !view.IsDirect && !view.IsAccept && !view.IsStale)
            await RaiseAsync(outcome.Snapshot!);
        return outcome;
    }

    private async Task<DbSession> OpenMainAsync(TimeSpan? patience, CancellationToken ct)
    {
        using var opening = CancellationTokenSource.CreateLinkedTokenSource(ct);
        if (patience is { } longest)
            opening.CancelAfter(longest);
        var session = await databases.MainAsync(opening.Token);
        session.Patience = patience;
        return session;
    }

    private async Task<Outcome<T>> JudgeAsync<T>(Func<Source, Task<(Snapshot, T)>> read, Source source, CancellationToken ct)
    {
        var (snapshot, result) = await read(source);
        if (source.Capture is { } capture)
        {
            if (snapshot.Holds != source.Holds.Name)
                return new(Verdict.HoldsChanged, snapshot) { Holds = await held.LoadAsync(source.Session, source.Parameters, ct) };
            if (!capture.Fits(snapshot))
                return new(Verdict.Foreign, snapshot);
            if (snapshot.Position < capture.State.Floor)
                return new(view.IsStale || await overlay.HoldsAsync(snapshot) ? Verdict.BelowOverlay : Verdict.Foreign, snapshot);
        }
        view.Saw(snapshot);
        return new(Verdict.Fit, snapshot, result);
    }

    /// <summary>What goes out now must not be taken back by a later read here, in whichever process.</summary>
    private async Task RaiseAsync(Snapshot shown)
    {
        try
        {
            view.Raised(await log.RaiseReadFloorAsync(WalPosition.Of(shown)));
        }
        catch (OutageException e) when (e.Problem == Problems.BufferUnavailable && view.StaleWill)
        {
            view.BecomeStale();
        }
    }

    private async Task<bool> IsReachedAsync(WalPosition floor, Standing standing)
    {
        if (!standing.HasLeft(floor))
            return standing.Reaches(floor);
        // There was a failover. The old timeline's LSNs mean nothing any more: the floor is where the new one begins.
        LogFloorCleared(floor, standing.Timeline);
        view.Raised(await log.RaiseReadFloorAsync(new(standing.InRecovery ? standing.ReplayedTimeline : standing.Timeline, 0)));
        return true;
    }

    private Task<Standing> StandingAsync(DbSession session, CancellationToken ct) =>
        session.FindAsync<Standing>(Standing.Sql, new { site = view.AtLeast?.Site ?? site.Name, epoch = view.AtLeast?.Epoch ?? Guid.Empty }, ct)!;

    private Source Source(DbSession session, Capture? capture, Holds holds, SyncState state, bool shared)
    {
        var lineage = capture?.Lineage ?? Lineage.None;
        return new(session, capture, holds, lineage, lineage.Parameters(site), state, shared);
    }

    private static OutageException Refusal<T>(Outcome<T> outcome) => outcome.Verdict switch
    {
        Verdict.Foreign => new(Problems.NotThisStream, "The log is not the one that the databases know.") { RetryAfter = TimeSpan.FromSeconds(5) },
        Verdict.Down => outcome.Cause!,
        _ => NotYetConsistent("The site's database is not as far as this read needs, and the main database cannot be reached."),
    };

    private static OutageException NotYetConsistent(string why) => new(Problems.NotYetConsistent, why) { RetryAfter = TimeSpan.FromSeconds(1) };

    /// <param name="Snapshot">Where something was read.</param>
    /// <param name="Cause">Why it is down.</param>
    private sealed record Outcome<T>(Verdict Verdict, Snapshot? Snapshot = null, T? Result = default, OutageException? Cause = null)
    {
        /// <summary>What the database names.</summary>
        public Holds? Holds { get; init; }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The read floor {Floor} is cleared: the site's database is on timeline {Timeline}")]
    private partial void LogFloorCleared(WalPosition floor, int timeline);
}
