using System.Globalization;
using OpsDb.Database;
using OpsDb.Kernel;
using OpsDb.Redis;

namespace OpsDb.Transactions;

/// <summary>What an operator needs to know of a site at 3 a.m.</summary>
/// <param name="Problems">What is wrong, in sentences for everybody; empty when nothing is.</param>
/// <param name="Pending">Accepted here and not yet known to be on the main database.</param>
/// <param name="PendingBytes">Their size in the log.</param>
/// <param name="Fill">The share of the buffer's capacity that they fill, in entries or in bytes, whichever is more.</param>
/// <param name="OldestPending">The age of the oldest of those.</param>
/// <param name="Rate">Applied transactions per second over the last minute, by this process.</param>
/// <param name="MeanMilliseconds">Mean time on the main database per transaction.</param>
public sealed record SiteStatus(
    IReadOnlyList<string> Problems, bool DatabaseConnected, bool SchemaKnown, bool RedisConnected, bool BufferDurable, long Pending, long PendingBytes, double Fill, TimeSpan OldestPending, string Processor, string? ProcessorReason,
    DateTimeOffset? ProcessorLastRun, long Applied, long Retries, double Rate, double MeanMilliseconds, Guid? Epoch, ulong LagBytes, TimeSpan Lag, int Timeline)
{
    /// <summary>The same with what only operators are told: what the databases said, names of hosts and settings.</summary>
    public IReadOnlyList<string> Details { get; init; } = [];

    /// <summary>Transactions of the site that the main database refused and that wait for a person, as far as its own database knows; at the main site those of all sites.</summary>
    public long Failed { get; init; }

    /// <summary>Those that wait behind them.</summary>
    public long Parked { get; init; }

    /// <summary>Times that the log has lost entries and nobody has acknowledged it yet.</summary>
    public int Losses { get; init; }

    /// <summary>Whether the site's database is down and the main one stands in for it.</summary>
    public bool UsesMain { get; init; }

    /// <summary>Whether what is pending can be told: Redis answers, and what the log holds is whole and fits the databases.</summary>
    public bool LogReadable { get; init; }

    /// <summary>Whether the site can take and show critical writes.</summary>
    public bool Ready => (DatabaseConnected && SchemaKnown || UsesMain) && LogReadable;
}

/// <summary>The newest migration that this release knows; a database without it is too old for it.</summary>
public sealed record SchemaVersion(string Newest);

public interface ISiteStatus
{
    Task<SiteStatus> ReadAsync(CancellationToken ct);
}

internal sealed class LiveSiteStatus(Overlay overlay, RedisStore redis, Databases databases, LsnTracker tracker, Durability durability, Trimmer trimmer, ProcessorState processor, Site site, BufferOptions options, SchemaVersion schema, TimeProvider time) : ISiteStatus
{
    /// <summary>From this share of the capacity on health is degraded.</summary>
    private const double WarningShare = 0.8;

    /// <summary>A database that takes longer for one row does not answer.</summary>
    private static readonly TimeSpan MaxProbe = TimeSpan.FromSeconds(3);

    public async Task<SiteStatus> ReadAsync(CancellationToken ct)
    {
        var problems = new List<string>();
        var details = new List<string>();
        var (database, current, refusal) = await DatabaseAsync(databases.LocalAsync, ct);
        var usesMain = !database && site.Type == SiteType.Secondary && await DatabaseAsync(databases.MainAsync, ct) is { Current: true };
        var until = usesMain ? "reads and writes use the main database until it does" : "reads and writes are refused until it does";
        if (refusal is not null)
            Say($"The site's database refuses this process; {until} not.", refusal);
        else if (!database)
            Say($"The site's database does not answer; {until}.");
        else if (!current)
            Say("The site's database does not have the schema of this release; run migrate on the main site and let it be replicated.",
                $"The release needs {schema.Newest}.");
        var (redisAnswers, unreadable, reason, capture) = site.Type == SiteType.Secondary ? await LogAsync() : (true, null, null, null);
        var isBehind = database && current && await IsBehindAsync(capture?.ReadFloor ?? default, ct);
        var fromMain = isBehind && await DatabaseAsync(databases.MainAsync, ct) is { Current: true };
        if (isBehind && !fromMain)
            Say("The site's database does not have yet what this site has shown or written, and the main one cannot be reached; reads are refused until one of them can be used.");
        var (failed, parked) = current || usesMain ? await HeldAsync(fromMain, ct) : default;
        if (unreadable is not null)
            Say(unreadable, reason);
        IReadOnlyList<string>? weaknesses = site.Type == SiteType.Main ? [] : redisAnswers ? await durability.WeaknessesAsync() : null;
        if (weaknesses is { Count: > 0 })
            Say("The buffer could lose what it acknowledges: the settings of its Redis are too weak.", string.Join(" ", weaknesses));
        foreach (var standby in trimmer.SilentStandbys)
            Say("A standby that may become the primary does not tell its watermark; nothing leaves the log until it does.", $"It is {standby}.");
        // Of the processes of a site one applies; the others pass on what it says.
        var applying = processor.Status == "standby" && capture?.Processor is { } other ? other : new(processor.Status, processor.Reason);
        if (applying.Status is "retrying")
            Say("Pending writes wait and are tried again.", applying.Reason);
        if (applying.Status is "stopped")
            Say("The processor has stopped and pending writes wait until an operator has removed the cause.", applying.Reason);
        if (processor.SilentFor(time.GetUtcNow()) is { } silent)
            Say(FormattableString.Invariant($"The processor of this process has made no turn for {silent.TotalSeconds:0} s; restart this process."));
        if (failed > 0)
            Say($"The main database has refused {failed} transactions, and {parked} wait behind them; resolve them (transactions list).");
        var replication = tracker.Latest;
        if (replication.Lag > options.LsnTimeout)
            Say(FormattableString.Invariant($"The site's database has been behind for {replication.Lag.TotalSeconds:0} s ({replication.LagBytes} bytes)."));
        var replicated = replication.PositionIn(capture?.Epoch ?? Guid.Empty);
        if (capture?.State.NewerAfter(replicated) is { } newer)
            Say($"The log holds an entry of a newer release, at position {newer}; this process does not apply it and refuses what it concerns. "
                + "Upgrade this process.");
        var losses = (current || usesMain) && capture is not null ? await LossesAsync(capture.Lineage, fromMain, ct) : [];
        foreach (var loss in losses)
            Say(loss);
        var done = Math.Max(capture?.AppliedHint ?? 0, replicated);
        var oldest = capture?.State.After(done).FirstOrDefault();
        var pending = Math.Max(0, (capture?.Position ?? 0) - done);
        var pendingBytes = pending == 0 ? 0 : capture!.Size.Pending;
        var fill = Math.Max((double)pending / options.Capacity, (double)pendingBytes / options.CapacityBytes);
        if (fill >= WarningShare)
            Say(FormattableString.Invariant($"The buffer is {Math.Min(1, fill):0 %} full with {pending} pending writes ({pendingBytes} bytes); ")
                + (fill >= 1 ? "critical writes are refused." : fill >= TransactionLog.ShareForAll ? "only writes that cannot wait are taken." : "at 100 % critical writes are refused."));
        return new(problems, database, current, redisAnswers, weaknesses is { Count: 0 }, pending, pendingBytes, fill, oldest is null ? TimeSpan.Zero : time.GetUtcNow() - oldest.OccurredAt,
            site.Type == SiteType.Main ? "not_needed" : applying.Status, applying.Reason, processor.LastRun, processor.AppliedTotal, processor.RetriesTotal,
            processor.Rate(time.GetUtcNow()), processor.MeanMilliseconds, capture?.Epoch, replication.LagBytes, replication.Lag, replication.Timeline)
        {
            Failed = failed,
            Parked = parked,
            Losses = losses.Count,
            UsesMain = usesMain,
            LogReadable = unreadable is null,
            Details = details,
        };

        void Say(string problem, string? detail = null)
        {
            problems.Add(problem);
            details.Add(detail is null ? problem : $"{problem} {detail}");
        }
    }

    private async Task<(bool Answers, bool Current, string? Refusal)> DatabaseAsync(Func<CancellationToken, Task<DbSession>> open, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(MaxProbe);
        try
        {
            await using var session = await open(limit.Token);
            const string sql = "select exists (select from opsdb_migrations.applied_migration where concat(version, '_', name) = @newest)";
            return (true, await session.FindAsync<bool>(sql, new { newest = schema.Newest }, limit.Token), null);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return (false, false, null);
        }
        catch (OutageException e) when (SqlState.IsSchemaOlder(e.GetBaseException()))
        {
            // Without that table nothing has been migrated yet, or by an earlier release.
            return (true, false, null);
        }
        catch (OutageException e)
        {
            return (false, false, e.GetBaseException() is Npgsql.PostgresException refusal && SqlState.IsRefusal(refusal) ? Told(refusal) : null);
        }
        catch (Npgsql.PostgresException e)
        {
            return (true, false, Told(e));
        }

        static string Told(Npgsql.PostgresException e) => $"SQLSTATE {e.SqlState}: {e.MessageText}";
    }

    /// <summary>Whether reads do not use the site's database, because it lacks what this site has shown before.</summary>
    private async Task<bool> IsBehindAsync(WalPosition floor, CancellationToken ct)
    {
        if (floor == default)
            return false;
        try
        {
            await using var local = await databases.LocalAsync(ct);
            var standing = (await local.FindAsync<Standing>(Standing.Sql, new { site = site.Name, epoch = Guid.Empty }, ct))!;
            return !standing.HasLeft(floor) && !standing.Reaches(floor);
        }
        catch (OutageException)
        {
            return false;
        }
    }

    /// <summary>Asks the database that reads of this site use.</summary>
    private async Task<T> AskAsync<T>(bool fromMain, Func<DbSession, Task<T>> ask, CancellationToken ct)
    {
        if (!fromMain)
            return await databases.NearestAsync(ask, ct);
        await using var main = await databases.MainAsync(ct);
        return await ask(main);
    }

    private async Task<(long Failed, long Parked)> HeldAsync(bool fromMain, CancellationToken ct)
    {
        try
        {
            return await AskAsync(fromMain, session => session.FindAsync<(long, long)>(
                "select count(*) filter (where state = 'failed'), count(*) filter (where state = 'parked') from held_transaction where site = @site or @all", new { site = site.Name, all = site.Type == SiteType.Main }, ct), ct);
        }
        catch (OutageException)
        {
            return default;
        }
    }

    /// <summary>Which positions may be missing, of each epoch that came after a loss, until somebody acknowledges it.</summary>
    private async Task<IReadOnlyList<string>> LossesAsync(Lineage lineage, bool fromMain, CancellationToken ct)
    {
        try
        {
            var known = (await AskAsync(fromMain, session => session.QueryAsync<Loss>(
                """
                select epoch, previous_epoch, fork_position, applied_position, missing_position, seen_position, reason, begun_at, acknowledged_at is not null as acknowledged
                from site_watermark where site = @site and previous_epoch is not null order by begun_at
                """,
                new { site = site.Name }, ct), ct)).ToList();
            // What the database does not know yet, it has not acknowledged.
            known.AddRange(lineage.Changes.Where(c => known.TrueForAll(k => k.Epoch != c.Epoch)).Select(c => new Loss
            {
                Epoch = c.Epoch,
                PreviousEpoch = c.Previous,
                ForkPosition = c.Fork,
                AppliedPosition = c.Applied,
                MissingPosition = c.Missing,
                SeenPosition = c.Seen,
                Reason = c.Reason,
                BegunAt = c.At,
            }));
            return [.. known.Where(k => !k.Acknowledged).Select(k => k.ToString())];
        }
        catch (OutageException)
        {
            return [];
        }
    }

    private sealed record Loss
    {
        public Guid Epoch { get; init; }
        public Guid PreviousEpoch { get; init; }
        public long ForkPosition { get; init; }
        public long? AppliedPosition { get; init; }
        public long? MissingPosition { get; init; }
        public long? SeenPosition { get; init; }
        public string? Reason { get; init; }
        public DateTimeOffset BegunAt { get; init; }
        public bool Acknowledged { get; init; }

        public override string ToString()
        {
            var first = MissingPosition ?? Math.Max(ForkPosition, AppliedPosition ?? 0) + 1;
            // Another process may have stored more than the one knew of that noticed.
            var missing = SeenPosition is null || SeenPosition < first ? string.Create(CultureInfo.InvariantCulture, $"positions from {first} on may be missing")
                : string.Create(CultureInfo.InvariantCulture, $"positions {first} to {SeenPosition} are missing{(first <= ForkPosition ? ", or some of them: they have been used again;" : ",")} and later ones may be");
            return $"The log began anew at {Instant.Format(BegunAt)}: {Reason} Of its epoch {PreviousEpoch} {missing}. Look for those writes, then acknowledge the loss (transactions acknowledge-loss).";
        }
    }

    private async Task<(bool RedisAnswers, string? Unreadable, string? Reason, Capture?)> LogAsync()
    {
        try
        {
            await redis.PingAsync();
            return (true, null, null, await overlay.RefreshAsync());
        }
        catch (RedisUnavailableException e)
        {
            return (false, "The site's Redis does not answer; critical writes and reads are refused until it does.", e.Message, overlay.Latest);
        }
        catch (Exception e) when (e is OutageException { Problem: var problem } && problem == Problems.LocalUnreachable || e is Npgsql.PostgresException)
        {
            // The overlay starts from the site's database; what is the matter with that one is said already.
            return (true, null, null, overlay.Latest);
        }
        catch (OutageException e)
        {
            return (true, "The site's log cannot be read, and reads and critical writes are refused until it can.", e.Message, overlay.Latest);
        }
    }
}
