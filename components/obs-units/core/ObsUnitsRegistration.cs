using Microsoft.Extensions.DependencyInjection;
using OpsDb.Kernel;

namespace OpsDb.ObsUnits;

public static class ObsUnitsRegistration
{
    public static IServiceCollection AddObsUnits(this IServiceCollection services) => services
        .AddInside(typeof(ObsMode).Assembly)
        .AddTable(ObsMode.Table)
        .AddTable(ObsUnit.Table);
}
