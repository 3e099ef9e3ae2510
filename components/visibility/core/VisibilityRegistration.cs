using Microsoft.Extensions.DependencyInjection;

namespace OpsDb.Visibility;

public static class VisibilityRegistration
{
    public static IServiceCollection AddVisibility(this IServiceCollection services) => services.AddScoped<FindTargets>();
}
