using Microsoft.Extensions.DependencyInjection;
using OpsDb.Kernel;

namespace OpsDb.Tokens;

public static class TokensRegistration
{
    public static IServiceCollection AddTokens(this IServiceCollection services, TokenOptions options) => services
        .AddHandlersAndRules(typeof(ApiToken).Assembly)
        .AddTable(ApiToken.Table)
        .AddSingleton(options)
        .AddSingleton<IAuthenticator, TokenAuthenticator>();
}
