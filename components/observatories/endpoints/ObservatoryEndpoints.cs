using Microsoft.AspNetCore.Routing;
using OpsDb.Web;

namespace OpsDb.Observatories.Endpoints;

public static class ObservatoryEndpoints
{
    public static void MapObservatories(this IEndpointRouteBuilder app)
    {
        app.MapEntity<Observatory, int, CreateObservatory>("Observatory", "observatory",
            "Observatories, their telescopes, the instruments of these and their modules.");
        app.MapEntity<Telescope, int, CreateTelescope>("Observatory", "observatory").MapAvailability<Telescope>();
        app.MapEntity<Instrument, int, CreateInstrument>("Observatory", "observatory").MapAvailability<Instrument>();
        app.MapEntity<InstrumentModule, int, CreateInstrumentModule>("Observatory", "observatory").MapAvailability<InstrumentModule>();
        app.MapEntity<ConfigSchema, int, CreateConfigSchema>("Observatory", "observatory");
        app.MapEntity<InstrumentModuleConfiguration, int, CreateInstrumentModuleConfiguration>("Observatory", "observatory");
        app.MapEntity<InstrumentConfiguration, Guid, CreateInstrumentConfiguration>("Observatory", "instrument_configurations");
        app.MapReadAliases<Instrument, int>("/instruments", "read:observatory");
    }
}
