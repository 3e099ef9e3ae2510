using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using OpsDb.Kernel;
using OpsDb.Web;

namespace OpsDb.Tokens.Endpoints;

/// <summary>A program that asks for a token.</summary>
/// <param name="ClientId">What it calls itself.<example>opsdb-cli</example></param>
/// <param name="Scopes">What it wants to do.<example>["read:*"]</example></param>
/// <param name="Granted">What the caller would give it of that.<example>["read:*"]</example></param>
/// <param name="Address">From where it asks.<example>192.0.2.7</example></param>
/// <param name="ExpiresAt">Until when it can be decided, UTC.</param>
/// <param name="IsDecided">Whether it was approved or denied.</param>
public sealed record WaitingDevice(
    string ClientId, IReadOnlyList<string> Scopes, IReadOnlyList<string> Granted, string? Address, DateTimeOffset ExpiresAt, bool IsDecided);

/// <summary>
/// The device flow of OAuth 2.0. What programs ask has the forms of RFC 8628, RFC 6749 and RFC 8414 instead of this API's own, and is
/// described there; what people decide is part of the API.
/// </summary>
public static class DeviceEndpoints
{
    private const string Requests = "/api/v1/device-authorizations", Tokens = "/api/v1/device-tokens", Write = "write:tokens";
    private const string GrantType = "urn:ietf:params:oauth:grant-type:device_code";
    private const int MaxClientId = 100, MaxScopes = 200, MaxCode = 200, Interval = 5;

    public static void MapDevices(this IEndpointRouteBuilder app)
    {
        app.MapGet("/.well-known/oauth-authorization-server", Describe).IsPublic().ExcludeFromDescription();
        app.MapPost(Requests, Begin).IsPublicAndCounted().ExcludeFromDescription();
        app.MapPost(Tokens, Ask).IsPublicAndCounted().ExcludeFromDescription();
        var waiting = app.MapResource("/device-authorizations/{user_code}", "Tokens");
        waiting.MapGet("", Show).Needs(Write).WithName("getDeviceAuthorization").WithSummary("Tells which program waits with a code, and for what")
            .Produces<WaitingDevice>().IsTagged().Refuses(401, 403, 404, 429, 503);
        waiting.MapPost("/approve", Approve).Decides("Gives a waiting program a token of one's own").WithName("approveDevice");
        waiting.MapPost("/deny", Deny).Decides("Denies a waiting program its token").WithName("denyDevice");
    }

    private static RouteHandlerBuilder Decides(this RouteHandlerBuilder endpoint, string summary) => endpoint.Needs(Write).WithSummary(summary)
        .Produces(StatusCodes.Status204NoContent).Refuses(400, 401, 403, 404, 409, 429, 503);

    private static IResult Describe(HttpContext context, WebOptions web) => Responses.Ok(new
    {
        issuer = Base(context, web),
        device_authorization_endpoint = $"{Base(context, web)}{Requests}",
        token_endpoint = $"{Base(context, web)}{Tokens}",
        grant_types_supported = (string[])[GrantType],
        response_types_supported = (string[])[],
        token_endpoint_auth_methods_supported = (string[])["none"],
    });

    private static async Task<IResult> Begin(Form form, DeviceFlow flow, WebOptions web, HttpContext context, CancellationToken ct)
    {
        if (form.Find("client_id") is not { Length: <= MaxClientId } client || TextRules.NameFault(client) is not null)
            return Fault("invalid_request", $"client_id is what the program calls itself, of 1 to {MaxClientId} characters.");
        string[] scopes = [.. (form.Find("scope") ?? "read:*").Split(' ', StringSplitOptions.RemoveEmptyEntries).Distinct()];
        if (scopes.Length is 0 or > MaxScopes || !scopes.All(Permission.IsOne))
            return Fault("invalid_scope", "scope names permissions action:resource, with * for any, parted by blanks.");
        var codes = await flow.BeginAsync(client, scopes, Caller.AddressOf(context)?.ToString(), ct);
        var page = $"{Base(context, web)}/device";
        return Responses.Ok(new
        {
            device_code = codes.Device,
            user_code = codes.User,
            verification_uri = page,
            verification_uri_complete = $"{page}?user_code={codes.User}",
            expires_in = (int)DeviceFlow.Life.TotalSeconds,
            interval = Interval,
        });
    }

    private static async Task<IResult> Ask(Form form, DeviceFlow flow, TokenOptions options, HttpContext context, CancellationToken ct)
    {
        if (form.Find("grant_type") is not { } grant)
            return Fault("invalid_request", "grant_type is missing.");
        if (grant != GrantType)
            return Fault("unsupported_grant_type", $"grant_type is {GrantType}.");
        if (form.Find("device_code") is not { Length: <= MaxCode } code || form.Find("client_id") is not { Length: <= MaxClientId } client)
            return Fault("invalid_request", "device_code and client_id are those of the request.");
        if (client.Contains('\0', StringComparison.Ordinal)
            || await flow.AskAsync(code, client, Caller.AddressOf(context)?.ToString(), ct) is not var (answer, token))
            return Fault("invalid_grant", "There is no such request of this program.");
        return answer.State switch
        {
            DeviceState.Pending => Fault("authorization_pending", "Nobody has decided yet."),
            DeviceState.TooOften => Fault("slow_down", "Ask 5 seconds later than before, from now on."),
            DeviceState.Expired => Fault("expired_token", "Nobody has decided in time; begin anew."),
            DeviceState.Approved when token is not null => Responses.Ok(new
            {
                access_token = token,
                token_type = "Bearer",
                expires_in = (long)options.DeviceLifetime.TotalSeconds,
                scope = string.Join(' ', answer.Granted ?? []),
            }),
            DeviceState.Taken => Fault("invalid_grant", "The token was given already."),
            _ => Fault("access_denied", "It was denied."),
        };
    }

    private static async Task<IResult> Show(string user_code, DeviceFlow flow, HttpContext context, CancellationToken ct)
    {
        var caller = context.Principal();
        var request = await flow.ShowAsync(user_code, caller, ct);
        return Responses.Content(context, new WaitingDevice(
            request.ClientId, request.Scopes, DeviceFlow.Grant(request, caller), request.Address, request.ExpiresAt, request.IsDecided));
    }

    private static async Task<IResult> Approve(string user_code, DeviceFlow flow, HttpContext context, CancellationToken ct)
    {
        await flow.ApproveAsync(user_code, context.Principal(), ct);
        return Results.NoContent();
    }

    private static async Task<IResult> Deny(string user_code, DeviceFlow flow, HttpContext context, CancellationToken ct)
    {
        await flow.DenyAsync(user_code, context.Principal(), ct);
        return Results.NoContent();
    }

    /// <summary>RFC 6749, section 5.2.</summary>
    private static IResult Fault(string error, string description) =>
        Responses.Json(StatusCodes.Status400BadRequest, new { error, error_description = description });

    private static string Base(HttpContext context, WebOptions web) =>
        web.PublicUrl is { } address ? address.GetLeftPart(UriPartial.Authority) : $"{context.Request.Scheme}://{context.Request.Host}";
}
