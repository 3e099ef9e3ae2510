using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace OpsDb.Web;

/// <summary>HEAD wherever GET is: the same answer without its body.</summary>
internal sealed class HeadRequests(RequestDelegate next)
{
    /// <summary>Whether nobody reads the body of this answer.</summary>
    public static bool IsBodyUnread(HttpContext context) =>
        context.Features.Get<IHttpResponseBodyFeature>() is StreamResponseBodyFeature { Stream: var body } && body == Stream.Null;

    public async Task InvokeAsync(HttpContext context)
    {
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await next(context);
            return;
        }
        var body = context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        context.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(Stream.Null));
        context.Request.Method = HttpMethods.Get;
        try
        {
            await next(context);
        }
        finally
        {
            context.Request.Method = HttpMethods.Head;
            context.Features.Set(body);
        }
    }
}

/// <summary>What an address can be asked for, once the routing knows the address and not the method.</summary>
internal static class Methods
{
    /// <summary>Completes <c>Allow</c>, and makes a good answer of it when it was asked for.</summary>
    /// <returns>Whether it was.</returns>
    public static bool Tell(HttpContext context)
    {
        var response = context.Response;
        if (response.StatusCode != StatusCodes.Status405MethodNotAllowed || response.HasStarted)
            return false;
        var allowed = response.Headers.Allow.SelectMany(line =>
            (line ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)).ToList();
        if (allowed.Contains(HttpMethods.Get))
            allowed.Add(HttpMethods.Head);
        response.Headers.Allow = string.Join(", ", allowed.Append(HttpMethods.Options).Distinct().Order(StringComparer.Ordinal));
        if (!HttpMethods.IsOptions(context.Request.Method))
            return false;
        response.StatusCode = StatusCodes.Status204NoContent;
        return true;
    }
}
