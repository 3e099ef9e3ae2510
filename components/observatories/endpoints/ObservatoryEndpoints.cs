using Microsoft.AspNetCore.Routing;
using OpsDb.Web;

namespace OpsDb.Observatories.Endpoints;

public static class ObservatoryEndpoints
{
    public static void MapObservatories(this IEndpointRouteBuilder app)
    {
        app.MapEntity<Observatory, int, CreateObservatory>("Observatory", "observatory",
            "Observatories, their telescopes, the instruments of these and their modules.");
        app.MapEntity<Telescope, int, CreateTelescope>("Observatory", "observatory");
        app.MapEntity<Instrument, int, CreateInstrument>("Observatory", "observatory");
        app.MapEntity<InstrumentModule, int, CreateInstrumentModule>("Observatory", "observatory");
    }
}
