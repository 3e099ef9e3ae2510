using System.Net.Http.Json;
using System.Security.Claims;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace OpsDb.ApiTests.Identity;

/// <summary>An OpenID provider that gives access tokens to programs by their credentials: JWTs, or what only it can read.</summary>
public sealed class AccessTokenProvider : IAsyncDisposable
{
    public const string Audience = "opsdb", Client = "script", Secret = "a secret of the script";

    private static readonly HttpClient Http = new();

    private WebApplication app = null!;

    /// <summary>As its tokens name it.</summary>
    public string Issuer => $"{app.Urls.First()}/";

    /// <param name="opaque">Its tokens are encrypted for itself, and whoever gets one asks it what it says.</param>
    public static async Task<AccessTokenProvider> StartAsync(bool opaque = false)
    {
        var provider = new AccessTokenProvider();
        provider.app = await OpenIdHost.StartAsync(server =>
        {
            server.AllowClientCredentialsFlow().RegisterScopes("read:sources");
            server.SetTokenEndpointUris("token").SetIntrospectionEndpointUris("introspect");
            if (!opaque)
                server.DisableAccessTokenEncryption();
            server.AddEventHandler<ValidateTokenRequestContext>(handler => handler.UseInlineHandler(context =>
            {
                if (context.ClientSecret != Secret)
                    context.Reject(Errors.InvalidClient);
                return default;
            }));
            server.AddEventHandler<ValidateIntrospectionRequestContext>(handler => handler.UseInlineHandler(context =>
            {
                if (context.ClientSecret != Secret)
                    context.Reject(Errors.InvalidClient);
                return default;
            }));
            server.AddEventHandler<HandleTokenRequestContext>(handler => handler.UseInlineHandler(context =>
            {
                var identity = new ClaimsIdentity("provider");
                identity.SetClaim(Claims.Subject, context.Request.ClientId);
                identity.SetScopes(context.Request.GetScopes());
                identity.SetResources(Audience);
                context.SignIn(new(identity));
                return default;
            }));
        });
        return provider;
    }

    /// <summary>A token as a program gets it.</summary>
    public async Task<string> TokenAsync(string? scope = null)
    {
        var asked = new Dictionary<string, string> { ["grant_type"] = "client_credentials", ["client_id"] = Client, ["client_secret"] = Secret };
        if (scope is not null)
            asked["scope"] = scope;
        using var content = new FormUrlEncodedContent(asked);
        using var answer = await Http.PostAsync($"{Issuer}token", content);
        var body = await answer.Content.ReadFromJsonAsync<JsonElement>();
        return body.TryGetProperty("access_token", out var token) ? token.GetString()! : throw new InvalidOperationException($"{body}");
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();
}
