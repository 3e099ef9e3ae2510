using OpsDb.Kernel;
using OpsDb.Transactions;

namespace OpsDb.Bench;

/// <summary>
/// The longest outage that the buffer must bear: accepted, read through and drained over a round trip of 200 ms. The
/// transactions are stored by the log's own append script and by no requests, which would take most of the time; the API
/// follows the log meanwhile.
/// </summary>
internal static class Outage
{
    private const int UnderWay = 200;

    /// <summary>As many as there are processes at a site: each has one append under way.</summary>
    private const int Writers = 2;
    private static readonly TimeSpan FollowInterval = TimeSpan.FromSeconds(1);

    public static async Task<IReadOnlyList<Row>> MeasureAsync(BenchRun run, CancellationToken ct)
    {
        var (site, count) = (await run.SiteAsync(ct), run.Scale.Outage);
        var redisServer = site.Redis.Process!;
        var (apiBefore, redisBefore) = (site.Api.ResidentBytes, Memory.Resident(redisServer));
        var logBytes = 0L;
        var accepting = TimeSpan.Zero;

        var started = TimeProvider.System.GetTimestamp();
        var reads = await Reads.BesideAsync(site, count, run.Scale.OutageReads, run.Scale.OutageReads, "none",
            async () => (accepting, logBytes) = await AcceptAsync(site, count, ct), ct);
        var (api, redis) = (site.Api.ResidentBytes - apiBefore, Memory.Resident(redisServer) - redisBefore);
        var drained = await Drain.TimeAsync(site, ct);
        var whole = TimeProvider.System.GetElapsedTime(started);
        var copied = await Drain.AgainstCopyAsync(site, count, drained, ct);
        var added = await RawRedis.AddAsync(site, UnderWay, run.Scale.Appends, ct);
        return
        [
            new($"outage_{count}", whole.TotalSeconds, "s", count / added.PerSecond + count / copied.Floor, "value <= 600 s"),
            new($"accept_{count}", count / accepting.TotalSeconds, "tx/s", added.PerSecond, "none"),
            .. reads,
            copied,
            new($"api_memory_{count}", api / Memory.Mebibyte, "MiB", count * (double)OverlayMemory.Allowed / Memory.Mebibyte, "none"),
            new($"redis_memory_{count}", redis / Memory.Mebibyte, "MiB", logBytes / Memory.Mebibyte, "none"),
        ];
    }

    /// <summary>Stores transactions until the API shows them all.</summary>
    private static async Task<(TimeSpan Took, long Bytes)> AcceptAsync(BenchSite site, int count, CancellationToken ct)
    {
        await using var redis = SiteLog.Redis(site);
        var logs = Enumerable.Range(0, Writers).Select(_ => SiteLog.Of(redis, BenchSite.Name)).ToList();
        var head = await logs[0].HeadAsync();
        var seen = new OverlayCut(new OverlayState(head.Epoch, head.Last, new Dictionary<string, Table>()), head.Last, null, head.AppliedHint, null);
        var unit = await site.MainAsync<int>("select min(id) from obs_unit", ct);

        var started = TimeProvider.System.GetTimestamp();
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = UnderWay, CancellationToken = ct };
        var appending = Parallel.ForEachAsync(Enumerable.Range(1, count), parallel, async (number, _) => await AppendAsync(number));
        // It reads what it has not yet read of the log at each request.
        while (!appending.IsCompleted)
        {
            await Task.WhenAny(appending, Task.Delay(FollowInterval, ct));
            await site.PendingAsync(ct);
        }
        await appending;
        if (await site.PendingAsync(ct) is var pending && pending != count)
            throw new BenchException($"Of {count} transactions the site shows {pending} as pending.");
        return (TimeProvider.System.GetElapsedTime(started), (await logs[0].HeadAsync()).Size.Pending);

        async Task AppendAsync(int number)
        {
            var transaction = SampleStart.Of(number, unit);
            var moves = transaction.WriteGuards.ToList();
            var log = logs[number % Writers];
            var appended = await log.AppendAsync(seen.Entry(transaction, Payload.Of(transaction), new(head.Last, null, 0), moves, moves, share: 1));
            if (appended.Outcome != AppendOutcome.Appended)
                throw new BenchException($"The log did not take transaction {number}: {appended.Outcome}.");
        }
    }
}
