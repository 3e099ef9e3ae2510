using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using OpsDb.Kernel;
using OpsDb.Web;

namespace OpsDb.Weather.Endpoints;

public static class WeatherEndpoints
{
    public static void MapWeather(this IEndpointRouteBuilder app)
    {
        var readings = app.MapResource("/environment", "Environment",
            "The weather at the telescopes, as their instruments measure it. These writes are never lost: a site that is cut off takes them, too.");
        readings.MapPost("/", Record).Needs("write:environment").WithSummary("Records readings of the environment").WithName("recordEnvironment")
            .WithDescription("All of them or none, in one transaction: 1 to 10,000 readings. A reading that is there already with the same values "
                + "is no change; with other values, the whole request is refused.")
            .TakesMany().Produces<RecordedReadings>(StatusCodes.Status200OK).Produces<RecordedReadings>(StatusCodes.Status202Accepted)
            .Refuses(400, 401, 403, 409, 413, 415, 422, 503);
        readings.MapReads<EnvironmentReading, Guid>("read:environment");
    }

    private static async Task<IResult> Record(Request<RecordEnvironment> request, ICommands commands, HttpContext context, CancellationToken ct) =>
        Responses.Done(context, await commands.SubmitAsync(request.Body, request.Submission, ct));
}
