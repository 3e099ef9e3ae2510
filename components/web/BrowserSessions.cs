using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using OpsDb.Kernel;

namespace OpsDb.Web;

/// <summary>
/// The cookie of a browser's session. No script can read it, it goes to this host alone and only over TLS; over plain HTTP it is set for a
/// browser on the same machine and no other.
/// </summary>
public static class SessionCookie
{
    private const string Plain = "opsdb_session", Secure = $"__Host-{Plain}";

    /// <summary>Its value; null when the request has none.</summary>
    public static string? Find(HttpRequest request) => request.Cookies[Name(request)] is { Length: > 0 } value ? value : null;

    public static void Set(HttpContext context, string value, DateTimeOffset end) =>
        context.Response.Cookies.Append(Name(context.Request), value, Options(context.Request, end));

    public static void Remove(HttpContext context) => context.Response.Cookies.Delete(Name(context.Request), Options(context.Request, null));

    private static string Name(HttpRequest request) => IsPlain(request) ? Plain : Secure;

    private static CookieOptions Options(HttpRequest request, DateTimeOffset? end) =>
        new() { HttpOnly = true, Secure = !IsPlain(request), SameSite = SameSiteMode.Lax, Path = "/", Expires = end };

    private static bool IsPlain(HttpRequest request) => !request.IsHttps && Loopback.Is(request.Host.Host.Trim('[', ']'));
}

/// <summary>Tells requests of our own pages from those that a page elsewhere makes a browser send.</summary>
public static class CrossSite
{
    private const string TokenHeader = "X-CSRF-Token";

    /// <exception cref="RefusalException">csrf-refused: the request comes from a page elsewhere.</exception>
    public static void RequireOwnOrigin(HttpContext context)
    {
        if (context.Request.Headers.Origin.ToString() is { Length: > 0 } origin && !IsOwn(context, origin))
            throw new RefusalException(Problems.CsrfRefused, $"Pages of {Excerpt.Of(origin)} may not do this; the setting CORS_ORIGINS names those that may.");
    }

    /// <exception cref="RefusalException">csrf-refused: it changes something, and does not show that a page of ours has sent it.</exception>
    internal static void RequireOwn(HttpContext context, Principal caller, ISessions sessions)
    {
        if (HttpMethods.IsGet(context.Request.Method) && !Sockets.IsUpgrade(context) || HttpMethods.IsHead(context.Request.Method))
            return;
        RequireOwnOrigin(context);
        // A browser sends no header of a page with an upgrade, and always its origin.
        if (Sockets.IsUpgrade(context))
            return;
        var sent = Encoding.UTF8.GetBytes(context.Request.Headers[TokenHeader].ToString());
        if (!CryptographicOperations.FixedTimeEquals(sent, Encoding.UTF8.GetBytes(sessions.CsrfTokenOf(caller.Session!.Value))))
        {
            throw new RefusalException(Problems.CsrfRefused,
                $"The header {TokenHeader} is {(sent.Length == 0 ? "missing" : "another one")}; send the csrf_token of GET /api/v1/session.");
        }
    }

    private static bool IsOwn(HttpContext context, string origin) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var page) && page.Authority.Equals(Authority(context.Request), StringComparison.OrdinalIgnoreCase)
        || context.RequestServices.GetRequiredService<WebOptions>().CorsOrigins.Contains(origin, StringComparer.OrdinalIgnoreCase);

    /// <summary>Host and port, without the port where it is the one of the scheme; behind a proxy the scheme is not known, and the port is its own.</summary>
    private static string Authority(HttpRequest request) => request.Host.Port is 80 or 443 ? request.Host.Host : request.Host.Value ?? "";
}

/// <summary>Requests that open a socket. A browser can send no header with them, so that they may bring a ticket in their address.</summary>
internal static class Sockets
{

    public static bool IsUpgrade(HttpContext context) =>
        context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true }
            && context.Request.Headers.Upgrade.ToString().Equals("websocket", StringComparison.OrdinalIgnoreCase)
        || context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true, Protocol: "websocket" };

    /// <summary>Null of any other request.</summary>
    public static string? TicketOf(HttpContext context) => IsUpgrade(context) && context.Request.Query[ParameterOf(context)] is [{ } ticket] ? ticket : null;

    /// <summary>The parameter of the address that brings it.</summary>
    public static string ParameterOf(HttpContext context) => context.GetEndpoint()?.Metadata.GetMetadata<TicketParameter>()?.Name ?? "ticket";
}

/// <summary>The parameter in which the clients of an older address bring the ticket of a socket.</summary>
public sealed record TicketParameter(string Name);
