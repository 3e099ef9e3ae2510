using System.Security.Claims;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
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
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddOpenIddict().AddServer(server =>
        {
            server.EnableDegradedMode().AllowAuthorizationCodeFlow().RequireProofKeyForCodeExchange();
            server.SetAuthorizationEndpointUris("authorize").SetTokenEndpointUris("token").RegisterScopes(Scopes.Profile, Scopes.Email);
            server.AddEphemeralEncryptionKey().AddEphemeralSigningKey();
            server.UseAspNetCore().DisableTransportSecurityRequirement();
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
        // It would make keys on the disk, which nothing here needs.
        builder.Services.Remove(builder.Services.Single(s => s.ServiceType == typeof(IHostedService)
            && s.ImplementationType?.Name == "DataProtectionHostedService"));
        provider.app = builder.Build();
        provider.app.UseAuthentication();
        await provider.app.StartAsync();
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
