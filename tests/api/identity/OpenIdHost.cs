using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace OpsDb.ApiTests.Identity;

/// <summary>What providers of OpenID Connect have in common: a server of their own that keeps nothing, neither clients nor tokens.</summary>
internal static class OpenIdHost
{
    /// <param name="set">Which flows it has, and how it answers.</param>
    public static async Task<WebApplication> StartAsync(Action<OpenIddictServerBuilder> set)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddOpenIddict().AddServer(server =>
        {
            server.EnableDegradedMode().AddEphemeralEncryptionKey().AddEphemeralSigningKey();
            server.UseAspNetCore().DisableTransportSecurityRequirement();
            set(server);
        });
        // It would make keys on the disk, which nothing here needs.
        builder.Services.Remove(builder.Services.Single(s => s.ServiceType == typeof(IHostedService)
            && s.ImplementationType?.Name == "DataProtectionHostedService"));
        var app = builder.Build();
        app.UseAuthentication();
        await app.StartAsync();
        return app;
    }
}
