using Microsoft.Extensions.DependencyInjection;
using OpsDb.Kernel;

namespace OpsDb.Sessions;

public static class SessionsRegistration
{
    /// <summary>Needs the insides of the users and the tokens.</summary>
    public static IServiceCollection AddSessions(this IServiceCollection services, SessionOptions options) => services
        .AddHandlersAndRules(typeof(UserSession).Assembly)
        .AddProblems(typeof(SessionProblems))
        .AddTable(UserSession.Table)
        .AddTable(LocalCredential.Table)
        .AddSingleton(options)
        .AddSingleton<HashingTurns>()
        .AddSingleton<SignInThrottle>()
        .AddSingleton<TotpCodes>()
        .AddSingleton<SessionActivity>()
        .AddSingleton<SessionAuthenticator>()
        .AddSingleton<ISessions>(p => p.GetRequiredService<SessionAuthenticator>())
        .AddSingleton<Tickets>()
        .AddSingleton<ITickets>(p => p.GetRequiredService<Tickets>())
        .AddScoped<PassphraseCheck>()
        .AddScoped<ISignIn, SignIn>()
        .AddScoped<ICredentials, Credentials>()
        .AddScoped<IUserPassphrases, Credentials>();
}
