using System.Security.Claims;
using Microsoft.AspNetCore.Builder;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace OpsDb.ApiTests.Identity;

/// <summary>A provider of OpenID Connect, where whoever comes is signed in already. It insists on PKCE.</summary>
public sealed class OidcProvider : IAsyncDisposable
{
    public const string Client = "opsdb", Secret = "a secret of the client";

    private WebApplication app = null!;

    public string Address => app.Urls.First();

    public string Subject { get; } = Guid.NewGuid().ToString();

    public string? Name { get; set; }

    public string[] Groups { get; set; } = [];

    /// <summary>Answers another sign-in than the one that was asked for.</summary>
    public bool ChangesNonce { get; set; }

    public static async Task<OidcProvider> StartAsync()
    {
        var provider = new OidcProvider();
        provider.app = await OpenIdHost.StartAsync(server =>
        {
            server.AllowAuthorizationCodeFlow().RequireProofKeyForCodeExchange();
            server.SetAuthorizationEndpointUris("authorize").SetTokenEndpointUris("token").RegisterScopes(Scopes.Profile, Scopes.Email);
            server.AddEventHandler<ValidateAuthorizationRequestContext>(handler => handler.UseInlineHandler(context =>
            {
                if (context.ClientId != Client)
                    context.Reject(Errors.InvalidClient);
                return default;
            }));
            server.AddEventHandler<ValidateTokenRequestContext>(handler => handler.UseInlineHandler(context =>
            {
                if (context.ClientId != Client || context.ClientSecret != Secret)
                    context.Reject(Errors.InvalidClient);
                return default;
            }));
            server.AddEventHandler<HandleAuthorizationRequestContext>(handler => handler.UseInlineHandler(context =>
            {
                if (provider.ChangesNonce)
                    context.Request.Nonce = "another";
                context.SignIn(provider.Person(context.Request.GetScopes()));
                return default;
            }));
        });
        return provider;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private ClaimsPrincipal Person(IEnumerable<string> scopes)
    {
        var identity = new ClaimsIdentity("provider");
        identity.SetClaim(Claims.Subject, Subject);
        if (Name is not null)
            identity.SetClaim(Claims.PreferredUsername, Name);
        identity.SetClaims("groups", [.. Groups]);
        identity.SetScopes(scopes);
        identity.SetDestinations(_ => [Destinations.IdentityToken]);
        return new(identity);
    }
}
