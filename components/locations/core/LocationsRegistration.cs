using Microsoft.Extensions.DependencyInjection;
using OpsDb.Kernel;

namespace OpsDb.Locations;

public static class LocationsRegistration
{
    public static IServiceCollection AddLocations(this IServiceCollection services) => services
        .AddHandlersAndRules(typeof(DataLocation).Assembly)
        .AddEntity<Site, int, CreateSite>()
        .AddEntity<DataLocation, int, CreateDataLocation>();
}
