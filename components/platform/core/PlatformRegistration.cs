using Microsoft.Extensions.DependencyInjection;
using OpsDb.Kernel;

namespace OpsDb.Platform;

public static class PlatformRegistration
{
    private const string WritePreferences = "write:preferences";

    public static IServiceCollection AddPlatform(this IServiceCollection services) => services
        .AddHandlersAndRules(typeof(PlatformSetting).Assembly)
        .AddProblems(typeof(PlatformProblems))
        .AddTable(UserPreference.Table)
        .AddTable(PlatformSetting.Table)
        .AddSetting<Banner>()
        .AddSetting<Redirects>()
        .AddSetting<Maintenance>()
        .AddSingleton<KnownMaintenance>()
        .AddSingleton<IWriteGate, MaintenanceGate>()
        .AddSingleton<ISiteReporter, MaintenanceReporter>()
        .AddToRole("viewer", WritePreferences)
        .AddToRole("observer", WritePreferences)
        .AddToRole("service", WritePreferences);
}
