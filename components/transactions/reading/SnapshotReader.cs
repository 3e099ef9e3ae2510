using Microsoft.Extensions.Logging;
using OpsDb.Database;
using OpsDb.Kernel;

namespace OpsDb.Transactions;

/// <summary>The database that a read takes place on.</summary>
/// <param name="Session">One snapshot, as long as all is asked in one batch or transaction.</param>
/// <param name="Cutting">The pending changes to fold over the snapshot, which may still be asked for; null where there are none.</param>
/// <param name="Holds">What is held of this site's transactions, to fold over the snapshot first.</param>
/// <param name="Lineage">Of the log.</param>
/// <param name="Parameters">For <see cref="DatabaseSnapshot.Sql"/>.</param>
/// <param name="State">What a row of the database itself says of its synchronisation.</param>
/// <param name="IsShared">Whether a row can be read along with those of others, see <see cref="SharedRead{T}"/>.</param>
internal sealed record ReadTarget(
    DbSession Session, Task<OverlayCut?> Cutting, HeldFold Holds, Lineage Lineage, object Parameters, SyncState State, bool IsShared)
{
    /// <summary>What the log was known to hold before the database was asked.</summary>
    public OverlayCut? Expected { get; init; }

    public Task<OverlayCut?> CutAsync() => Cutting;
}

/// <summary>
/// Chooses the database for a read: the site's own, unless it is down, behind what this site has shown before, or not of the
/// same history as the log; then the main one. What is read there raises the read floor before it is shown. In one file, because what
/// is asked next follows from what the database before was good for.
/// </summary>
internal sealed partial class SnapshotReader(
    RequestState request, Overlay overlay, HeldTransactionsCache held, TransactionLog log, LsnTracker replica, Databases databases, Site site,
    TimeProvider time, ILogger<SnapshotReader> logger)
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

        /// <summary>It was asked before it was known what the log says, which is not what it had to be.</summary>
        AskedTooEarly,
    }

    /// <summary>Reads, and repeats it until the result can be shown. Several reads of one request may go on at a time.</summary>
    /// <param name="read">Asks for the snapshot and for something in it.</param>
    /// <exception cref="ProblemException">local-database-unreachable, not-yet-consistent, stream-changed, buffer-unavailable, consistency-lost.</exception>
    public async Task<T> ReadAsync<T>(Func<ReadTarget, Task<(DatabaseSnapshot, T)>> read, CancellationToken ct)
    {
        var (call, demand) = (new Call<T>(request.Scope, read, ct), request.Demand);
        var started = time.GetTimestamp();
        for (var first = true; ; first = false)
        {
            var last = demand.AtLeast is null || time.GetElapsedTime(started) >= demand.Wait;
            if (await TryAsync(call, last) is { Verdict: Verdict.Fit } outcome)
                return outcome.Result!;
            if (first && demand.AtLeast is { } token)
                await RequireKnownAsync(token, ct);
            if (last)
                throw NotYetConsistent("The site does not have the state that OpsDb-Min-Consistency demands.");
            await Task.Delay(Pause, time, ct);
            call.Scope.ForgetCut();
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
    private async Task<Outcome<T>> TryAsync<T>(Call<T> call, bool last)
    {
        var scope = call.Scope;
        if (scope.Purpose == ReadPurpose.Main || site.Type == SiteType.Main)
            return await OnMainAsync(call, null, held.Latest);
        var withoutOverlay = false;
        var holds = held.Latest;
        var early = MayAskTogether(scope) ? await OnLocalAsync(call, CutAsync(scope), overlay.Latest!, holds) : null;
        if (early is { Verdict: Verdict.Fit })
            return early;
        holds = early?.Holds ?? holds;
        for (var attempt = 1; attempt <= Attempts; attempt++)
        {
            call.Ct.ThrowIfCancellationRequested();
            var cut = withoutOverlay ? null : await CutAsync(scope);
            var outcome = attempt == 1 && early is { Verdict: Verdict.Down } ? early : await OnLocalAsync(call, Task.FromResult(cut), cut, holds);
            if (outcome.Verdict == Verdict.NotYet && !last)
                return outcome;
            if (outcome.Verdict is not (Verdict.Fit or Verdict.BelowOverlay or Verdict.HoldsChanged))
            {
                var local = outcome;
                outcome = await InsteadOfLocalAsync(call, cut, holds, local.Verdict);
                if (outcome.Verdict == Verdict.Down && local.Verdict == Verdict.Behind && GoBelowFloor(scope))
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
            if (request.Served.IsStale)
                withoutOverlay = true;
            else if (attempt > 1)
                await overlay.RewindAsync(cut!.Lineage, outcome.Snapshot!);
            scope.ForgetCut();
        }
        throw new OutageException(Problems.LocalUnreachable, "The site's database is further back than the pending changes known here.")
        {
            RetryAfter = TimeSpan.FromSeconds(1),
        };
    }

    /// <summary>The pending changes; without Redis those that were known last, if the caller takes that.</summary>
    private async Task<OverlayCut?> CutAsync(DecisionScope scope)
    {
        try
        {
            return request.Served.IsStale ? overlay.Latest : await scope.CutAsync();
        }
        catch (OutageException e) when (e.Problem == TransactionProblems.BufferUnavailable && request.Demand.MayBeStale)
        {
            request.Served.IsStale = true;
            return overlay.Latest;
        }
    }

    /// <summary>
    /// Whether the database can be asked while the log is. Both are asked after the request came, and to fold what lies between is
    /// right whichever answers first; what depends on the log's answer before that is asked in turn.
    /// </summary>
    private bool MayAskTogether(DecisionScope scope) =>
        scope is { Purpose: ReadPurpose.Answer, Cut: null } && request.Demand is { AtLeast: null, MayBeStale: false }
        && !request.Served.IsStale && overlay.Latest is not null;

    /// <param name="cutting">The log's answer, which may still be on its way.</param>
    /// <param name="expected">What the log is thought to say: the answer itself, if it is there.</param>
    private async Task<Outcome<T>> OnLocalAsync<T>(Call<T> call, Task<OverlayCut?> cutting, OverlayCut? expected, HeldFold holds)
    {
        try
        {
            var (scope, demand) = (call.Scope, request.Demand);
            var shared = scope.Purpose == ReadPurpose.Log && demand.AtLeast is null;
            await using var session = shared ? databases.Local() : await databases.LocalAsync(call.Ct);
            // Asked before the snapshot: what the database has replayed by then is in it.
            var standing = FloorOf(scope, expected) != default || demand.AtLeast is not null ? await StandingAsync(session, call.Ct) : null;
            if (standing is not null)
            {
                var cut = await cutting;
                if (FloorOf(scope, cut) is var floor && floor != default && !await IsReachedAsync(scope, floor, standing))
                    return new(Verdict.Behind);
                if (demand.AtLeast is { } token && !token.IsReached(standing, cut?.End, site))
                    return new(Verdict.NotYet);
            }
            return await JudgeAsync(call, TargetOf(session, cutting, expected, holds, SyncState.Replicated, shared), isPlaced: standing is not null);
        }
        catch (OutageException e) when (e.Problem == Problems.LocalUnreachable)
        {
            return new(Verdict.Down, Cause: e);
        }
    }

    /// <summary>
    /// How far the database must be. A decision for the log only has to know what operators have decided; there the tracker's word is good
    /// enough.
    /// </summary>
    private WalPosition FloorOf(DecisionScope scope, OverlayCut? cut) =>
        cut is null || request.Served.IsStale || scope.IsBelowFloor ? default
        : scope.Purpose != ReadPurpose.Log ? cut.ReadFloor
        : replica.Latest.Reached(cut.ResolvedFloor) ? default : cut.ResolvedFloor;

    /// <summary>Takes the site's database although it is behind, if this request may.</summary>
    private bool GoBelowFloor(DecisionScope scope)
    {
        request.Served.IsStale |= request.Demand.MayBeStale && scope.Purpose != ReadPurpose.Log;
        return scope.IsBelowFloor = request.Served.IsStale || scope.Purpose == ReadPurpose.Log;
    }

    /// <summary>Where the site's database does not do.</summary>
    private async Task<Outcome<T>> InsteadOfLocalAsync<T>(Call<T> call, OverlayCut? cut, HeldFold holds, Verdict local)
    {
        if (call.Scope.Purpose != ReadPurpose.Log || local != Verdict.Behind)
            return await OnMainAsync(call, cut, holds);
        try
        {
            return await OnMainAsync(call, cut, holds, AcceptPatience);
        }
        catch (OperationCanceledException) when (!call.Ct.IsCancellationRequested)
        {
            return new(Verdict.Down);
        }
    }

    /// <param name="patience">How long the main database may take; as long as its pool says when null.</param>
    private async Task<Outcome<T>> OnMainAsync<T>(Call<T> call, OverlayCut? cut, HeldFold holds, TimeSpan? patience = null)
    {
        // At the main site the local pool is the main database, and names it as the callers know it.
        var (atMain, purpose) = (site.Type == SiteType.Main, call.Scope.Purpose);
        Outcome<T> outcome;
        try
        {
            await using var session = atMain ? await databases.LocalAsync(call.Ct) : await OpenMainAsync(patience, call.Ct);
            if (request.Demand.AtLeast is { } token && !token.IsReached(await StandingAsync(session, call.Ct), cut?.End, site))
                return new(Verdict.NotYet);
            // A decision for main is compared when it is executed, so it needs no snapshot, nor the round trip that ends one.
            if (!atMain && purpose != ReadPurpose.Main)
                await session.BeginSnapshotAsync(call.Ct);
            outcome = await JudgeAsync(call, TargetOf(session, Task.FromResult(cut), cut, holds, SyncState.Applied, false), isPlaced: true);
        }
        catch (OutageException e) when (e.Problem == Problems.MainUnreachable && purpose != ReadPurpose.Main)
        {
            return new(Verdict.Down, Cause: e);
        }
        if (outcome.Verdict == Verdict.Fit && !atMain && purpose == ReadPurpose.Answer && !request.Served.IsStale)
            await RaiseAsync(call.Scope, outcome.Snapshot!);
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

    /// <param name="isPlaced">Whether the database is known to be as far as the log demands.</param>
    private async Task<Outcome<T>> JudgeAsync<T>(Call<T> call, ReadTarget target, bool isPlaced)
    {
        var (snapshot, result) = await call.Read(target);
        if (await target.CutAsync() is { } cut)
        {
            if (cut.Epoch != target.Lineage.Epoch || !isPlaced && FloorOf(call.Scope, cut) != default)
                return new(Verdict.AskedTooEarly, snapshot);
            if (snapshot.Holds != target.Holds.Name)
                return new(Verdict.HoldsChanged, snapshot) { Holds = await held.LoadAsync(target.Session, target.Parameters, call.Ct) };
            if (!cut.Fits(snapshot))
                return new(Verdict.Foreign, snapshot);
            if (snapshot.Position < cut.State.Floor)
                return new(request.Served.IsStale || await overlay.HoldsAsync(snapshot) ? Verdict.BelowOverlay : Verdict.Foreign, snapshot);
        }
        call.Scope.Saw(snapshot);
        return new(Verdict.Fit, snapshot, result);
    }

    /// <summary>What goes out now must not be taken back by a later read here, in whichever process.</summary>
    private async Task RaiseAsync(DecisionScope scope, DatabaseSnapshot shown)
    {
        try
        {
            scope.Raised(await log.RaiseReadFloorAsync(WalPosition.Of(shown)));
        }
        catch (OutageException e) when (e.Problem == TransactionProblems.BufferUnavailable && request.Demand.MayBeStale)
        {
            request.Served.IsStale = true;
        }
    }

    private async Task<bool> IsReachedAsync(DecisionScope scope, WalPosition floor, Standing standing)
    {
        if (!standing.HasLeft(floor))
            return standing.Reaches(floor);
        // There was a failover. The old timeline's LSNs mean nothing any more: the floor is where the new one begins.
        LogFloorCleared(floor, standing.Timeline);
        scope.Raised(await log.RaiseReadFloorAsync(new(standing.InRecovery ? standing.ReplayedTimeline : standing.Timeline, 0)));
        return true;
    }

    private Task<Standing> StandingAsync(DbSession session, CancellationToken ct)
    {
        var token = request.Demand.AtLeast;
        return session.FindAsync<Standing>(Standing.Sql, new { site = token?.Site ?? site.Name, epoch = token?.Epoch ?? Guid.Empty }, ct)!;
    }

    private ReadTarget TargetOf(DbSession session, Task<OverlayCut?> cutting, OverlayCut? expected, HeldFold holds, SyncState state, bool shared)
    {
        var lineage = expected?.Lineage ?? Lineage.None;
        return new(session, cutting, holds, lineage, lineage.Parameters(site), state, shared) { Expected = expected };
    }

    private static OutageException Refusal<T>(Outcome<T> outcome) => outcome.Verdict switch
    {
        Verdict.Foreign => new(TransactionProblems.NotThisStream, "The log is not the one that the databases know.") { RetryAfter = TimeSpan.FromSeconds(5) },
        Verdict.Down => outcome.Cause!,
        _ => NotYetConsistent("The site's database is not as far as this read needs, and the main database cannot be reached."),
    };

    private static OutageException NotYetConsistent(string why) => new(TransactionProblems.NotYetConsistent, why) { RetryAfter = TimeSpan.FromSeconds(1) };

    /// <summary>One read: for which attempt, and what it asks.</summary>
    private sealed record Call<T>(DecisionScope Scope, Func<ReadTarget, Task<(DatabaseSnapshot, T)>> Read, CancellationToken Ct);

    /// <param name="Snapshot">Where something was read.</param>
    /// <param name="Cause">Why it is down.</param>
    private sealed record Outcome<T>(Verdict Verdict, DatabaseSnapshot? Snapshot = null, T? Result = default, OutageException? Cause = null)
    {
        /// <summary>What the database names.</summary>
        public HeldFold? Holds { get; init; }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The read floor {Floor} is cleared: the site's database is on timeline {Timeline}")]
    private partial void LogFloorCleared(WalPosition floor, int timeline);
}
