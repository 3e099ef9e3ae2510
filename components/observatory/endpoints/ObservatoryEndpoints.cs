using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using OpsDb.Web;

namespace OpsDb.Observatories.Endpoints;

public static class ObservatoryEndpoints
{
    public static void MapObservatories(this IEndpointRouteBuilder app)
    {
        var observatories = app.MapResource("/observatories", "Observatory", "Observatories, their telescopes, the instruments of these and their modules.");
        observatories.MapPost("/", Handle.Create<CreateObservatory, Observatory>()).Needs("write:observatory").Creates<Observatory>("Creates an observatory");
        observatories.MapGet("/", Handle.List<IObservatories, Observatory>()).Needs("read:observatory").Lists<Observatory>("Lists observatories");
        observatories.MapGet("/{id:int}", Handle.Get<IObservatories, Observatory>()).Needs("read:observatory").Gets<Observatory>("Gets an observatory");
        observatories.MapPatch("/{id:int}", Handle.Change<Observatory>((id, patch) => new ChangeObservatory(id, patch)))
            .Needs("write:observatory").Patches<Observatory>("Changes an observatory");

        var telescopes = app.MapResource("/telescopes", "Observatory");
        telescopes.MapPost("/", Handle.Create<CreateTelescope, Telescope>()).Needs("write:observatory").Creates<Telescope>("Creates a telescope");
        telescopes.MapGet("/", Handle.List<ITelescopes, Telescope>()).Needs("read:observatory").Lists<Telescope>("Lists telescopes");
        telescopes.MapGet("/{id:int}", Handle.Get<ITelescopes, Telescope>()).Needs("read:observatory").Gets<Telescope>("Gets a telescope");
        telescopes.MapPatch("/{id:int}", Handle.Change<Telescope>((id, patch) => new ChangeTelescope(id, patch)))
            .Needs("write:observatory").Patches<Telescope>("Changes a telescope");

        var instruments = app.MapResource("/instruments", "Observatory");
        instruments.MapPost("/", Handle.Create<CreateInstrument, Instrument>()).Needs("write:observatory").Creates<Instrument>("Creates an instrument");
        instruments.MapGet("/", Handle.List<IInstruments, Instrument>()).Needs("read:observatory").Lists<Instrument>("Lists instruments");
        instruments.MapGet("/{id:int}", Handle.Get<IInstruments, Instrument>()).Needs("read:observatory").Gets<Instrument>("Gets an instrument");
        instruments.MapPatch("/{id:int}", Handle.Change<Instrument>((id, patch) => new ChangeInstrument(id, patch)))
            .Needs("write:observatory").Patches<Instrument>("Changes an instrument");

        var modules = app.MapResource("/instrument-modules", "Observatory");
        modules.MapPost("/", Handle.Create<CreateInstrumentModule, InstrumentModule>())
            .Needs("write:observatory").Creates<InstrumentModule>("Creates an instrument module");
        modules.MapGet("/", Handle.List<IInstrumentModules, InstrumentModule>()).Needs("read:observatory").Lists<InstrumentModule>("Lists instrument modules");
        modules.MapGet("/{id:int}", Handle.Get<IInstrumentModules, InstrumentModule>())
            .Needs("read:observatory").Gets<InstrumentModule>("Gets an instrument module");
        modules.MapPatch("/{id:int}", Handle.Change<InstrumentModule>((id, patch) => new ChangeInstrumentModule(id, patch)))
            .Needs("write:observatory").Patches<InstrumentModule>("Changes an instrument module");
    }
}
