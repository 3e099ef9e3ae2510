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
        .AddEntity<InstrumentModule, int, CreateInstrumentModule>();
}
