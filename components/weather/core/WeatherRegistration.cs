using Microsoft.Extensions.DependencyInjection;
using OpsDb.Kernel;

namespace OpsDb.Weather;

public static class WeatherRegistration
{
    public static IServiceCollection AddWeather(this IServiceCollection services) => services
        .AddHandlersAndRules(typeof(EnvironmentReading).Assembly)
        .AddEntity<EnvironmentReading, Guid>()
        .AddToRole("observer", "write:environment")
        .AddToRole("service", "write:environment");
}
