using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OpsDb.Web;

namespace OpsDb.Sessions.Endpoints;

/// <summary>
/// Signing in at providers of identities, with the framework's handlers. Its schemes and its middleware, which the web application would add
/// where there are schemes, are not used: the addresses are endpoints as all others.
/// </summary>
public static class SignInProviders
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    public static IServiceCollection AddSignInProviders(this IServiceCollection services, ProviderOptions options)
    {
        services.AddWebEncoders();
        services.AddSingleton<IDataProtectionProvider, SharedProtection>().AddSingleton<IAuthenticationConfigurationProvider, NoConfiguration>();
        var builder = new AuthenticationBuilder(services);
        if (options.Oidc is { } oidc)
            OidcSignIn.Add(builder, oidc);
        if (options.Github is { } github)
            GithubSignIn.Add(builder, github);
        return services;
    }

    /// <summary>Addresses that a browser is sent to, and which are in no document for programs.</summary>
    internal static void MapProviders(this IEndpointRouteBuilder app)
    {
        Map(OidcSignIn.Path, OidcSignIn.Callback, OidcSignIn.Scheme);
        Map(GithubSignIn.Path, GithubSignIn.Callback, GithubSignIn.Scheme);

        void Map(string path, string callback, AuthenticationScheme scheme)
        {
            app.MapGet(path, (HttpContext context) => ProviderSignIn.BeginAsync(context, scheme)).IsPublic()
                .WithMetadata(new QueryParameters("return_to")).ExcludeFromDescription();
            app.MapGet(callback, (HttpContext context) => ProviderSignIn.FinishAsync(context, scheme)).IsPublic()
                .WithMetadata(new QueryParameters(ProviderSignIn.Parameters)).ExcludeFromDescription();
        }
    }

    /// <summary>What holds at all providers: no token is kept, and the cookies of a sign-in under way go along when the browser is sent back.</summary>
    internal static void Harden(RemoteAuthenticationOptions options)
    {
        options.SaveTokens = false;
        options.BackchannelTimeout = Timeout;
        options.RemoteAuthenticationTimeout = ProviderSignIn.Patience;
        options.CorrelationCookie.SameSite = SameSiteMode.Lax;
        options.CorrelationCookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
    }

    /// <summary>The handlers are configured by our settings alone.</summary>
    private sealed class NoConfiguration : IAuthenticationConfigurationProvider
    {
        public IConfiguration AuthenticationConfiguration { get; } = new ConfigurationBuilder().Build();
    }
}
