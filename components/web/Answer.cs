using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using OpsDb.Kernel;

namespace OpsDb.Web;

/// <summary>The forms that answers have.</summary>
public static class Answer
{
    /// <summary>201 and where it is; 202 when the site has buffered it and the main database does not have it.</summary>
    public static IResult Created<T>(HttpContext context, Receipt<T> receipt, string location) where T : Row
    {
        Describe(context, receipt);
        return IsPending(receipt)
            ? new Accepted(location, receipt.Result)
            : Results.Created(location, receipt.Result);
    }

    /// <summary>200 with the changed row; 202 when the site has buffered the change.</summary>
    public static IResult Changed<T>(HttpContext context, Receipt<T> receipt) where T : Row
    {
        Describe(context, receipt);
        return IsPending(receipt) ? new Accepted(null, receipt.Result) : Results.Ok(receipt.Result);
    }

    /// <summary>200 with the row, 304 when the caller has it, 404 when there is none.</summary>
    public static IResult Found<T>(HttpContext context, T? row) where T : Row
    {
        if (row is null)
            throw new DomainException(Problems.NotFound, $"There is nothing at {context.Request.Path}.");
        context.Response.Headers.ETag = row.ETag;
        return context.Request.Headers.IfNoneMatch.Any(tag => row.HasTag(tag!)) ? Results.StatusCode(StatusCodes.Status304NotModified) : Results.Ok(row);
    }

    /// <summary>200 with one page and, where there is one, a link to the next.</summary>
    public static IResult List<T>(HttpContext context, Page<T> page)
    {
        if (page.Next is { } next)
        {
            var query = new QueryBuilder(context.Request.Query.Where(p => p.Key != "after").SelectMany(p => p.Value, (p, v) => KeyValuePair.Create(p.Key, v ?? ""))) { { "after", next } };
            context.Response.Headers.Append("Link", $"<{context.Request.PathBase}{context.Request.Path}{query}>; rel=\"next\"");
        }
        return Results.Ok(new PageAnswer<T>(page.Items, page.Next, page.Total));
    }

    /// <summary>The query string as a list query of these rows.</summary>
    public static ListQuery<T> Query<T>(HttpContext context) where T : Row, IRow<T> =>
        ListQuery<T>.Parse(context.Request.Query.ToDictionary(p => p.Key, p => (IReadOnlyList<string>)[.. p.Value.Select(v => v ?? "")]));

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

    private sealed class Accepted(string? location, object value) : IResult
    {
        public Task ExecuteAsync(HttpContext context)
        {
            if (location is not null)
                context.Response.Headers.Location = location;
            context.Response.StatusCode = StatusCodes.Status202Accepted;
            var body = JsonSerializer.SerializeToUtf8Bytes(value, value.GetType(), Json.Options);
            context.Response.ContentType = "application/json; charset=utf-8";
            context.Response.ContentLength = body.Length;
            return context.Response.Body.WriteAsync(body, 0, body.Length);
        }
    }
}

/// <summary>One page of a list.</summary>
/// <param name="Items">The rows.</param>
/// <param name="Next">The cursor of the next page, for <c>after</c>; null on the last.</param>
/// <param name="Total">How many match, when asked for with <c>count=true</c>.</param>
public sealed record PageAnswer<T>(IReadOnlyList<T> Items, string? Next, [property: System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull)] long? Total);
