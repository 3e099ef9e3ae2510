using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using OpsDb.Web;

namespace OpsDb.ObsUnits.Endpoints;

public static class ObsUnitEndpoints
{
    public static void MapObsUnits(this IEndpointRouteBuilder app)
    {
        var modes = app.MapResource("/obs-modes", "Obs units", "What is planned: obs units, and the modes in which they are observed.");
        modes.MapPost("/", Handle.Create<CreateObsMode, ObsMode>()).Needs("write:obs_units").Creates<ObsMode>("Creates an observing mode");
        modes.MapGet("/", Handle.List<IObsModes, ObsMode>()).Needs("read:obs_units").Lists<ObsMode>("Lists observing modes");
        modes.MapGet("/{id:int}", Handle.Get<IObsModes, ObsMode>()).Needs("read:obs_units").Gets<ObsMode>("Gets an observing mode");
        modes.MapPatch("/{id:int}", Handle.Change<ObsMode>((id, patch) => new ChangeObsMode(id, patch)))
            .Needs("write:obs_units").Patches<ObsMode>("Changes an observing mode");

        var units = app.MapResource("/obs-units", "Obs units");
        units.MapPost("/", Handle.Create<CreateObsUnit, ObsUnit>()).Needs("write:obs_units").Creates<ObsUnit>("Creates an obs unit");
        units.MapGet("/", Handle.List<IObsUnits, ObsUnit>()).Needs("read:obs_units").Lists<ObsUnit>("Lists obs units");
        units.MapGet("/{id:int}", Handle.Get<IObsUnits, ObsUnit>()).Needs("read:obs_units").Gets<ObsUnit>("Gets an obs unit");
        units.MapPatch("/{id:int}", Handle.Change<ObsUnit>((id, patch) => new ChangeObsUnit(id, patch)))
            .Needs("write:obs_units").Patches<ObsUnit>("Changes an obs unit");
    }
}
