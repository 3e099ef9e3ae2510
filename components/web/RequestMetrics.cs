using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using OpsDb.Kernel;

namespace OpsDb.Web;

/// <summary>Counts and times requests by method, route and status.</summary>
internal sealed class RequestMetrics : ISiteReporter
{
    private static readonly double[] Bounds = [0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
    // Any word can be a method; only these make series of their own.
    private static readonly string[] Methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

    private readonly ConcurrentDictionary<(string Method, string Route, int Status), Histogram> histograms = new();
    private readonly ConcurrentDictionary<string, long> refusals = new();

    internal void Record(HttpContext context, TimeSpan took)
    {
        // The route and not the address: an address has ids in it, and one series for each id would never end.
        var route = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "(none)";
        var method = Array.IndexOf(Methods, context.Request.Method) < 0 ? "other" : context.Request.Method;
        histograms.GetOrAdd((method, route, context.Response.StatusCode), _ => new()).Record(took.TotalSeconds);
    }

    /// <param name="kind">Why a caller was not let in.</param>
    internal void Refused(string kind) => refusals.AddOrUpdate(kind, 1, (_, count) => count + 1);

    public Task<SiteReport> ReportAsync(CancellationToken ct) => Task.FromResult<SiteReport>(new Report(this));

    private IEnumerable<Metric> Read()
    {
        // As arrays: what others add to meanwhile cannot be sorted.
        yield return new("security_refusals_total", "Requests refused because of their token or what it permits.", MetricKind.Counter,
            [.. refusals.ToArray().OrderBy(r => r.Key, StringComparer.Ordinal).Select(r => new Sample(r.Value, [("kind", r.Key)]))]);
        yield return new("http_request_seconds", "Time to answer a request.", MetricKind.Histogram,
            [.. histograms.ToArray().OrderBy(h => h.Key).SelectMany(h => h.Value.Read(
                [("method", h.Key.Method), ("route", h.Key.Route), ("status", h.Key.Status.ToString(CultureInfo.InvariantCulture))]))]);
    }

    private sealed class Report(RequestMetrics requests) : SiteReport
    {
        public override IEnumerable<Metric> Metrics => requests.Read();
    }

    private sealed class Histogram
    {
        private readonly long[] buckets = new long[Bounds.Length + 1];
        private long microseconds;

        public void Record(double seconds)
        {
            var bucket = Array.FindIndex(Bounds, b => seconds <= b);
            Interlocked.Increment(ref buckets[bucket < 0 ? Bounds.Length : bucket]);
            Interlocked.Add(ref microseconds, (long)(seconds * 1e6));
        }

        public IEnumerable<Sample> Read((string, string)[] labels)
        {
            var total = 0L;
            for (var i = 0; i <= Bounds.Length; i++)
            {
                total += Interlocked.Read(ref buckets[i]);
                var bound = i < Bounds.Length ? Bounds[i].ToString(CultureInfo.InvariantCulture) : "+Inf";
                yield return new(total, [.. labels, ("le", bound)], "_bucket");
            }
            yield return new(Interlocked.Read(ref microseconds) / 1e6, labels, "_sum");
            yield return new(total, labels, "_count");
        }
    }
}

internal sealed class RequestTiming(RequestDelegate next, RequestMetrics metrics)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var started = Stopwatch.GetTimestamp();
        try
        {
            await next(context);
        }
        finally
        {
            metrics.Record(context, Stopwatch.GetElapsedTime(started));
        }
    }
}
