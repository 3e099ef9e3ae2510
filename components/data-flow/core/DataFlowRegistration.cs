using Microsoft.Extensions.DependencyInjection;
using OpsDb.Jobs;
using OpsDb.Kernel;
using OpsDb.Stores;

namespace OpsDb.DataFlow;

public static class DataFlowRegistration
{
    /// <summary>The jobs that move data. Needs the kinds of stores.</summary>
    public static IServiceCollection AddDataFlow(this IServiceCollection services, BundleOptions bundles, VerifyOptions verification) => services
        .AddStores()
        .AddHandlersAndRules(typeof(DataFlowRegistration).Assembly)
        .AddSingleton(bundles)
        .AddStage<PackagingStage>().AddJob<PackageJob>()
        .AddJob<BundleJob>()
        .AddStage<TransferStage>().AddJob<TransferJob>()
        .AddStage<UnpackStage>().AddJob<UnpackVerifyJob>()
        .AddStage<ArchiveStage>().AddJob<ArchiveJob>()
        .AddSingleton<Fullness>().AddStage<DeletionStage>().AddJob<DeleteJob>()
        .AddSingleton(verification).AddStage<VerificationStage>().AddJob<VerifyAtRestJob>()
        .AddJob<RecoverStalledJob>();

    private static IServiceCollection AddStage<T>(this IServiceCollection services) where T : class, IWorkStage =>
        services.AddScoped<T>().AddScoped<IWorkStage>(p => p.GetRequiredService<T>());
}
