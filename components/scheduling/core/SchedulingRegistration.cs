using Microsoft.Extensions.DependencyInjection;

namespace OpsDb.Scheduling;

public static class SchedulingRegistration
{
    public static IServiceCollection AddScheduling(this IServiceCollection services) => services.AddScoped<ObservableReader>();
}
