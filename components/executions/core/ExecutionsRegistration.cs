using Microsoft.Extensions.DependencyInjection;
using OpsDb.Kernel;

namespace OpsDb.Executions;

public static class ExecutionsRegistration
{
    public static IServiceCollection AddExecutions(this IServiceCollection services) =>
        services
        .AddHandlersAndRules(typeof(Execution).Assembly)
        .AddEntity<Execution, Guid>()
        .AddEntity<ExecutedModuleConfiguration, Guid>()
        .AddScoped<UsedConfigurations>()
        .AddScoped<SourceDetailsReader>()
        .AddToRole("observer", "write:executions")
        .AddToRole("service", "write:executions");
}
