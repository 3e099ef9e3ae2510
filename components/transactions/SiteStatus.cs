using OpsDb.Database;
using OpsDb.Kernel;
using OpsDb.Redis;

namespace OpsDb.Transactions;

/// <summary>What an operator needs to know of a site at 3 a.m.</summary>
/// <param name="Problems">What is wrong, in sentences; empty when nothing is.</param>
/// <param name="Pending">Accepted here and not yet known to be on the main database.</param>
/// <param name="OldestPending">The age of the oldest of those.</param>
/// <param name="Rate">Applied transactions per second over the last minute, by this process.</param>
/// <param name="MeanMilliseconds">Mean time on the main database per transaction.</param>
public sealed record SiteStatus(
    IReadOnlyList<string> Problems, bool DatabaseConnected, bool SchemaKnown, bool RedisConnected, bool BufferDurable, long Pending, TimeSpan OldestPending, string Processor, string? ProcessorReason,
    DateTimeOffset? ProcessorLastRun, long Applied, long Retries, double Rate, double MeanMilliseconds, Guid? Epoch, ulong LagBytes, TimeSpan Lag, int Timeline)
{
    /// <summary>Transactions that the main database refuses for good: the one at which the processor stands, if it has stopped.</summary>
    public long Failed => Processor == "stopped" ? 1 : 0;

    /// <summary>Whether the site's database is down and the main one stands in for it.</summary>
    public bool UsesMain { get; init; }

    /// <summary>Whether the site can take and show critical writes.</summary>
    public bool Ready => (DatabaseConnected && SchemaKnown || UsesMain) && RedisConnected;
}

/// <summary>The newest migration that this release knows; a database without it is too old for it.</summary>
public sealed record SchemaVersion(string Newest);

public interface ISiteStatus
{
    Task<SiteStatus> ReadAsync(CancellationToken ct);
}

internal sealed class LiveSiteStatus(Overlay overlay, RedisStore redis, Databases databases, LsnTracker tracker, Durability durability, ProcessorState processor, Site site, BufferOptions options, SchemaVersion schema, TimeProvider time) : ISiteStatus
{
    public async Task<SiteStatus> ReadAsync(CancellationToken ct)
    {
        var problems = new List<string>();
        var (database, current) = await DatabaseAsync(databases.LocalAsync, ct);
        var usesMain = !database && site.Type == SiteType.Secondary && await DatabaseAsync(databases.MainAsync, ct) == (true, true);
        if (usesMain)
            problems.Add("The site's database does not answer; reads and writes use the main database until it does.");
        else if (!database)
            problems.Add("The site's database does not answer; reads and writes are refused until it does.");
        else if (!current)
            problems.Add($"The site's database does not have the schema of this release ({schema.Newest}); run migrate on the main site and let it be replicated.");
        var (redisAnswers, capture) = site.Type == SiteType.Secondary ? await LogAsync() : (true, null);
        if (!redisAnswers)
            problems.Add("The site's Redis does not answer; critical writes and reads are refused until it does.");
        problems.AddRange(durability.Weaknesses.Select(w => $"The buffer could lose what it acknowledges: {w}"));
        // Of the processes of a site one applies; the others pass on what it says.
        var applying = processor.Status == "standby" && capture?.Processor is { } other ? other : new(processor.Status, processor.Reason);
        if (applying.Status is "retrying")
            problems.Add($"Pending writes wait and are tried again: {applying.Reason}");
        if (applying.Status is "stopped")
            problems.Add($"The processor has stopped and pending writes wait: {applying.Reason}");
        var replication = tracker.Latest;
        if (replication.Lag > options.LsnTimeout)
            problems.Add(FormattableString.Invariant($"The site's database has been behind for {replication.Lag.TotalSeconds:0} s ({replication.LagBytes} bytes)."));
        var done = Math.Max(capture?.AppliedHint ?? 0, replication.Position);
        var oldest = capture?.State.FirstAfter(done);
        return new(problems, database, current, redisAnswers, durability.Weaknesses.Count == 0, Math.Max(0, (capture?.Position ?? 0) - done), oldest is null ? TimeSpan.Zero : time.GetUtcNow() - oldest.OccurredAt,
            site.Type == SiteType.Main ? "not_needed" : applying.Status, applying.Reason, processor.LastRun, processor.AppliedTotal, processor.RetriesTotal,
            processor.Rate(time.GetUtcNow()), processor.MeanMilliseconds, capture?.Epoch, replication.LagBytes, replication.Lag, replication.Timeline)
        {
            UsesMain = usesMain,
        };
    }

    private async Task<(bool Answers, bool Current)> DatabaseAsync(Func<CancellationToken, Task<DbSession>> open, CancellationToken ct)
    {
        try
        {
            await using var session = await open(ct);
            return (true, await session.FindAsync<bool>("select exists (select from schema_migration where \"MigrationId\" = @newest)", new { newest = schema.Newest }, ct));
        }
        catch (DomainException)
        {
            return (false, false);
        }
        catch (Npgsql.PostgresException)
        {
            // There is no such table, or no such database: nothing has been migrated yet.
            return (true, false);
        }
    }

    private async Task<(bool, Capture?)> LogAsync()
    {
        try
        {
            await redis.PingAsync();
            return (true, await overlay.RefreshAsync());
        }
        catch (RedisUnavailableException)
        {
            return (false, overlay.Latest);
        }
        catch (DomainException e)
        {
            // The overlay starts from the site's database; without that one Redis itself is still there.
            return (e.Problem == Problems.LocalUnreachable, overlay.Latest);
        }
    }
}
