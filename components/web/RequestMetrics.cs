using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace OpsDb.Web;

/// <summary>Counts and times requests by method, route and status, as Prometheus text.</summary>
public sealed class RequestMetrics
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

    public void Write(StringBuilder text)
    {
        text.Append("# HELP opsdb_security_refusals_total Requests refused because of their token or what it permits.\n");
        text.Append("# TYPE opsdb_security_refusals_total counter\n");
        // As arrays: what others add to meanwhile cannot be sorted.
        foreach (var (kind, count) in refusals.ToArray().OrderBy(r => r.Key, StringComparer.Ordinal))
            text.Append(CultureInfo.InvariantCulture, $"opsdb_security_refusals_total{{kind=\"{kind}\"}} {count}\n");
        text.Append("# HELP opsdb_http_request_seconds Time to answer a request.\n# TYPE opsdb_http_request_seconds histogram\n");
        foreach (var ((method, route, status), histogram) in histograms.ToArray().OrderBy(h => h.Key))
            histogram.Write(text, $"method=\"{method}\",route=\"{route}\",status=\"{status}\"");
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

        public void Write(StringBuilder text, string labels)
        {
            var total = 0L;
            for (var i = 0; i <= Bounds.Length; i++)
            {
                total += Interlocked.Read(ref buckets[i]);
                text.Append(CultureInfo.InvariantCulture, $"opsdb_http_request_seconds_bucket{{{labels},le=\"{(i < Bounds.Length ? Bounds[i] : "+Inf")}\"}} {total}\n");
            }
            text.Append(CultureInfo.InvariantCulture, $"opsdb_http_request_seconds_sum{{{labels}}} {Interlocked.Read(ref microseconds) / 1e6}\n");
            text.Append(CultureInfo.InvariantCulture, $"opsdb_http_request_seconds_count{{{labels}}} {total}\n");
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
