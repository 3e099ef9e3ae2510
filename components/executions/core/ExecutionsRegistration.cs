using Microsoft.Extensions.DependencyInjection;
using OpsDb.Kernel;

namespace OpsDb.Executions;

public static class ExecutionsRegistration
{
    public static IServiceCollection AddExecutions(this IServiceCollection services) =>
        services
        .AddHandlersAndRules(typeof(Execution).Assembly)
        .AddEntity<Execution, Guid>()
        .AddToRole("observer", "write:executions")
        .AddToRole("service", "write:executions");
}
