using Microsoft.Extensions.DependencyInjection;
using OpsDb.Jobs;
using OpsDb.Kernel;
using OpsDb.Stores;

namespace OpsDb.DataFlow;

public static class DataFlowRegistration
{
    /// <summary>The jobs that move data. Needs the kinds of stores.</summary>
    public static IServiceCollection AddDataFlow(
        this IServiceCollection services, PackageOptions packaging, BundleOptions bundles, VerifyOptions verification,
        ReconcileOptions reconciliation) => services
        .AddStores()
        .AddHandlersAndRules(typeof(DataFlowRegistration).Assembly)
        .AddSingleton(packaging).AddJob<ClosePackagesJob>()
        .AddSingleton(bundles)
        .AddStage<PackagingStage>().AddJob<PackageJob>()
        .AddJob<BundleJob>()
        .AddSingleton<Throttles>().AddStage<TransferStage>().AddJob<TransferJob>()
        .AddStage<UnpackStage>().AddJob<UnpackVerifyJob>()
        .AddScoped<Sources>().AddScoped<Sidecars>()
        .AddStage<StagingStage>().AddJob<StageRequestsJob>()
        .AddStage<RepairStage>().AddJob<RepairJob>()
        .AddStage<ArchiveStage>().AddJob<ArchiveJob>()
        .AddSingleton<Fullness>().AddStage<DeletionStage>().AddJob<DeleteJob>()
        .AddSingleton(verification).AddStage<VerificationStage>().AddJob<VerifyAtRestJob>()
        .AddJob<RecoverStalledJob>()
        .AddSingleton(reconciliation).AddScoped<Expectations>().AddScoped<Reconciler>().AddScoped<Rebuilder>().AddJob<ReconcileJob>();

    private static IServiceCollection AddStage<T>(this IServiceCollection services) where T : class, IWorkStage =>
        services.AddScoped<T>().AddScoped<IWorkStage>(p => p.GetRequiredService<T>());
}
