using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpsDb.Kernel;

namespace OpsDb.Audit;

public static class AuditRegistration
{
    public static IServiceCollection AddAudit(this IServiceCollection services) => services
        .AddHandlersAndRules(typeof(AuditEntry).Assembly)
        .AddTable(AuditEntry.Table)
        .AddSingleton<IAuditTrail, AuditTrail>()
        .AddSingleton<AuditCheck>()
        .AddSingleton<RefusalRecorder>()
        .AddSingleton<IRefusals>(p => p.GetRequiredService<RefusalRecorder>())
        .AddSingleton<ISiteReporter>(p => p.GetRequiredService<RefusalRecorder>())
        .AddSingleton<IHostedService>(p => p.GetRequiredService<RefusalRecorder>());
}
