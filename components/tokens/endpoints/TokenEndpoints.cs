using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using OpsDb.Kernel;
using OpsDb.Web;

namespace OpsDb.Tokens.Endpoints;

/// <summary>A token as it is asked for.</summary>
/// <param name="Name">What it is for.</param>
/// <param name="Scopes">What it permits, 1 to 200 <c>action:resource</c> with * for any: no more than its user and the caller may do.</param>
/// <param name="ExpiresAt">Until when it is good, UTC; within ten years.</param>
public sealed record NewToken(string Name, string[] Scopes, DateTimeOffset ExpiresAt)
{
    /// <summary>Whom it is for; a person when absent.</summary>
    public TokenKind Kind { get; init; } = TokenKind.Pat;

    /// <summary>Whose it is: the caller when absent; another user only for those who manage users.</summary>
    public string? UserName { get; init; }

    /// <summary>CIDR blocks from which it is accepted; from anywhere when absent.</summary>
    public string[]? AllowedNetworks { get; init; }
}

/// <summary>How a token is rotated.</summary>
/// <param name="OverlapHours">For how long the old one is good beside the new one, 0 to 720; a day when absent.</param>
public sealed record Rotation(double OverlapHours = 24);

/// <summary>A token that was made.</summary>
/// <param name="Token">Its text, which is shown this once and kept nowhere; null where the request repeats an earlier one.</param>
/// <param name="Details">What is known of it.</param>
public sealed record MadeToken(string? Token, ApiToken Details);

/// <summary>How a token was used.</summary>
/// <param name="Items">At each site where it was.</param>
public sealed record TokenUses(IReadOnlyList<TokenUse> Items);

/// <summary>What tokens can permit.</summary>
/// <param name="Scopes">Each that an endpoint asks for; * stands for any action or any resource.</param>
/// <param name="Own">What the caller may give on.</param>
public sealed record KnownScopes(IReadOnlyList<string> Scopes, IReadOnlyList<string> Own);

public static class TokenEndpoints
{
    private const string Read = "read:tokens", Write = "write:tokens", Manage = "manage:users";
    private const double LongestOverlapHours = 720;

    public static void MapTokens(this IEndpointRouteBuilder app)
    {
        var tokens = app.MapResource("/tokens", "Tokens", "API tokens. Everybody has their own; those who manage users see and change all of them.");
        tokens.MapGet("/", List).Needs(Read).Lists<ApiToken>("Lists API tokens");
        tokens.MapGet("/{id:guid}", Get).Needs(Read).Gets<ApiToken>("Gets an API token");
        tokens.MapGet("/{id:guid}/use", Use).Needs(Read).WithName("getApiTokenUse").WithSummary("Tells when and from where a token was used, by site")
            .Produces<TokenUses>().IsTagged().ReadsState().Refuses(401, 403, 404, 503);
        tokens.MapPost("/", Create).Makes("Makes an API token").WithName("createApiToken");
        tokens.MapPatch("/{id:guid}", Change).Needs(Write).Patches<ApiToken>("Changes an API token");
        tokens.MapPost("/{id:guid}/rotate", Rotate).Makes("Makes a token that takes the place of another").Refuses(404).WithName("rotateApiToken");
        tokens.MapPost("/{id:guid}/revoke", Revoke).Revokes().WithName("revokeApiToken");
        tokens.MapGet("/scopes", Scopes).ShowsScopes().WithName("listScopes");

        app.MapGet("/api/tokens", List).Needs(Read).Lists<ApiToken>("Lists API tokens").IsAliasOf("/api/v1/tokens").WithName("listApiTokensAlias");
        app.MapPost("/api/tokens", Create).Makes("Makes an API token").IsAliasOf("/api/v1/tokens").WithName("createApiTokenAlias");
        app.MapDelete("/api/tokens/{id:guid}", Revoke).Revokes().IsAliasOf("/api/v1/tokens/{id}/revoke").WithName("revokeApiTokenAlias");
        app.MapGet("/api/tokens/scopes", Scopes).ShowsScopes().IsAliasOf("/api/v1/tokens/scopes").WithName("listScopesAlias");
    }

    private static RouteHandlerBuilder Makes(this RouteHandlerBuilder endpoint, string summary) => endpoint.Needs(Write).Makes<MadeToken>(summary)
        .WithDescription("Its text is in the answer this once. A request that repeats an earlier one by its Idempotency-Key is answered without it.");

    private static RouteHandlerBuilder Revokes(this RouteHandlerBuilder endpoint) => endpoint.Needs(Write)
        .Changes<ApiToken>("Ends an API token for good").Refuses(404);

    private static RouteHandlerBuilder ShowsScopes(this RouteHandlerBuilder endpoint) => endpoint.Needs(Read)
        .WithSummary("Lists what tokens can permit").Produces<KnownScopes>().IsTagged().Refuses(401, 403);

    private static Task<IResult> List(IReader<ApiToken, Guid> tokens, HttpContext context, CancellationToken ct)
    {
        var query = Responses.Query<ApiToken>(context);
        return Responses.ListAsync(context, tokens, Manages(context) ? query : query.Where("user_name", context.Principal().Actor.User), ct);
    }

    private static async Task<IResult> Get(Guid id, IReader<ApiToken, Guid> tokens, HttpContext context, CancellationToken ct) =>
        Responses.Found(context, await FindAsync(id, tokens, context, ct));

    private static async Task<IResult> Use(Guid id, IReader<ApiToken, Guid> tokens, ITokenUses uses, HttpContext context, CancellationToken ct)
    {
        await RequireOwnAsync(id, tokens, context, ct);
        return Responses.Content(context, new TokenUses(await uses.OfAsync(id, ct)));
    }

    private static async Task<IResult> Create(
        Request<NewToken> request, ICommands commands, TokenOptions options, HttpContext context, CancellationToken ct)
    {
        var (wanted, caller) = (request.Body, context.Principal());
        var user = wanted.UserName ?? caller.Actor.User;
        if (user != caller.Actor.User && !Manages(context))
            throw new RefusalException(Problems.PermissionMissing, $"A token of another user needs the scope {Manage}.");
        RequireWithin(caller, wanted.Scopes);
        var text = TokenText.Create(wanted.Kind);
        return Made(context, await commands.SubmitAsync(
            new CreateToken(wanted.Name, wanted.Kind, user, options.Key.Hash(text), wanted.Scopes, wanted.ExpiresAt, options.Key.Id)
            {
                AllowedNetworks = wanted.AllowedNetworks,
            },
            request.Submission, ct), text);
    }

    private static async Task<IResult> Change(
        Guid id, Request<JsonElement> request, IReader<ApiToken, Guid> tokens, ICommands commands, HttpContext context, CancellationToken ct)
    {
        var old = await RequireOwnAsync(id, tokens, context, ct);
        var patch = new MergePatch<ApiToken>(request.Body);
        RequireWithin(context.Principal(), patch.Apply(old).Scopes);
        return Responses.Changed(context, await commands.SubmitAsync(new ChangeToken(id, patch), request.Submission, ct));
    }

    private static async Task<IResult> Rotate(Guid id, Request<Rotation> request, IReader<ApiToken, Guid> tokens, ICommands commands, TokenOptions options,
        HttpContext context, CancellationToken ct)
    {
        var hours = request.Body.OverlapHours;
        if (hours is < 0 or > LongestOverlapHours)
        {
            throw RefusalException.Fields(Problems.InvalidFields, new Dictionary<string, string[]>
            {
                ["overlap_hours"] = [$"is in hours, 0 to {LongestOverlapHours}"],
            });
        }
        var old = await RequireOwnAsync(id, tokens, context, ct);
        RequireWithin(context.Principal(), old.Scopes);
        var text = TokenText.Create(old.Kind);
        return Made(context, await commands.SubmitAsync(
            new RotateToken(id, options.Key.Hash(text), options.Key.Id, TimeSpan.FromHours(hours)), request.Submission, ct), text);
    }

    private static async Task<IResult> Revoke(
        Guid id, Request<NoBody> request, IReader<ApiToken, Guid> tokens, ICommands commands, HttpContext context, CancellationToken ct)
    {
        await RequireOwnAsync(id, tokens, context, ct);
        return Responses.Changed(context, await commands.SubmitAsync(new RevokeToken(id), request.Submission, ct));
    }

    private static IResult Scopes(EndpointDataSource endpoints, HttpContext context)
    {
        var known = endpoints.Endpoints.Select(e => e.Metadata.GetMetadata<Access>()).OfType<Access>().SelectMany(a => a.All)
            .Distinct().Order(StringComparer.Ordinal).ToList();
        return Responses.Content(context, new KnownScopes(known, context.Principal().Scopes));
    }

    private static bool Manages(HttpContext context) => context.Principal().Allows(Manage);

    /// <returns>Null also where it is another user's, which the caller may not see.</returns>
    private static async Task<ApiToken?> FindAsync(Guid id, IReader<ApiToken, Guid> tokens, HttpContext context, CancellationToken ct) =>
        await tokens.FindAsync(id, ct) is { } token && (Manages(context) || token.UserName == context.Principal().Actor.User) ? token : null;

    private static async Task<ApiToken> RequireOwnAsync(Guid id, IReader<ApiToken, Guid> tokens, HttpContext context, CancellationToken ct) =>
        await FindAsync(id, tokens, context, ct) ?? throw new RefusalException(Problems.NotFound, $"There is no API token {id}.");

    /// <summary>Nobody gives on more than the token permits that they use.</summary>
    private static void RequireWithin(Principal caller, IReadOnlyList<string> scopes)
    {
        var errors = new FieldErrors();
        foreach (var (n, scope) in scopes.Index().Where(s => !caller.Allows(s.Item)))
        {
            errors.Add(FormattableString.Invariant($"scopes[{n}]"),
                $"is more than the token permits that asks for it, which is {string.Join(", ", caller.Scopes)}");
        }
        errors.ThrowIfAny(Problems.InvalidFields);
    }

    private static IResult Made(HttpContext context, Receipt<ApiToken> receipt, string text) =>
        Responses.Made(context, receipt, new MadeToken(receipt.Replayed ? null : text, receipt.Result), $"/api/v1/tokens/{receipt.Result.Id}");
}
