using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.Extensions.DependencyInjection;
using OpsDb.Kernel;

namespace OpsDb.Web;

/// <summary>The forms that answers have.</summary>
public static class Responses
{
    internal const string AsOfParameter = "as_of";

    /// <summary>201 and where it is; 202 when the site has buffered it and the main database does not have it.</summary>
    public static IResult Created<T>(HttpContext context, Receipt<T> receipt, string location) where T : Row
    {
        Describe(context, receipt);
        context.Response.Headers.Location = location;
        return Json(IsPending(receipt) ? StatusCodes.Status202Accepted : StatusCodes.Status201Created, receipt.Result);
    }

    /// <summary>201 with more than the new row, and where that is.</summary>
    public static IResult Made<T>(HttpContext context, Receipt<T> receipt, object answer, string location) where T : Row
    {
        Describe(context, receipt);
        context.Response.Headers.Location = location;
        return Json(IsPending(receipt) ? StatusCodes.Status202Accepted : StatusCodes.Status201Created, answer);
    }

    /// <summary>200 with the row that was there before, and where it is; a request that changes nothing creates nothing.</summary>
    public static IResult Known<T>(HttpContext context, Receipt<T> receipt, string location) where T : Row
    {
        Describe(context, receipt);
        context.Response.Headers.Location = location;
        return Ok(receipt.Result!);
    }

    /// <summary><see cref="Created"/>, or <see cref="Known"/> where the row was there before this request.</summary>
    public static IResult CreatedOrKnown<T>(HttpContext context, Receipt<T> receipt, string resource) where T : Row<Guid>
    {
        var address = $"/api/v1/{resource}/{receipt.Result.Id}";
        return receipt.Transaction == receipt.Result.Sync?.Transaction ? Created(context, receipt, address) : Known(context, receipt, address);
    }

    /// <summary><see cref="Created"/>, or <see cref="Known"/> where the row was there before it was put, whether that has changed it or not.</summary>
    public static IResult Put<T>(HttpContext context, Receipt<T> receipt) where T : Row => receipt.Result.Version == 1
        && receipt.Transaction == receipt.Result.Sync?.Transaction
            ? Created(context, receipt, context.Request.Path)
            : Known(context, receipt, context.Request.Path);

    /// <summary>201 with the id, or 200 where the row was there before, as clients of older addresses expect it.</summary>
    public static IResult CreatedOrKnownAlias<T>(HttpContext context, Receipt<T> receipt, string resource) where T : Row<Guid>
    {
        Describe(context, receipt);
        var (id, sync) = (receipt.Result.Id, receipt.Result.Sync);
        context.Response.Headers.Location = $"/api/v1/{resource}/{id}";
        return receipt.Transaction == sync?.Transaction ? Json(StatusCodes.Status201Created, new AliasAnswer(id, receipt.State))
            : Ok(new AliasAnswer(id, sync?.State ?? receipt.State));
    }

    /// <summary>200 with what was done; 202 when the site has buffered it.</summary>
    public static IResult Done<T>(HttpContext context, Receipt<T> receipt) where T : notnull
    {
        Describe(context, receipt);
        return Json(IsPending(receipt) ? StatusCodes.Status202Accepted : StatusCodes.Status200OK, receipt.Result);
    }

    /// <summary>201 with the keys; 202 when the site has buffered the rows.</summary>
    public static IResult CreatedMany<T, TKey>(HttpContext context, Receipt<CreatedMany<T, TKey>> receipt) where T : Row<TKey>, IRow<T> where TKey : notnull
    {
        Describe(context, receipt);
        return Json(IsPending(receipt) ? StatusCodes.Status202Accepted : StatusCodes.Status201Created, receipt.Result);
    }

    /// <summary>200 with the changed row; 202 when the site has buffered the change.</summary>
    public static IResult Changed<T>(HttpContext context, Receipt<T> receipt) where T : Row
    {
        Describe(context, receipt);
        return Json(IsPending(receipt) ? StatusCodes.Status202Accepted : StatusCodes.Status200OK, receipt.Result);
    }

    /// <summary>204 and no body; 202 when the site has buffered the deletion.</summary>
    public static IResult Deleted<T>(HttpContext context, Receipt<T> receipt) where T : Row
    {
        // What is not there any more has no entity tag.
        Describe(context, new Receipt<object?>(null, receipt.Transaction, receipt.State, receipt.Replayed));
        return Results.StatusCode(IsPending(receipt) ? StatusCodes.Status202Accepted : StatusCodes.Status204NoContent);
    }

    /// <summary>200 with the row, 304 when the caller has it, 404 when there is none.</summary>
    /// <exception cref="RefusalException">not-found, version-mismatch, malformed-header.</exception>
    public static IResult Found<T>(HttpContext context, T? row) where T : Row
    {
        if (row is null)
            throw new RefusalException(Problems.NotFound, $"There is nothing at {Excerpt.Of(context.Request.Path)}.");
        var isKnown = Conditions(context.Request).IsKnown(row.ETag, row);
        context.Response.Headers.ETag = row.ETag;
        return isKnown ? Results.StatusCode(StatusCodes.Status304NotModified) : Ok(row);
    }

    /// <summary>200 with something that is no row and is tagged by what it contains; 304 when the caller has it.</summary>
    /// <exception cref="RefusalException">version-mismatch, malformed-header.</exception>
    public static IResult Content(HttpContext context, object value)
    {
        var body = Serialize(value);
        var tag = $"\"{Convert.ToHexStringLower(SHA256.HashData(body).AsSpan(0, 16))}\"";
        var isKnown = Conditions(context.Request).IsKnown(tag);
        context.Response.Headers.ETag = tag;
        return isKnown ? Results.StatusCode(StatusCodes.Status304NotModified) : new JsonAnswer(StatusCodes.Status200OK, body);
    }

    /// <summary>200 with what is no single resource.</summary>
    public static IResult Ok(object value) => Json(StatusCodes.Status200OK, value);

    /// <summary>The value as JSON, with its length.</summary>
    public static IResult Json(int status, object value) => new JsonAnswer(status, Serialize(value));

    /// <summary>What the request demands of the present content.</summary>
    /// <exception cref="RefusalException">malformed-header.</exception>
    public static Conditions Conditions(HttpRequest request) =>
        new(EntityTags.Parse("If-Match", request.Headers.IfMatch), EntityTags.Parse("If-None-Match", request.Headers.IfNoneMatch));

    /// <summary>200 with a page of the rows; with all of them when the caller asks for a <see cref="RowFormat"/>.</summary>
    /// <exception cref="RefusalException">malformed-parameter.</exception>
    public static async Task<IResult> ListAsync<T, TKey>(HttpContext context, IReader<T, TKey> rows, ListQuery<T> query, CancellationToken ct)
        where T : Row<TKey>, IRow<T> where TKey : notnull
    {
        context.Response.Headers.Append("Vary", "Accept");
        return RowStream.WantedBy(context.Request) is { } format
            ? await RowStream.StartAsync(context, format, rows, query, ct)
            : List(context, await rows.ListAsync(query, ct));
    }

    /// <summary>200 with one page and, where there is one, a link to the next.</summary>
    public static IResult List<T>(HttpContext context, Page<T> page)
    {
        if (page.Next is { } next)
        {
            var others = context.Request.Query.Where(p => p.Key != "after").SelectMany(p => p.Value, (p, v) => KeyValuePair.Create(p.Key, v ?? ""));
            var query = new QueryBuilder(others) { { "after", next } };
            context.Response.Headers.Append("Link", $"<{context.Request.PathBase}{context.Request.Path}{query}>; rel=\"next\"");
        }
        return Ok(new PageAnswer<T>(page.Items, page.Next, page.Total));
    }

    /// <summary>200 with one page about a row's versions; 404 when there never was such a row.</summary>
    /// <exception cref="RefusalException">not-found.</exception>
    public static IResult Versions<T>(HttpContext context, Page<T> page) =>
        page.Items.Count > 0 || context.Request.Query.ContainsKey("after") ? List(context, page)
            : throw new RefusalException(Problems.NotFound, $"There is nothing at {Excerpt.Of(context.Request.Path)}.");

    /// <summary>The query string as a list query of these rows.</summary>
    /// <exception cref="RefusalException">malformed-parameter.</exception>
    public static ListQuery<T> Query<T>(HttpContext context) where T : Row, IRow<T>
    {
        var query = ListQuery<T>.Parse(Parameters(context));
        RequirePast(context, query.AsOf);
        return query;
    }

    /// <summary>The query string as filters of the rows that are to be changed.</summary>
    /// <exception cref="RefusalException">malformed-parameter.</exception>
    public static ListQuery<T> Matching<T>(HttpContext context) where T : Row, IRow<T> =>
        ListQuery<T>.Parse(Parameters(context).Where(p => p.Key != DryRuns.Parameter).ToDictionary());

    /// <summary>The instant at which the row is wanted; null for the row as it is.</summary>
    /// <exception cref="RefusalException">malformed-parameter.</exception>
    public static DateTimeOffset? AsOf(HttpContext context)
    {
        if (!context.Request.Query.TryGetValue(AsOfParameter, out var given))
            return null;
        if (given.Count != 1 || !Instant.TryParse(given[0], out var instant))
            throw Wrong(Instant.Form);
        RequirePast(context, instant);
        return instant;
    }

    /// <summary>The query string.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> Parameters(HttpContext context) =>
        context.Request.Query.ToDictionary(p => p.Key, p => (IReadOnlyList<string>)[.. p.Value.Select(v => v ?? "")]);

    /// <summary>What will be recorded nobody can tell.</summary>
    private static void RequirePast(HttpContext context, DateTimeOffset? instant)
    {
        if (instant > context.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow())
            throw Wrong("is an instant that is past");
    }

    private static RefusalException Wrong(string sentence) => Wrong(AsOfParameter, sentence);

    internal static RefusalException Wrong(string parameter, string sentence) =>
        RefusalException.Fields(Problems.MalformedParameter, new Dictionary<string, string[]> { [parameter] = [sentence] });

    /// <summary>The headers that tell what became of a write.</summary>
    public static void Describe<T>(HttpContext context, Receipt<T> receipt)
    {
        var headers = context.Response.Headers;
        if (receipt.Transaction is { } transaction)
            headers["OpsDb-Transaction"] = transaction.ToString();
        if (receipt.Replayed)
            headers["Idempotency-Replayed"] = "true";
        if (receipt.State == SyncState.Applied && Preferences.Read(context.Request).Wait is not null)
            Preferences.Applied(context.Response, "wait");
        if (receipt.Result is Row row)
            headers.ETag = row.ETag;
    }

    private static bool IsPending<T>(Receipt<T> receipt) => receipt.State is SyncState.Buffered or SyncState.Failed or SyncState.Parked;

    internal static byte[] Serialize(object value) => JsonSerializer.SerializeToUtf8Bytes(value, value.GetType(), Kernel.Json.Published);

    private sealed class JsonAnswer(int status, byte[] body) : IResult
    {
        public Task ExecuteAsync(HttpContext context)
        {
            context.Response.StatusCode = status;
            context.Response.ContentType = "application/json; charset=utf-8";
            context.Response.ContentLength = body.Length;
            return context.Response.Body.WriteAsync(body, 0, body.Length);
        }
    }
}

/// <summary>The answer to a write that clients of older addresses expect.</summary>
/// <param name="Id">Of the row.</param>
/// <param name="Status">Where the write is.<example>buffered</example></param>
public sealed record AliasAnswer(Guid Id, SyncState Status);

/// <summary>One page of a list.</summary>
/// <param name="Items">The rows.</param>
/// <param name="Next">The cursor of the next page, for <c>after</c>; null on the last.</param>
/// <param name="Total">How many match, when asked for with <c>count=true</c>.</param>
public sealed record PageAnswer<T>(
    IReadOnlyList<T> Items, string? Next, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? Total);
