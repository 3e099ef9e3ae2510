using Microsoft.Extensions.DependencyInjection;
using OpsDb.Kernel;

namespace OpsDb.Copies;

public static class CopiesRegistration
{
    public static IServiceCollection AddCopies(this IServiceCollection services) => services
        .AddHandlersAndRules(typeof(PhysicalCopy).Assembly)
        .AddWork<PhysicalCopy>()
        .AddEntity<Hold, Guid, CreateHold>()
        .AddScoped<CopyBook>()
        .AddScoped<DeletionCandidates>()
        .AddToRole("service", "write:copies");
}
