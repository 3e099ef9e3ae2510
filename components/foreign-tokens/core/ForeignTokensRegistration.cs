using Microsoft.Extensions.DependencyInjection;
using OpsDb.Kernel;

namespace OpsDb.ForeignTokens;

public static class ForeignTokensRegistration
{
    /// <summary>Needs the inside of the users.</summary>
    public static IServiceCollection AddForeignTokens(this IServiceCollection services, ForeignTokenOptions options) => services
        .AddProblems(typeof(ForeignTokenProblems))
        .AddSingleton(options)
        .AddSingleton<IssuerKeys>()
        .AddSingleton<JwtChecker>()
        .AddSingleton<Introspector>()
        .AddSingleton<IForeignAuthenticator, ForeignAuthenticator>();
}
