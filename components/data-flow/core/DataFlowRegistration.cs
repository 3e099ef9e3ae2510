using Microsoft.Extensions.DependencyInjection;
using OpsDb.Jobs;
using OpsDb.Kernel;
using OpsDb.Stores;

namespace OpsDb.DataFlow;

public static class DataFlowRegistration
{
    /// <summary>The jobs that move data. Needs the kinds of stores.</summary>
    public static IServiceCollection AddDataFlow(this IServiceCollection services) => services
        .AddStores()
        .AddStage<PackagingStage>().AddJob<PackageJob>()
        .AddJob<RecoverStalledJob>();

    private static IServiceCollection AddStage<T>(this IServiceCollection services) where T : class, IWorkStage =>
        services.AddScoped<T>().AddScoped<IWorkStage>(p => p.GetRequiredService<T>());
}
