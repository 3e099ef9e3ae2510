using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using OpsDb.Kernel;

namespace OpsDb.Web;

/// <summary>What an endpoint needs: a permission, or nothing, said explicitly.</summary>
/// <param name="Permission"><c>action:resource</c>; null for a public endpoint.</param>
public sealed record Access(string? Permission)
{
    /// <summary>Whether each request counts among those of its address that are refused, because it makes the site keep something or look for it.</summary>
    public bool IsCounted { get; init; }

    /// <summary>What it needs besides, because its answer shows more than one resource.</summary>
    public IReadOnlyList<string> Others { get; init; } = [];

    /// <summary>All that it needs.</summary>
    public IEnumerable<string> All => Permission is null ? Others : Others.Prepend(Permission);
}

public static class Permissions
{
    /// <summary>The endpoint needs a token or a session that covers the permission.</summary>
    /// <param name="others">What it needs besides.</param>
    public static TBuilder Needs<TBuilder>(this TBuilder endpoint, string permission, params IReadOnlyList<string> others)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new Access(permission) { Others = others });

    /// <summary>The endpoint answers anybody.</summary>
    public static TBuilder IsPublic<TBuilder>(this TBuilder endpoint) where TBuilder : IEndpointConventionBuilder =>
        endpoint.WithMetadata(new Access(null));

    /// <summary>The endpoint answers anybody, but no address more often than <c>HTTP_ADDRESS_REFUSALS</c> says.</summary>
    public static TBuilder IsPublicAndCounted<TBuilder>(this TBuilder endpoint) where TBuilder : IEndpointConventionBuilder =>
        endpoint.WithMetadata(new Access(null) { IsCounted = true });

    /// <summary>Whom the request's token or session speaks for.</summary>
    public static Principal Principal(this HttpContext context) =>
        context.Features.Get<Principal>() ?? throw new InvalidOperationException("a public endpoint has no principal");

    /// <summary>
    /// Makes the endpoints, once: whoever asks a source of routes for them would make all of them anew. Fails when one does not say what it needs:
    /// default deny, at start and not at the first request.
    /// </summary>
    public static void SettleEndpoints(this IEndpointRouteBuilder app)
    {
        var endpoints = app.DataSources.SelectMany(s => s.Endpoints).ToList();
        var open = endpoints.Where(e => e.Metadata.GetMetadata<Access>() is null).Select(e => e.DisplayName).ToList();
        if (open.Count > 0)
        {
            throw new InvalidOperationException(
                $"These endpoints name neither a permission (Needs) nor that they are public (IsPublic): {string.Join(", ", open)}");
        }
        app.DataSources.Clear();
        app.DataSources.Add(new DefaultEndpointDataSource(endpoints));
    }
}

/// <summary>Who calls.</summary>
public static class Caller
{
    /// <summary>Where the request comes from.</summary>
    public static IPAddress? AddressOf(HttpContext context) =>
        context.Connection.RemoteIpAddress is { IsIPv4MappedToIPv6: true } mapped ? mapped.MapToIPv4() : context.Connection.RemoteIpAddress;

    /// <summary>What the caller submits by a request of which nothing may be kept, such as one with a passphrase: it cannot be repeated by a key.</summary>
    public static Submission Submission(HttpContext context) => new(context.Principal().Actor) { Address = AddressOf(context)?.ToString() };

    /// <summary>Tells those who watch that a caller was not let in.</summary>
    public static void TellRefused(HttpContext context, TokenRefusedException refusal) =>
        context.RequestServices.GetRequiredService<SecurityEvents>().Refused(context, refusal.Reason, refusal.Actor);
}

internal sealed class Authentication(
    RequestDelegate next, IAuthenticator tokens, SecurityEvents events, AddressLimits addresses, ISessions? sessions = null, ITickets? tickets = null)
{
    private const string Scheme = "Bearer ";

    public async Task InvokeAsync(HttpContext context)
    {
        var access = context.GetEndpoint()?.Metadata.GetMetadata<Access>();
        // What is not a route is nothing, or one of the routing's own answers (405, 415).
        if (context.GetEndpoint() is not RouteEndpoint || access is { Permission: null })
        {
            if (access is { IsCounted: true })
                addresses.RequireRoom(context, "");
            await next(context);
            return;
        }
        var principal = await RecogniseAsync(context);
        if (access is null || !access.All.All(principal.Allows))
        {
            events.Refused(context, Problems.PermissionMissing.Code, principal.Actor);
            throw new RefusalException(Problems.PermissionMissing,
                $"This needs the scope {string.Join(" and ", access?.All ?? [])}; the token has {string.Join(", ", principal.Scopes)}.");
        }
        context.Features.Set(principal);
        context.RequestServices.GetRequiredService<Sight>().Narrow(principal);
        await next(context);
    }

    private async Task<Principal> RecogniseAsync(HttpContext context)
    {
        var header = context.Request.Headers.Authorization.ToString();
        var shown = header.Length > 0 ? header : Sockets.TicketOf(context) ?? SessionCookie.Find(context.Request) ?? "";
        addresses.RequireRoom(context, shown);
        try
        {
            var principal = await RecogniseAsync(context, header);
            addresses.Welcome(shown);
            return principal;
        }
        catch (TokenRefusedException e)
        {
            Caller.TellRefused(context, e);
            addresses.Refused(shown);
            throw;
        }
    }

    private async Task<Principal> RecogniseAsync(HttpContext context, string header)
    {
        if (header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            return await tokens.AuthenticateAsync(header[Scheme.Length..].Trim(), Caller.AddressOf(context), context.RequestAborted);
        if (header.Length == 0 && tickets is not null && Sockets.TicketOf(context) is { } ticket)
            return await tickets.TakeAsync(ticket, context.RequestAborted);
        if (header.Length == 0 && sessions is not null && SessionCookie.Find(context.Request) is { } cookie)
        {
            var principal = await sessions.AuthenticateAsync(cookie, context.RequestAborted);
            CrossSite.RequireOwn(context, principal, sessions);
            return principal;
        }
        throw new RefusalException(Problems.TokenMissing, "Send the header Authorization: Bearer <token>, or sign in by POST /api/v1/session.");
    }
}
