using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using OpsDb.Kernel;
using OpsDb.Web;

namespace OpsDb.Health.Endpoints;

/// <summary>How this site is: for probes, for what collects measurements, and for clients that ask where they are.</summary>
public static class HealthEndpoints
{
    public static void MapHealth(this IEndpointRouteBuilder app, SiteHosts hosts)
    {
        app.MapGet("/health/live", () => Responses.Ok(new StatusAnswer("live", []))).IsPublic().WithTags("Site")
            .WithMetadata(new TagText("Site", "How this site is, for people and for the programs that watch it."))
            .WithName("getLiveness").WithSummary("Whether the process runs").Produces<StatusAnswer>();
        app.MapGet("/health/ready", Ready).IsPublic().WithTags("Site").WithName("getReadiness").WithSummary("Whether the site takes requests")
            .Produces<StatusAnswer>().Produces<StatusAnswer>(StatusCodes.Status503ServiceUnavailable);
        app.MapGet("/metrics", Metrics).Needs("read:site").WithTags("Site").WithName("getMetrics").WithSummary("Measurements as Prometheus text")
            .Produces<string>(contentType: "text/plain").Refuses(401, 403);
        app.MapGet("/api/site/info", (Site site, HttpContext context) =>
            Responses.Content(context, new SiteInfo(site.Name, site.Type, site.Buffering, hosts.Main, hosts.Local))).Needs("read:site").WithTags("Site")
            .WithName("getSiteInfo").WithSummary("Which site this is").Produces<SiteInfo>()
            .IsTagged().Refuses(401, 403);
    }

    // Anybody may ask: what it takes to know the answer is done a few times a second, however many ask.
    private static async Task<IResult> Ready(ISiteStates states, CancellationToken ct)
    {
        var now = await states.RecentAsync(ct);
        return Responses.Json(now.TakesRequests ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable,
            new StatusAnswer(now.TakesRequests ? "ready" : "not_ready", [.. now.Findings.Select(f => f.Problem)]));
    }

    private static async Task<IResult> Metrics(ISiteStates states, CancellationToken ct) =>
        Results.Text(MetricsText.Of((await states.ReadAsync(ct)).Reports.SelectMany(r => r.Metrics)), MetricsText.MediaType);

    /// <summary>An answer to a probe.</summary>
    /// <param name="Status">live, ready or not_ready.</param>
    /// <param name="Problems">What is wrong, in sentences; empty when nothing is.</param>
    private sealed record StatusAnswer(string Status, IReadOnlyList<string> Problems);

    /// <summary>Which site this is.</summary>
    /// <param name="SiteName">Its name.<example>observatory</example></param>
    /// <param name="SiteType">What it is.</param>
    /// <param name="BufferingEnabled">Whether critical writes are buffered here.</param>
    /// <param name="MainDbHost">Host of the main database.</param>
    /// <param name="LocalDbHost">Host of the site's own database.</param>
    private sealed record SiteInfo(string SiteName, SiteType SiteType, bool BufferingEnabled, string MainDbHost, string LocalDbHost);
}

/// <summary>The hosts that <c>/api/site/info</c> names.</summary>
public sealed record SiteHosts(string Main, string Local);
