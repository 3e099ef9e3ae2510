using Microsoft.AspNetCore.Routing;
using OpsDb.Web;

namespace OpsDb.ObsUnits.Endpoints;

public static class ObsUnitEndpoints
{
    public static void MapObsUnits(this IEndpointRouteBuilder app)
    {
        app.MapEntity<ObsMode, int, CreateObsMode>("Obs units", "obs_units", "What is planned: obs units, and the modes in which they are observed.");
        app.MapEntity<ObsUnit, int, CreateObsUnit>("Obs units", "obs_units");
    }
}
