using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace OpsDb.Web;

/// <summary>Keeps what the files below one path are answered with: the middleware behind it is asked once for each, and not by each caller.</summary>
internal sealed class KeptAnswers(RequestDelegate next) : IDisposable
{
    private static readonly string[] Conditions =
        [HeaderNames.AcceptEncoding, HeaderNames.IfNoneMatch, HeaderNames.IfModifiedSince, HeaderNames.IfMatch, HeaderNames.IfUnmodifiedSince,
            HeaderNames.IfRange, HeaderNames.Range];

    private readonly ConcurrentDictionary<string, KeptBytes> kept = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim turn = new(1);

    public async Task InvokeAsync(HttpContext context)
    {
        var path = context.Request.Path.Value!;
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
            await next(context);
        else if (kept.TryGetValue(path, out var known) || (known = await AskAsync(context, path)) is not null)
            await known.AnswerAsync(context);
    }

    public void Dispose() => turn.Dispose();

    /// <summary>One at a time: the first callers would all make the same.</summary>
    /// <returns>Null when it is nothing to keep; then it has been answered.</returns>
    private async Task<KeptBytes?> AskAsync(HttpContext context, string path)
    {
        await turn.WaitAsync(context.RequestAborted);
        try
        {
            if (kept.TryGetValue(path, out var meanwhile))
                return meanwhile;
            var (method, body) = (context.Request.Method, context.Response.Body);
            var before = context.Response.Headers.Keys.ToList();
            var conditions = Conditions.Select(name => (Name: name, Value: context.Request.Headers[name])).Where(c => c.Value.Count > 0).ToList();
            foreach (var (name, _) in conditions)
                context.Request.Headers.Remove(name);
            using var taken = new MemoryStream();
            (context.Request.Method, context.Response.Body) = (HttpMethods.Get, taken);
            try
            {
                await next(context);
            }
            finally
            {
                (context.Request.Method, context.Response.Body) = (method, body);
                foreach (var (name, value) in conditions)
                    context.Request.Headers[name] = value;
            }
            if (context.Response.StatusCode != StatusCodes.Status200OK || context.Response.ContentType is not { } type)
            {
                if (taken.Length > 0 && !HttpMethods.IsHead(method))
                    await body.WriteAsync(taken.ToArray(), context.RequestAborted);
                return null;
            }
            // What is kept is the file alone; each answer has the headers of its form.
            foreach (var name in context.Response.Headers.Keys.Except(before).ToList())
                context.Response.Headers.Remove(name);
            return kept[path] = new(taken.ToArray(), type);
        }
        finally
        {
            turn.Release();
        }
    }
}
