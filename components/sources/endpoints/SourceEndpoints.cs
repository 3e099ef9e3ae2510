using Microsoft.AspNetCore.Routing;
using OpsDb.Web;

namespace OpsDb.Sources.Endpoints;

public static class SourceEndpoints
{
    public static void MapSources(this IEndpointRouteBuilder app) =>
        app.MapEntity<Source, int, CreateSource>("Sources", "sources", "What can be observed: places on the sky and bodies of the solar system.");
}
