using OpsDb.Kernel;
using OpsDb.Redis;

namespace OpsDb.Transactions;

internal sealed class BufferReporter(
    Overlay overlay, RedisStore redis, DatabaseProbe databases, LsnTracker tracker, Durability durability, Trimmer trimmer, ProcessorState processor, Site site,
    BufferOptions options, SchemaVersion schema, TimeProvider time) : ISiteReporter
{
    /// <summary>From this share of the capacity on health is degraded.</summary>
    private const double WarningShare = 0.8;

    public async Task<SiteReport> ReportAsync(CancellationToken ct)
    {
        var findings = new List<Finding>();
        var local = await databases.LocalAsync(ct);
        var usesMain = !local.Answers && site.Type == SiteType.Secondary && await databases.MainAsync(ct) is { Current: true };
        findings.AddRange(Of(local, usesMain));
        var log = site.Type == SiteType.Secondary ? await LogAsync() : new(true, null, null);
        var isBehind = local is { Answers: true, Current: true } && await databases.IsBehindAsync(log.Cut?.ReadFloor ?? default, ct);
        var fromMain = isBehind && await databases.MainAsync(ct) is { Current: true };
        if (isBehind && !fromMain)
        {
            findings.Add(new("The site's database does not have yet what this site has shown or written, and the main one cannot be reached; "
                + "reads are refused until one of them can be used."));
        }
        if (log.Unreadable is { } unreadable)
            findings.Add(unreadable);
        var canAsk = local.Current || usesMain;
        var (failed, parked) = canAsk ? await HeldAsync(fromMain, ct) : default;
        IReadOnlyList<string>? weaknesses = site.Type == SiteType.Main ? [] : log.RedisAnswers ? await durability.WeaknessesAsync() : null;
        findings.AddRange(OfBuffer(weaknesses));
        var (processing, said) = Processing(log.Cut);
        findings.AddRange(said);
        if (failed > 0)
            findings.Add(new($"The main database has refused {failed} transactions, and {parked} wait behind them; resolve them (transactions list)."));
        var replication = tracker.Latest;
        var replicated = replication.PositionIn(log.Cut?.Epoch ?? Guid.Empty);
        findings.AddRange(OfLog(log.Cut, replication, replicated));
        var losses = canAsk && log.Cut is { } cut ? await LossesAsync(cut.Lineage, fromMain, ct) : [];
        findings.AddRange(losses.Select(l => new Finding(l.ToString())));
        var fill = FillOf(log.Cut, replicated);
        if (fill.Fill >= WarningShare)
            findings.Add(Of(fill));
        return new BufferReport(site, findings)
        {
            DatabaseConnected = local.Answers,
            SchemaKnown = local.Current,
            RedisConnected = log.RedisAnswers,
            BufferDurable = weaknesses is { Count: 0 },
            UsesMain = usesMain,
            LogReadable = log.Unreadable is null,
            Buffer = fill,
            Failed = failed,
            Parked = parked,
            Losses = losses.Count,
            Processor = processing,
            Applied = processor.AppliedTotal,
            Retries = processor.RetriesTotal,
            Rate = processor.Rate(time.GetUtcNow()),
            MeanMilliseconds = processor.MeanMilliseconds,
            LagBytes = replication.LagBytes,
            Lag = replication.Lag,
        };
    }

    private IEnumerable<Finding> Of(DatabaseAnswer local, bool usesMain)
    {
        var until = usesMain ? "reads and writes use the main database until it does" : "reads and writes are refused until it does";
        if (local.Refusal is { } refusal)
            yield return new($"The site's database refuses this process; {until} not.", refusal);
        else if (!local.Answers)
            yield return new($"The site's database does not answer; {until}.");
        else if (!local.Current)
        {
            yield return new("The site's database does not have the schema of this release; run migrate on the main site and let it be replicated.",
                $"The release needs {schema.Newest}.");
        }
    }

    private IEnumerable<Finding> OfBuffer(IReadOnlyList<string>? weaknesses)
    {
        if (weaknesses is { Count: > 0 })
            yield return new("The buffer could lose what it acknowledges: the settings of its Redis are too weak.", string.Join(" ", weaknesses));
        foreach (var standby in trimmer.SilentStandbys)
            yield return new("A standby that may become the primary does not tell its watermark; nothing leaves the log until it does.", $"It is {standby}.");
    }

    /// <summary>What the processor does. Of the processes of a site one applies; the others pass on what it says.</summary>
    private (string Status, IEnumerable<Finding> Findings) Processing(OverlayCut? cut)
    {
        var applying = processor.Status == "standby" && cut?.Processor is { } other ? other : new(processor.Status, processor.Reason);
        var findings = new List<Finding>();
        if (applying.Status is "retrying")
            findings.Add(new("Pending writes wait and are tried again.", applying.Reason));
        if (applying.Status is "stopped")
            findings.Add(new("The processor has stopped and pending writes wait until an operator has removed the cause.", applying.Reason));
        if (processor.SilentFor(time.GetUtcNow()) is { } silent)
        {
            findings.Add(new(FormattableString.Invariant(
                $"The processor of this process has made no turn for {silent.TotalSeconds:0} s; restart this process.")));
        }
        return (site.Type == SiteType.Main ? "not_needed" : applying.Status, findings);
    }

    private IEnumerable<Finding> OfLog(OverlayCut? cut, Replication replication, long replicated)
    {
        if (replication.Lag > options.LsnTimeout)
        {
            yield return new(FormattableString.Invariant(
                $"The site's database has been behind for {replication.Lag.TotalSeconds:0} s ({replication.LagBytes} bytes)."));
        }
        if (cut?.State.NewerAfter(replicated) is { } newer)
        {
            yield return new($"The log holds an entry of a newer release, at position {newer}; this process does not apply it and refuses what it concerns. "
                + "Upgrade this process.");
        }
    }

    private BufferFill FillOf(OverlayCut? cut, long replicated)
    {
        var done = Math.Max(cut?.AppliedHint ?? 0, replicated);
        var oldest = cut?.State.After(done).FirstOrDefault();
        var pending = Math.Max(0, (cut?.Position ?? 0) - done);
        var bytes = pending == 0 ? 0 : cut!.Size.Pending;
        return new(pending, bytes, Math.Max((double)pending / options.Capacity, (double)bytes / options.CapacityBytes),
            oldest is null ? TimeSpan.Zero : time.GetUtcNow() - oldest.OccurredAt);
    }

    private static Finding Of(BufferFill fill) => new(
        FormattableString.Invariant($"The buffer is {Math.Min(1, fill.Fill):0 %} full with {fill.Pending} pending writes ({fill.PendingBytes} bytes); ")
        + (fill.Fill >= 1 ? "critical writes are refused."
            : fill.Fill >= TransactionLog.ShareForAll ? "only writes that cannot wait are taken."
            : "at 100 % critical writes are refused."));

    private async Task<(long Failed, long Parked)> HeldAsync(bool fromMain, CancellationToken ct)
    {
        const string sql =
            "select count(*) filter (where state = 'failed'), count(*) filter (where state = 'parked') from held_transaction where site = @site or @all";
        try
        {
            return await databases.FromReadAsync(fromMain,
                session => session.FindAsync<(long, long)>(sql, new { site = site.Name, all = site.Type == SiteType.Main }, ct), ct);
        }
        catch (OutageException)
        {
            return default;
        }
    }

    private async Task<IReadOnlyList<EpochLoss>> LossesAsync(Lineage lineage, bool fromMain, CancellationToken ct)
    {
        try
        {
            return await databases.FromReadAsync(fromMain, session => EpochLoss.UnacknowledgedAsync(session, site, lineage, ct), ct);
        }
        catch (OutageException)
        {
            return [];
        }
    }

    private async Task<LogAnswer> LogAsync()
    {
        try
        {
            await redis.PingAsync();
            return new(true, null, await overlay.RefreshAsync());
        }
        catch (RedisUnavailableException e)
        {
            return new(false, new("The site's Redis does not answer; critical writes and reads are refused until it does.", e.Message), overlay.Latest);
        }
        catch (Exception e) when (e is OutageException { Problem: var problem } && problem == Problems.LocalUnreachable || e is Npgsql.PostgresException)
        {
            // The overlay starts from the site's database; what is the matter with that one is said already.
            return new(true, null, overlay.Latest);
        }
        catch (OutageException e)
        {
            return new(true, new("The site's log cannot be read, and reads and critical writes are refused until it can.", e.Message), overlay.Latest);
        }
    }

    private sealed record LogAnswer(bool RedisAnswers, Finding? Unreadable, OverlayCut? Cut);
}
