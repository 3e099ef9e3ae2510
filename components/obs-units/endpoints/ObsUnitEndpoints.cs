using System.ComponentModel;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using OpsDb.Kernel;
using OpsDb.Web;

namespace OpsDb.ObsUnits.Endpoints;

public static class ObsUnitEndpoints
{
    public static void MapObsUnits(this IEndpointRouteBuilder app)
    {
        app.MapEntity<ObsMode, int, CreateObsMode>("Obs units", "obs_units", "What is planned: obs units, and the modes in which they are observed.");
        app.MapEntity<ObsUnit, int, CreateObsUnit>("Obs units", "obs_units").MapAvailability<ObsUnit>();
        app.MapEntity<ObservationConfiguration, int, CreateObservationConfiguration>("Obs units", "obs_units");
        app.MapEntity<ObsUnitModuleConfiguration, int, CreateObsUnitModuleConfiguration>("Obs units", "obs_units");
        app.MapReadAliases<ObsUnit, int>("/obs_units", "read:obs_units");
        app.MapReadAliases<ObsUnit, int>("/api/v1/obs_units", "read:obs_units", "InV1Alias");
        app.MapEntity<PreScheduledSlot, int, CreatePreScheduledSlot>("Obs units", "obs_units")
            .MapPost("/import", Import).Needs("write:obs_units").WithSummary("Imports the schedule of a telescope").WithName("importSchedule")
            .TakesText("schedule")
            .WithDescription("CSV with the columns that FYST's scheduler writes, of which start_time, stop_time, name (of the obs unit) and block_type are "
                + "needed. All of it or nothing, up to 10,000 lines; a slot that is there already is no change, and lines of slews and idle time are skipped. "
                + "What is wrong is told as `line 3`, of the first 20 that are.")
            .WithMetadata(new QueryParameters("telescope_id")).Produces<ScheduleImported>().Refuses(400, 401, 403, 409, 413, 415, 422, 503);
    }

    private static async Task<IResult> Import([FromQuery(Name = "telescope_id"), Description("The telescope; needed.")] string? telescopeId,
        Request<ImportSchedule> request, ICommands commands, HttpContext context, CancellationToken ct)
    {
        if (!int.TryParse(telescopeId, NumberStyles.None, CultureInfo.InvariantCulture, out var telescope))
        {
            throw RefusalException.Fields(Problems.MalformedParameter,
                new Dictionary<string, string[]> { ["telescope_id"] = ["is the id of a row, a whole number"] });
        }
        return Responses.Done(context, await commands.SubmitAsync(request.Body with { TelescopeId = telescope }, request.Submission, ct));
    }
}
