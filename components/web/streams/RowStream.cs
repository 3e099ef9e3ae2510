using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Net.Http.Headers;
using OpsDb.Kernel;

namespace OpsDb.Web;

/// <summary>
/// A whole list in one answer, in one of the forms of <see cref="RowFormat"/>. It is read page by page, as a client that follows
/// <c>next</c> would: it needs the memory of one page, and holds no snapshot of a database while a slow client reads.
/// </summary>
internal static class RowStream
{
    /// <summary>Rows that are read at once: enough that asking for them costs little beside them.</summary>
    private const int PageRows = 5000;

    /// <summary>The form that the caller names, and prefers no other to; null for a page.</summary>
    public static RowFormat? WantedBy(HttpRequest request)
    {
        if (!MediaTypeHeaderValue.TryParseList(request.Headers.Accept, out var accepted))
            return null;
        var least = Quality("application/json") ?? 0;
        return RowFormat.All.Where(f => Quality(f.ContentType) is > 0 and var quality && quality >= least).MaxBy(f => Quality(f.ContentType));

        double? Quality(string type) =>
            accepted.Where(a => a.MediaType.Equals(type, StringComparison.OrdinalIgnoreCase)).Max(a => (double?)(a.Quality ?? 1));
    }

    /// <summary>Reads the first page, so that what is refused or cannot be reached still gets a status and a problem.</summary>
    /// <exception cref="RefusalException">malformed-parameter.</exception>
    public static async Task<IResult> StartAsync<T, TKey>(
        HttpContext context, RowFormat format, IReader<T, TKey> rows, ListQuery<T> query, CancellationToken ct)
        where T : Row<TKey>, IRow<T> where TKey : notnull
    {
        if (query.Count)
            throw Responses.Wrong("count", $"is told in application/json alone, not in {format.ContentType}");
        if (context.Request.Query.ContainsKey("limit"))
            return new Stream<T>(format, await rows.ListAsync(query, ct), null);
        query = query with { Limit = PageRows };
        return new Stream<T>(format, await rows.ListAsync(query, ct), last => rows.ListAsync(query.Following(last), ct));
    }

    /// <param name="first">The first page.</param>
    /// <param name="next">Reads the page after a row; null where the first page is all that was asked for.</param>
    private sealed class Stream<T>(RowFormat format, Page<T> first, Func<T, Task<Page<T>>>? next) : IResult
    {
        public async Task ExecuteAsync(HttpContext context)
        {
            var (response, consistency) = (context.Response, context.RequestServices.GetRequiredService<IConsistency>());
            var isStale = consistency.Current is { Token: null };
            response.StatusCode = StatusCodes.Status200OK;
            response.ContentType = format.ContentTypeHeader;
            var body = response.BodyWriter;
            using var rows = format.Begin<T>(body);
            for (var page = first; ;)
            {
                if (!isStale && consistency.Current is { Token: null })
                    throw new OutageException(Problems.LocalUnreachable, "The rest of the list could only be read from an older state than its beginning.");
                // The next page is read while this one is written.
                var following = page.Next is null || next is null || HeadRequests.IsBodyUnread(context) ? null : next(page.Items[^1]);
                try
                {
                    foreach (var row in page.Items)
                        rows.Write(row);
                    if (page.Next is null || next is null)
                        rows.End();
                    await body.FlushAsync(context.RequestAborted);
                }
                catch when (following is not null)
                {
                    await ((Task)following).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    throw;
                }
                if (following is null)
                    return;
                page = await following;
            }
        }
    }
}
