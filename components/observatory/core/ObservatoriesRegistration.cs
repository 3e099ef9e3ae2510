using Microsoft.Extensions.DependencyInjection;
using OpsDb.Kernel;

namespace OpsDb.Observatories;

public static class ObservatoriesRegistration
{
    public static IServiceCollection AddObservatories(this IServiceCollection services) => services
        .AddInside(typeof(Observatory).Assembly)
        .AddTable(Observatory.Table)
        .AddTable(Telescope.Table)
        .AddTable(Instrument.Table)
        .AddTable(InstrumentModule.Table);
}
