using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using OpsDb.Web;

namespace OpsDb.Sources.Endpoints;

public static class SourceEndpoints
{
    public static void MapSources(this IEndpointRouteBuilder app)
    {
        var sources = app.MapResource("/sources", "Sources", "What can be observed: places on the sky and bodies of the solar system.");
        sources.MapPost("/", Handle.Create<CreateSource, Source>()).Needs("write:sources").Creates<Source>("Creates a source");
        sources.MapGet("/", Handle.List<ISources, Source>()).Needs("read:sources").Lists<Source>("Lists sources");
        sources.MapGet("/{id:int}", Handle.Get<ISources, Source>()).Needs("read:sources").Gets<Source>("Gets a source");
        sources.MapPatch("/{id:int}", Handle.Change<Source>((id, patch) => new ChangeSource(id, patch)))
            .Needs("write:sources").Patches<Source>("Changes a source");
    }
}
