using Microsoft.Extensions.DependencyInjection;

namespace OpsDb.ObsUnits.Db;

public static class ObsUnitsDbRegistration
{
    public static IServiceCollection AddObsUnitsDb(this IServiceCollection services) => services
        .AddScoped<IObsModes, PostgresObsModes>()
        .AddScoped<IObsUnits, PostgresObsUnits>();
}
