using Microsoft.Extensions.DependencyInjection;

namespace OpsDb.Sources.Db;

public static class SourcesDbRegistration
{
    public static IServiceCollection AddSourcesDb(this IServiceCollection services) => services
        .AddScoped<ISources, PostgresSources>();
}
