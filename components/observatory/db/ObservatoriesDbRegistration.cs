using Microsoft.Extensions.DependencyInjection;

namespace OpsDb.Observatories.Db;

public static class ObservatoriesDbRegistration
{
    public static IServiceCollection AddObservatoriesDb(this IServiceCollection services) => services
        .AddScoped<IObservatories, PostgresObservatories>()
        .AddScoped<ITelescopes, PostgresTelescopes>()
        .AddScoped<IInstruments, PostgresInstruments>()
        .AddScoped<IInstrumentModules, PostgresInstrumentModules>();
}
