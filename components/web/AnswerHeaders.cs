using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using OpsDb.Kernel;

namespace OpsDb.Web;

/// <summary>The headers of every answer: what a browser may do with it, and from which state it was given.</summary>
internal sealed class AnswerHeaders(RequestDelegate next)
{
    /// <summary>The explorer, which is a page with scripts and styles of its own.</summary>
    public const string Explorer = "/docs";

    private const string OfData = "default-src 'none'; frame-ancestors 'none'";
    private const string OfExplorer = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public Task InvokeAsync(HttpContext context)
    {
        context.Response.OnStarting(() =>
        {
            var headers = context.Response.Headers;
            headers.XContentTypeOptions = "nosniff";
            headers.XFrameOptions = "DENY";
            headers.ContentSecurityPolicy = context.Request.Path.StartsWithSegments(Explorer, StringComparison.Ordinal) ? OfExplorer : OfData;
            headers.CacheControl = headers.CacheControl.Count == 0 ? "no-store" : headers.CacheControl;
            headers["Referrer-Policy"] = "no-referrer";
            if (context.RequestServices.GetService<IConsistency>()?.Current is { } consistency)
            {
                if (consistency.Token is { } token)
                    headers["OpsDb-Consistency"] = token;
                else
                    Preferences.Applied(context.Response, "stale");
                if (consistency.AsOf is { } asOf)
                    headers["OpsDb-As-Of"] = Instant.Format(asOf);
            }
            return Task.CompletedTask;
        });
        return next(context);
    }
}
