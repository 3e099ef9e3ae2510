using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpsDb.Kernel;

namespace OpsDb.Audit;

/// <summary>
/// Makes entries of requests that were not let in, beside the requests themselves. What cannot be stored now is dropped and counted: its log
/// lines stay.
/// </summary>
internal sealed partial class RefusalRecorder(IServiceScopeFactory scopes, Site site, TimeProvider time, ILogger<RefusalRecorder> logger)
    : BackgroundService, IRefusals, ISiteReporter
{
    /// <summary>A process tells of as many origins at once, at most.</summary>
    private const int MaxWaiting = 10_000;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly Channel<Refusal> waiting = Channel.CreateBounded<Refusal>(MaxWaiting);
    private readonly RefusalAllowance allowance = new(time);
    private long dropped;

    public void Tell(RefusedRequests refused)
    {
        if (!waiting.Writer.TryWrite(new(refused, time.GetUtcNow())))
            Interlocked.Add(ref dropped, refused.Count);
    }

    public Task<SiteReport> ReportAsync(CancellationToken ct) => Task.FromResult<SiteReport>(new Report(site, Interlocked.Read(ref dropped)));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                if (allowance.Admit(Waiting()) is { Count: > 0 } admitted)
                    await RecordAsync(admitted, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // A program that ends without having been told to stop is not in trouble.
        }
    }

    private List<Refusal> Waiting()
    {
        var refusals = new List<Refusal>();
        while (refusals.Count < MaxWaiting && waiting.Reader.TryRead(out var refusal))
            refusals.Add(refusal);
        return refusals;
    }

    private async Task RecordAsync(IReadOnlyList<Refusal> refusals, CancellationToken ct)
    {
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            await scope.ServiceProvider.GetRequiredService<ICommands>().SubmitAsync(new RecordRefusals(refusals), new(Actor.System), ct);
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            var count = refusals.Sum(r => (long)r.Requests.Count);
            Interlocked.Add(ref dropped, count);
            LogDropped(count, e.GetBaseException().Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} refused requests are not in the audit trail, only in this log: {Reason}")]
    private partial void LogDropped(long count, string reason);

    private sealed class Report(Site site, long dropped) : SiteReport
    {
        public override IEnumerable<Metric> Metrics => [Metric.OfSite("audit_dropped_refusals_total",
            "Refused requests that are in the log and not in the audit trail, because it could not be written.", site, dropped, MetricKind.Counter)];
    }
}
