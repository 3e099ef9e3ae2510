using Microsoft.Extensions.DependencyInjection;
using OpsDb.Kernel;

namespace OpsDb.RawData;

public static class RawDataRegistration
{
    public static IServiceCollection AddRawData(this IServiceCollection services) => services
        .AddProblems(typeof(RawDataProblems))
        .AddHandlersAndRules(typeof(RawDataFile).Assembly)
        .AddScoped<FileRegistration>()
        .AddScoped<KnownFilesReader>()
        .AddScoped<KnownObservation>()
        .AddEntity<RawDataFile, Guid>()
        .AddEntity<ObsCoreRecord, Guid>()
        .AddWork<RawDataPackage>()
        .AddWork<DataTransferPackage>()
        .AddToRole("observer", "write:raw_data")
        .AddToRole("service", "write:raw_data")
        .AddToRole("service", "write:transfers");
}
