using Microsoft.Extensions.DependencyInjection;
using OpsDb.Kernel;

namespace OpsDb.Tokens;

public static class TokensRegistration
{
    /// <summary>Needs the inside of the users.</summary>
    public static IServiceCollection AddTokens(this IServiceCollection services, TokenOptions options) => services
        .AddHandlersAndRules(typeof(ApiToken).Assembly)
        .AddTable(ApiToken.Table)
        .AddSingleton(options)
        .AddToRole("observer", OwnTokens)
        .AddToRole("viewer", OwnTokens)
        .AddToRole("service", OwnTokens)
        .AddSingleton<TokenUseCounter>()
        .AddHostedService<TokenUseWriter>()
        .AddSingleton<CodeGuesses>()
        .AddScoped<DeviceFlow>()
        .AddSingleton<TokenReminders>()
        .AddSingleton<IAuthenticator, TokenAuthenticator>();

    /// <summary>What goes on in the background.</summary>
    public static IServiceCollection AddTokenJobs(this IServiceCollection services) => services.AddJob<RemindTokensJob>();

    /// <summary>Tokens of one's own, which permit no more than what one has.</summary>
    private const string OwnTokens = "write:tokens";
}
