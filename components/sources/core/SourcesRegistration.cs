using Microsoft.Extensions.DependencyInjection;
using OpsDb.Kernel;

namespace OpsDb.Sources;

public static class SourcesRegistration
{
    public static IServiceCollection AddSources(this IServiceCollection services) => services
        .AddHandlersAndRules(typeof(Source).Assembly)
        .AddProblems(typeof(SourceProblems))
        .AddEntity<Source, int, CreateSource>()
        .AddEntity<SourceResolution, Guid>();
}
