using System.Globalization;
using OpsDb.Database;
using OpsDb.Kernel;
using OpsDb.Redis;

namespace OpsDb.Transactions;

/// <summary>What an operator needs to know of a site at 3 a.m.</summary>
/// <param name="Problems">What is wrong, in sentences; empty when nothing is.</param>
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

    public async Task<SiteStatus> ReadAsync(CancellationToken ct)
    {
        var problems = new List<string>();
        var (database, current, refusal) = await DatabaseAsync(databases.LocalAsync, ct);
        var usesMain = !database && site.Type == SiteType.Secondary && await DatabaseAsync(databases.MainAsync, ct) is { Current: true };
        var (failed, parked) = current || usesMain ? await HeldAsync(ct) : default;
        if (usesMain)
            problems.Add("The site's database does not answer; reads and writes use the main database until it does.");
        else if (!database)
            problems.Add("The site's database does not answer; reads and writes are refused until it does.");
        else if (refusal is not null)
            problems.Add($"The site's database refuses this process ({refusal}); requests fail until it does not.");
        else if (!current)
            problems.Add($"The site's database does not have the schema of this release ({schema.Newest}); run migrate on the main site and let it be replicated.");
        var (redisAnswers, unreadable, capture) = site.Type == SiteType.Secondary ? await LogAsync() : (true, null, null);
        if (unreadable is not null)
            problems.Add(unreadable);
        IReadOnlyList<string>? weaknesses = site.Type == SiteType.Main ? [] : redisAnswers ? await durability.WeaknessesAsync() : null;
        problems.AddRange((weaknesses ?? []).Select(w => $"The buffer could lose what it acknowledges: {w}"));
        problems.AddRange(trimmer.SilentStandbys.Select(s => $"The standby {s} does not tell its watermark; nothing leaves the log until it does."));
        // Of the processes of a site one applies; the others pass on what it says.
        var applying = processor.Status == "standby" && capture?.Processor is { } other ? other : new(processor.Status, processor.Reason);
        if (applying.Status is "retrying")
            problems.Add($"Pending writes wait and are tried again: {applying.Reason}");
        if (applying.Status is "stopped")
            problems.Add($"The processor has stopped and pending writes wait: {applying.Reason}");
        if (failed > 0)
            problems.Add($"The main database has refused {failed} transactions, and {parked} wait behind them; resolve them (transactions list).");
        var replication = tracker.Latest;
        if (replication.Lag > options.LsnTimeout)
            problems.Add(FormattableString.Invariant($"The site's database has been behind for {replication.Lag.TotalSeconds:0} s ({replication.LagBytes} bytes)."));
        var replicated = replication.PositionIn(capture?.Epoch ?? Guid.Empty);
        if (capture?.State.NewerAfter(replicated) is { } newer)
            problems.Add($"The log holds an entry of a newer release, at position {newer}; this process does not apply it and refuses what it concerns. Upgrade this process.");
        var losses = (current || usesMain) && capture is not null ? await LossesAsync(capture.Lineage, ct) : [];
        problems.AddRange(losses);
        var done = Math.Max(capture?.AppliedHint ?? 0, replicated);
        var oldest = capture?.State.After(done).FirstOrDefault();
        var pending = Math.Max(0, (capture?.Position ?? 0) - done);
        var pendingBytes = pending == 0 ? 0 : capture!.Size.Pending;
        var fill = Math.Max((double)pending / options.Capacity, (double)pendingBytes / options.CapacityBytes);
        if (fill >= WarningShare)
            problems.Add(FormattableString.Invariant($"The buffer is {Math.Min(1, fill):0 %} full with {pending} pending writes ({pendingBytes} bytes); ")
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
        };
    }

    private async Task<(bool Answers, bool Current, string? Refusal)> DatabaseAsync(Func<CancellationToken, Task<DbSession>> open, CancellationToken ct)
    {
        try
        {
            await using var session = await open(ct);
            const string sql = "select exists (select from opsdb_migrations.applied_migration where concat(version, '_', name) = @newest)";
            return (true, await session.FindAsync<bool>(sql, new { newest = schema.Newest }, ct), null);
        }
        catch (DomainException)
        {
            return (false, false, null);
        }
        catch (Npgsql.PostgresException e)
        {
            // Without that table nothing has been migrated yet, or by an earlier release.
            return (true, false, e.SqlState == SqlState.UndefinedTable ? null : $"SQLSTATE {e.SqlState}");
        }
    }

    private async Task<(long Failed, long Parked)> HeldAsync(CancellationToken ct)
    {
        try
        {
            return await databases.NearestAsync(session => session.FindAsync<(long, long)>(
                "select count(*) filter (where state = 'failed'), count(*) filter (where state = 'parked') from held_transaction where site = @site or @all", new { site = site.Name, all = site.Type == SiteType.Main }, ct), ct);
        }
        catch (DomainException)
        {
            return default;
        }
    }

    /// <summary>Which positions may be missing, of each epoch that came after a loss, until somebody acknowledges it.</summary>
    private async Task<IReadOnlyList<string>> LossesAsync(Lineage lineage, CancellationToken ct)
    {
        try
        {
            var known = (await databases.NearestAsync(session => session.QueryAsync<Loss>(
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
        catch (DomainException)
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

    private async Task<(bool RedisAnswers, string? Unreadable, Capture?)> LogAsync()
    {
        try
        {
            await redis.PingAsync();
            return (true, null, await overlay.RefreshAsync());
        }
        catch (RedisUnavailableException)
        {
            return (false, "The site's Redis does not answer; critical writes and reads are refused until it does.", overlay.Latest);
        }
        catch (Exception e) when (e is DomainException { Problem: var problem } && problem == Problems.LocalUnreachable || e is Npgsql.PostgresException)
        {
            // The overlay starts from the site's database; what is the matter with that one is said already.
            return (true, null, overlay.Latest);
        }
        catch (DomainException e)
        {
            return (true, $"The site's log cannot be read, and reads and critical writes are refused until it can: {e.Message}", overlay.Latest);
        }
    }
}
