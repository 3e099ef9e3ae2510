using Microsoft.Extensions.DependencyInjection;
using OpsDb.Kernel;
using OpsDb.Observatories;

namespace OpsDb.ObsUnits;

public static class ObsUnitsRegistration
{
    public static IServiceCollection AddObsUnits(this IServiceCollection services) => services
        .AddHandlersAndRules(typeof(ObsMode).Assembly)
        .AddEntity<ObsMode, int, CreateObsMode>()
        .AddEntity<ObservationConfiguration, int, CreateObservationConfiguration>()
        .AddScoped<IRowCheck<ObservationConfiguration>, SettingsCheck<ObservationConfiguration>>()
        .AddEntity<ObsUnit, int, CreateObsUnit>()
        .AddScoped<IRowCheck<ObsUnit>, ObsUnitCheck>()
        .AddAvailability<ObsUnit>()
        .AddEntity<ObsUnitModuleConfiguration, int, CreateObsUnitModuleConfiguration>()
        .AddScoped<IRowCheck<ObsUnitModuleConfiguration>, ObsUnitModuleConfigurationCheck>()
        .AddEntity<PreScheduledSlot, int, CreatePreScheduledSlot>()
        .AddScoped<IRowCheck<PreScheduledSlot>, PreScheduledSlotCheck>();
}
