using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpsDb.Database;
using OpsDb.Kernel;

namespace OpsDb.Transactions;

/// <summary>
/// Removes from the log what the site's replica has and the main database has had for the time of retention, by the main
/// database's clock. Every process of a site does it; the script makes that harmless.
/// </summary>
internal sealed partial class Trimmer(TransactionLog log, Databases databases, Site site, BufferOptions options, TimeProvider time, ILogger<Trimmer> logger) : BackgroundService
{
    private const int PageSize = 1000;
    private static readonly TimeSpan LongestInterval = TimeSpan.FromMinutes(1);

    /// <summary>The newest of the next entries that is old enough; the replica's newest commit tells the main database's time.</summary>
    private const string OldEnough =
        """
        select coalesce(max(position), 0) from applied_transaction
        where site = @site and epoch = @epoch and position > @trimmed and position <= least(@watermark, @trimmed + @count)
          and applied_at < coalesce(pg_last_xact_replay_timestamp(), clock_timestamp()) - @retention;
        """;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (site.Type == SiteType.Main)
            return;
        using var timer = new PeriodicTimer(options.Retention < LongestInterval ? options.Retention : LongestInterval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                while (await TrimPageAsync(stoppingToken) > 0)
                {
                    // There may be more.
                }
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                LogLater(e.GetBaseException().Message);
            }
        }
    }

    private async Task<int> TrimPageAsync(CancellationToken ct)
    {
        var epoch = await log.EpochAsync();
        var trimmed = await log.TrimmedAsync();
        await using var local = await databases.LocalAsync(ct);
        await local.BeginSnapshotAsync(ct);
        var watermark = (await local.FindAsync<Snapshot>(Snapshot.Sql, new { site = site.Name, epoch }, ct))!;
        var upto = await local.FindAsync<long>(OldEnough, new { site = site.Name, epoch, trimmed, count = PageSize, watermark = watermark.Position, retention = options.Retention }, ct);
        if (upto <= trimmed)
            return 0;
        var entries = (await log.AfterAsync(new(epoch, trimmed), PageSize)).Where(t => t.Position!.Value.Position <= upto).ToList();
        if (entries.Count == 0 || await log.TrimAsync(epoch, watermark, entries) == 0)
            return 0;
        LogTrimmed(entries.Count, upto);
        return entries.Count;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Removed {Count} entries from the log, up to position {Position}")]
    private partial void LogTrimmed(int count, long position);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Removing old entries from the log waits: {Reason}")]
    private partial void LogLater(string reason);
}
