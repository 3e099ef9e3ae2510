using Microsoft.AspNetCore.Routing;
using OpsDb.Web;

namespace OpsDb.Locations.Endpoints;

public static class LocationEndpoints
{
    public static void MapLocations(this IEndpointRouteBuilder app)
    {
        app.MapEntity<Site, int, CreateSite>("Locations", "locations", "Where data can be: sites, and the disks, buckets and tapes there.");
        app.MapEntity<DataLocation, int, CreateDataLocation>("Locations", "locations");
    }
}
