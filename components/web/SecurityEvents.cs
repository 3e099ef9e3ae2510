using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using OpsDb.Kernel;

namespace OpsDb.Web;

/// <summary>
/// Tells of refused tokens, sessions and sign-ins, and of missing permissions. Each one is counted in the metrics. The first of a kind and
/// an origin is logged at once, those that follow within a minute as one line with their number, so that nobody can fill the log. What is
/// logged others are told as well.
/// </summary>
internal sealed partial class SecurityEvents : IDisposable
{
    private const int MaxOrigins = 10_000;
    private const int MaxPath = 200;
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<(string Kind, string Origin), Repeated> recent = new();
    private readonly RequestMetrics metrics;
    private readonly ILogger<SecurityEvents> logger;
    private readonly IRefusals? refusals;
    private readonly ITimer timer;

    public SecurityEvents(RequestMetrics metrics, TimeProvider time, ILogger<SecurityEvents> logger, IRefusals? refusals = null)
    {
        (this.metrics, this.logger, this.refusals) = (metrics, logger, refusals);
        timer = time.CreateTimer(_ => TellRepeated(), null, Interval, Interval);
    }

    /// <param name="kind">A problem's code, or token-revoked.</param>
    /// <param name="actor">Whose token it is, where that is known.</param>
    public void Refused(HttpContext context, string kind, Actor? actor)
    {
        metrics.Refused(kind);
        var path = context.Request.Path.Value ?? "";
        var shown = path.Length > MaxPath ? path[..MaxPath] : path;
        var address = Caller.AddressOf(context)?.ToString() ?? "";
        var refused = new RefusedRequests(kind, actor, context.Request.Method, shown, address, ProblemAnswers.Trace(context));
        var key = (kind, actor?.Token?.ToString() ?? refused.Address);
        if (recent.Count >= MaxOrigins && !recent.ContainsKey(key))
            key = (kind, "(others)");
        if (recent.TryAdd(key, new(refused)))
            Log(refused);
        else if (recent.TryGetValue(key, out var repeated))
            repeated.Add(refused);
    }

    public void Dispose() => timer.Dispose();

    private void TellRepeated()
    {
        foreach (var (key, repeated) in recent)
        {
            if (repeated.Take() is { Count: > 0 } refused)
                Log(refused);
            else
                recent.TryRemove(key, out _);
        }
    }

    private void Log(RefusedRequests refused)
    {
        if (refused.Actor?.Token is { } token)
            LogKnown(refused.Reason, token, refused.Method, refused.Path, refused.Address, refused.Trace, refused.Count);
        else
            LogUnknown(refused.Reason, refused.Method, refused.Path, refused.Address, refused.Trace, refused.Count);
        refusals?.Tell(refused);
    }

    [LoggerMessage(EventId = 4001, Level = LogLevel.Warning,
        Message = "Refused, {Kind}: token {Token}, {Method} {Path} from {Address}, trace {Trace}, {Count} time(s)")]
    private partial void LogKnown(string kind, Guid token, string method, string path, string address, string trace, int count);

    [LoggerMessage(EventId = 4002, Level = LogLevel.Warning,
        Message = "Refused, {Kind}: no known token, {Method} {Path} from {Address}, trace {Trace}, {Count} time(s)")]
    private partial void LogUnknown(string kind, string method, string path, string address, string trace, int count);

    /// <summary>What has come since the last line.</summary>
    private sealed class Repeated(RefusedRequests first)
    {
        private readonly Lock gate = new();
        private RefusedRequests last = first with { Count = 0 };

        public void Add(RefusedRequests refused)
        {
            lock (gate)
                last = refused with { Count = last.Count + 1 };
        }

        public RefusedRequests Take()
        {
            lock (gate)
            {
                var taken = last;
                last = taken with { Count = 0 };
                return taken;
            }
        }
    }
}
