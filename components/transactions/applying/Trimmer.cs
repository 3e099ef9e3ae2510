using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using OpsDb.Database;
using OpsDb.Kernel;

namespace OpsDb.Transactions;

/// <summary>
/// Removes from the log what the site's replica and every standby that may be promoted have, and the main database has had
/// for the time of retention, by the main database's clock. A log that needs too many bytes shortens the time, never passes
/// a watermark. Every process of a site does it; the script makes that harmless.
/// </summary>
internal sealed partial class Trimmer(
    TransactionLog log, Databases databases, Site site, BufferOptions options, TimeProvider time, ILogger<Trimmer> logger) : BackgroundService
{
    private const int PageSize = 1000;

    /// <summary>The share of the capacity in bytes above which applied entries leave before their time.</summary>
    private const double ShareHeld = 0.8;

    /// <summary>By id: an entry may have been applied under another epoch. The replica's newest commit tells the main database's time.</summary>
    private const string FindApplied =
        """
        select id, applied_at < coalesce(pg_last_xact_replay_timestamp(), clock_timestamp()) - @retention as old
        from applied_transaction where id = any(@ids)
        """;

    /// <summary>By user, the newest time in a key that tells it; all that has been applied under any epoch.</summary>
    internal const string NewestKeys =
        """
        select actor, max(('x' || left(idempotency_key, 8) || substr(idempotency_key, 10, 4))::bit(48)::bigint)
        from applied_transaction where site = @site and epoch is not null and idempotency_key ~ @form group by actor
        """;

    /// <summary>How long the main database may look through all it has applied for a site, and when it is asked again where that failed.</summary>
    private static readonly TimeSpan MarkPatience = TimeSpan.FromMinutes(5), MarkPause = TimeSpan.FromMinutes(1);

    private volatile IReadOnlyList<string> silent = [];
    private long? marking;

    /// <summary>Promotable standbys whose watermark could not be read; until then everything stays.</summary>
    public IReadOnlyList<string> SilentStandbys => silent;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (site.Type == SiteType.Main)
            return;
        using var timer = new PeriodicTimer(options.TrimInterval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                while (await TrimPageAsync(stoppingToken) > 0)
                {
                    // There may be more.
                }
                // Behind the trimming, which does not need the main database.
                await MarkKeysAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                LogLater(e.GetBaseException().Message);
            }
        }
    }

    /// <summary>
    /// Where it is not known which keys have left the log, because an older release has trimmed it or it began anew, the main
    /// database tells: it has each of them. Once it knows the log's epoch nothing of an earlier one is applied any more.
    /// </summary>
    private async Task MarkKeysAsync(CancellationToken ct)
    {
        var head = await log.HeadAsync();
        if (head.KeysMarked || head.Epoch == Guid.Empty || marking is { } begun && time.GetElapsedTime(begun) < MarkPause)
            return;
        await using var main = await databases.MainAsync(ct);
        marking = time.GetTimestamp();
        main.Patience = MarkPatience;
        const string isMet = "select exists (select from site_watermark where site = @site and epoch = @epoch)";
        if (!await main.FindAsync<bool>(isMet, new { site = site.Name, epoch = head.Epoch }, ct))
        {
            marking = null;
            return;
        }
        var newest = await main.QueryAsync<(string, long)>(NewestKeys, new { site = site.Name, form = TimedKey.Pattern }, ct);
        await log.MarkKeysAsync(head, newest);
        LogMarked(newest.Count);
    }

    private async Task<int> TrimPageAsync(CancellationToken ct)
    {
        var head = await log.HeadAsync();
        await using var local = await databases.LocalAsync(ct);
        var watermarks = await ReadWatermarksAsync(local, head.Lineage, ct);
        var proven = watermarks.Min(w => w.Position);
        var trimmed = head.Trimmed;
        if (silent.Count > 0 || proven <= trimmed)
            return 0;
        var page = (await log.AfterAsync(new(head.Epoch, trimmed), PageSize)).TakeWhile(t => t.Position!.Value.Position <= proven).ToList();
        var parameters = new { ids = page.Select(t => t.Id).ToArray(), retention = options.Retention };
        var applied = (await local.QueryAsync<Kept>(FindApplied, parameters, ct)).ToDictionary(k => k.Id, k => k.Old);
        var excess = head.Size.Trimmed + head.Size.Held - (long)(ShareHeld * options.CapacityBytes);
        var before = head.Size.Trimmed;
        var entries = page.TakeWhile(MayLeave).ToList();
        if (entries.Count == 0 || await log.TrimAsync(head.Epoch, watermarks, entries) == 0)
            return 0;
        LogTrimmed(entries.Count, entries[^1].Position!.Value.Position);
        return entries.Count;

        bool MayLeave(Transaction entry)
        {
            var needed = before < excess;
            before = entry.LogBytes;
            return applied.TryGetValue(entry.Id, out var old) && (old || needed);
        }
    }

    /// <summary>Of the site's database and of the standbys that tell it.</summary>
    private async Task<IReadOnlyList<DatabaseSnapshot>> ReadWatermarksAsync(DbSession local, Lineage lineage, CancellationToken ct)
    {
        var watermarks = new List<DatabaseSnapshot> { await ReadAsync(local) };
        var unread = new List<string>();
        foreach (var name in databases.Standbys)
        {
            try
            {
                await using var standby = await databases.StandbyAsync(name, ct);
                watermarks.Add(await ReadAsync(standby));
            }
            catch (Exception e) when (e is OutageException or NpgsqlException)
            {
                unread.Add(name);
                LogSilent(name, e.GetBaseException().Message);
            }
        }
        silent = unread;
        return watermarks;

        async Task<DatabaseSnapshot> ReadAsync(DbSession session) =>
            (await session.FindAsync<DatabaseSnapshot>(DatabaseSnapshot.Sql, lineage.Parameters(site), ct))!;
    }

    private sealed record Kept
    {
        public Guid Id { get; init; }
        public bool Old { get; init; }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Removed {Count} entries from the log, up to position {Position}")]
    private partial void LogTrimmed(int count, long position);

    [LoggerMessage(Level = LogLevel.Information, Message = "The newest keys of {Count} users that have left the log are noted")]
    private partial void LogMarked(int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Removing old entries from the log waits: {Reason}")]
    private partial void LogLater(string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The standby {Standby} does not tell its watermark: {Reason}")]
    private partial void LogSilent(string standby, string reason);
}
