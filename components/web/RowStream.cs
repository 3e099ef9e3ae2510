using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Net.Http.Headers;
using OpsDb.Kernel;

namespace OpsDb.Web;

/// <summary>
/// A whole list as lines, each a row in JSON (NDJSON, https://github.com/ndjson/ndjson-spec). It is read page by page, as a client
/// that follows <c>next</c> would: it needs the memory of one page, and holds no snapshot of a database while a slow client reads.
/// </summary>
internal static class RowStream
{
    public const string ContentType = "application/x-ndjson";

    /// <summary>Whether the caller names the type, and prefers no other.</summary>
    public static bool IsWanted(HttpRequest request)
    {
        if (!MediaTypeHeaderValue.TryParseList(request.Headers.Accept, out var accepted))
            return false;
        return Quality(ContentType) is > 0 and var lines && lines >= (Quality("application/json") ?? 0);

        double? Quality(string type) =>
            accepted.Where(a => a.MediaType.Equals(type, StringComparison.OrdinalIgnoreCase)).Max(a => (double?)(a.Quality ?? 1));
    }

    /// <summary>Reads the first page, so that what is refused or cannot be reached still gets a status and a problem.</summary>
    /// <exception cref="RefusalException">malformed-parameter.</exception>
    public static async Task<IResult> StartAsync<T, TKey>(HttpContext context, IReader<T, TKey> rows, ListQuery<T> query, CancellationToken ct)
        where T : Row<TKey>, IRow<T> where TKey : notnull
    {
        if (query.Count)
            throw Responses.Wrong("count", $"is told in application/json alone, not in {ContentType}");
        if (context.Request.Query.ContainsKey("limit"))
            return new Lines<T>(await rows.ListAsync(query, ct), null);
        query = query with { Limit = ListQuery<T>.MaxLimit };
        return new Lines<T>(await rows.ListAsync(query, ct), last => rows.ListAsync(query.Following(last), ct));
    }

    /// <param name="first">The first page.</param>
    /// <param name="next">Reads the page after a row; null where the first page is all that was asked for.</param>
    private sealed class Lines<T>(Page<T> first, Func<T, Task<Page<T>>>? next) : IResult
    {
        public async Task ExecuteAsync(HttpContext context)
        {
            var (response, consistency) = (context.Response, context.RequestServices.GetRequiredService<IConsistency>());
            var isStale = consistency.Current is { Token: null };
            response.StatusCode = StatusCodes.Status200OK;
            response.ContentType = ContentType;
            var body = response.BodyWriter;
            using var line = new Utf8JsonWriter(body, new() { Encoder = Json.Published.Encoder, SkipValidation = true });
            for (var page = first; ; page = await next!(page.Items[^1]))
            {
                if (!isStale && consistency.Current is { Token: null })
                    throw new OutageException(Problems.LocalUnreachable, "The rest of the list could only be read from an older state than its beginning.");
                foreach (var row in page.Items)
                {
                    JsonSerializer.Serialize(line, row, Json.Published);
                    await line.FlushAsync(context.RequestAborted);
                    line.Reset();
                    body.Write("\n"u8);
                }
                await body.FlushAsync(context.RequestAborted);
                if (page.Next is null || next is null || HeadRequests.IsBodyUnread(context))
                    return;
            }
        }
    }
}
