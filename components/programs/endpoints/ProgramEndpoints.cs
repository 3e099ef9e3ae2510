using Microsoft.AspNetCore.Routing;
using OpsDb.Web;

namespace OpsDb.Programs.Endpoints;

public static class ProgramEndpoints
{
    public static void MapPrograms(this IEndpointRouteBuilder app) =>
        app.MapEntity<ObservingProgram, int, CreateObservingProgram>("Programs", "programs", "Observing programs, to which telescope time is allocated.");
}
