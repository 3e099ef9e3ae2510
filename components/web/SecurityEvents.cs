using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace OpsDb.Web;

/// <summary>
/// Tells of refused tokens and missing permissions. Each one is counted in the metrics. The first of a kind and an origin is logged at
/// once, those that follow within a minute as one line with their number, so that nobody can fill the log.
/// </summary>
internal sealed partial class SecurityEvents : IDisposable
{
    private const int MaxOrigins = 10_000;
    private const int MaxPath = 200;
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<(string Kind, string Origin), Repeated> recent = new();
    private readonly RequestMetrics metrics;
    private readonly ILogger<SecurityEvents> logger;
    private readonly ITimer timer;

    public SecurityEvents(RequestMetrics metrics, TimeProvider time, ILogger<SecurityEvents> logger)
    {
        this.metrics = metrics;
        this.logger = logger;
        timer = time.CreateTimer(_ => TellRepeated(), null, Interval, Interval);
    }

    /// <param name="kind">A problem's code, or token-revoked.</param>
    /// <param name="token">The token's id, where it is known.</param>
    public void Refused(HttpContext context, string kind, Guid? token)
    {
        metrics.Refused(kind);
        var address = Caller.AddressOf(context);
        var path = context.Request.Path.Value ?? "";
        var shown = path.Length > MaxPath ? path[..MaxPath] : path;
        var refused = new Refusal(token, context.Request.Method, shown, address?.ToString() ?? "", ProblemAnswers.Trace(context));
        var key = (kind, token?.ToString() ?? refused.Address);
        if (recent.Count >= MaxOrigins && !recent.ContainsKey(key))
            key = (kind, "(others)");
        if (recent.TryAdd(key, new(refused)))
            Log(kind, refused, 1);
        else if (recent.TryGetValue(key, out var repeated))
            repeated.Add(refused);
    }

    public void Dispose() => timer.Dispose();

    private void TellRepeated()
    {
        foreach (var (key, repeated) in recent)
        {
            if (repeated.Take() is (var last, > 0 and var count))
                Log(key.Kind, last, count);
            else
                recent.TryRemove(key, out _);
        }
    }

    private void Log(string kind, Refusal refused, int count)
    {
        if (refused.Token is { } token)
            LogKnown(kind, token, refused.Method, refused.Path, refused.Address, refused.Trace, count);
        else
            LogUnknown(kind, refused.Method, refused.Path, refused.Address, refused.Trace, count);
    }

    [LoggerMessage(EventId = 4001, Level = LogLevel.Warning,
        Message = "Refused, {Kind}: token {Token}, {Method} {Path} from {Address}, trace {Trace}, {Count} time(s)")]
    private partial void LogKnown(string kind, Guid token, string method, string path, string address, string trace, int count);

    [LoggerMessage(EventId = 4002, Level = LogLevel.Warning,
        Message = "Refused, {Kind}: a token without an id, {Method} {Path} from {Address}, trace {Trace}, {Count} time(s)")]
    private partial void LogUnknown(string kind, string method, string path, string address, string trace, int count);

    private sealed record Refusal(Guid? Token, string Method, string Path, string Address, string Trace);

    /// <summary>What has come since the last line.</summary>
    private sealed class Repeated(Refusal first)
    {
        private readonly Lock gate = new();
        private Refusal last = first;
        private int count;

        public void Add(Refusal refused)
        {
            lock (gate)
                (last, count) = (refused, count + 1);
        }

        public (Refusal Last, int Count) Take()
        {
            lock (gate)
            {
                var taken = (last, count);
                count = 0;
                return taken;
            }
        }
    }
}
