using Microsoft.Extensions.DependencyInjection;
using OpsDb.Kernel;

namespace OpsDb.Observatories;

public static class ObservatoriesRegistration
{
    public static IServiceCollection AddObservatories(this IServiceCollection services) => services
        .AddHandlersAndRules(typeof(Observatory).Assembly)
        .AddEntity<Observatory, int, CreateObservatory>()
        .AddEntity<Telescope, int, CreateTelescope>()
        .AddEntity<Instrument, int, CreateInstrument>()
        .AddEntity<InstrumentModule, int, CreateInstrumentModule>()
        .AddEntity<ConfigSchema, int, CreateConfigSchema>()
        .AddEntity<InstrumentModuleConfiguration, int, CreateInstrumentModuleConfiguration>()
        .AddScoped<IRowCheck<InstrumentModuleConfiguration>, SettingsCheck<InstrumentModuleConfiguration>>()
        .AddEntity<InstrumentConfiguration, Guid, CreateInstrumentConfiguration>()
        .AddScoped<IRowCheck<InstrumentConfiguration>, InstrumentConfigurationCheck>()
        .AddAvailability<Telescope>()
        .AddAvailability<Instrument>()
        .AddAvailability<InstrumentModule>()
        .AddToRole("observer", "write:availability", "write:instrument_configurations")
        .AddToRole("service", "write:availability", "write:instrument_configurations");
}
