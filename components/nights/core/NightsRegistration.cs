using Microsoft.Extensions.DependencyInjection;

namespace OpsDb.Nights;

public static class NightsRegistration
{
    public static IServiceCollection AddNights(this IServiceCollection services) => services.AddScoped<NightReporter>().AddScoped<ExecutionWeather>();
}
