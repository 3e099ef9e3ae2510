using Microsoft.Extensions.DependencyInjection;
using OpsDb.Kernel;

namespace OpsDb.ObsUnits;

public static class ObsUnitsRegistration
{
    public static IServiceCollection AddObsUnits(this IServiceCollection services) => services
        .AddHandlersAndRules(typeof(ObsMode).Assembly)
        .AddEntity<ObsMode, int, CreateObsMode>()
        .AddEntity<ObsUnit, int, CreateObsUnit>();
}
