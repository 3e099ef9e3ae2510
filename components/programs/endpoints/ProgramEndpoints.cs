using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using OpsDb.Web;

namespace OpsDb.Programs.Endpoints;

public static class ProgramEndpoints
{
    public static void MapPrograms(this IEndpointRouteBuilder app)
    {
        var programs = app.MapResource("/programs", "Programs", "Observing programs, to which telescope time is allocated.");
        programs.MapPost("/", Handle.Create<CreateObservingProgram, ObservingProgram>())
            .Needs("write:programs").Creates<ObservingProgram>("Creates an observing program");
        programs.MapGet("/", Handle.List<IObservingPrograms, ObservingProgram>()).Needs("read:programs").Lists<ObservingProgram>("Lists observing programs");
        programs.MapGet("/{id:int}", Handle.Get<IObservingPrograms, ObservingProgram>())
            .Needs("read:programs").Gets<ObservingProgram>("Gets an observing program");
        programs.MapPatch("/{id:int}", Handle.Change<ObservingProgram>((id, patch) => new ChangeObservingProgram(id, patch)))
            .Needs("write:programs").Patches<ObservingProgram>("Changes an observing program");
    }
}
