using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using OpsDb.Kernel;
using OpsDb.Users;

namespace OpsDb.Sessions.Endpoints;

/// <summary>Signing in by OpenID Connect: authorization code with PKCE, nonce and state.</summary>
internal static class OidcSignIn
{
    public const string Path = "/login/oidc", Callback = $"{Path}/callback";

    public static readonly AuthenticationScheme Scheme = new("oidc", null, typeof(OpenIdConnectHandler));

    public static void Add(AuthenticationBuilder builder, OidcOptions provider) => builder.AddOpenIdConnect(Scheme.Name, options =>
    {
        options.Authority = provider.Issuer;
        options.ClientId = provider.ClientId;
        options.ClientSecret = provider.ClientSecret.Length == 0 ? null : provider.ClientSecret;
        options.RequireHttpsMetadata = !Loopback.Is(new Uri(provider.Issuer).DnsSafeHost);
        options.ResponseType = OpenIdConnectResponseType.Code;
        options.ResponseMode = OpenIdConnectResponseMode.Query;
        options.UsePkce = true;
        options.MapInboundClaims = false;
        options.DisableTelemetry = true;
        options.CallbackPath = Callback;
        options.Scope.Clear();
        foreach (var scope in provider.Scopes)
            options.Scope.Add(scope);
        // Who has issued it is a part of who somebody is.
        options.ClaimActions.Remove("iss");
        options.NonceCookie.SameSite = SameSiteMode.Lax;
        options.NonceCookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        SignInProviders.Harden(options);
        options.Events.OnRemoteFailure = ProviderSignIn.FailAsync;
        options.Events.OnTicketReceived = context => ProviderSignIn.OpenAsync(context, UserOf(context, provider), SignInMethod.Oidc);
    });

    private static ForeignUser UserOf(TicketReceivedContext context, OidcOptions provider)
    {
        var (principal, http) = (context.Principal, context.HttpContext);
        string Needed(string claim) => principal.Claim(claim)
            ?? throw ProviderSignIn.Refused(http, "claim-missing", $"The provider does not tell the claim {claim}; its administrator can change that.", null);
        return new(Needed("iss"), Needed("sub"), Needed(provider.NameClaim))
        {
            DisplayName = principal.Claim("name"),
            Email = principal.Claim("email"),
            Roles = provider.RolesOf(principal!.FindAll(provider.RoleClaim).Select(c => c.Value)),
        };
    }
}
