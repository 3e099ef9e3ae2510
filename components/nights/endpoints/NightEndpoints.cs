using System.ComponentModel;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using OpsDb.Kernel;
using OpsDb.Visibility;
using OpsDb.Web;

namespace OpsDb.Nights.Endpoints;

public static class NightEndpoints
{
    public static void MapNights(this IEndpointRouteBuilder app)
    {
        app.MapNight();
        var executions = app.MapResource("/executions", "Executions");
        executions.MapGet("/running", Running).Needs("read:executions", "read:obs_units")
            .WithSummary("Lists the executions that have not ended, with their age")
            .WithDescription("The one that runs for longest first, 1,000 at most. Nothing ends an execution but a person or a script that says so.")
            .WithName("listRunningExecutions").Produces<RunningExecutions>().IsTagged().ReadsState().Refuses(400, 401, 403, 503);
        executions.MapGet("/{id:guid}/environment", Weather).Needs("read:executions", "read:obs_units", "read:observatory", "read:environment")
            .WithSummary("Tells what was measured of the environment during an execution").WithName("getEnvironmentOfExecution")
            .WithDescription("At its telescope, from its start to its end, or until now; 10,000 readings at most.")
            .Produces<ExecutionEnvironment>().IsTagged().ReadsState().Refuses(400, 401, 403, 404, 503);
    }

    private static void MapNight(this IEndpointRouteBuilder app) => app.MapResource("/nights", "Nights", "What was done in a night, beside what was planned.")
        .MapGet("/{date}", Report)
        .Needs("read:executions", "read:obs_units", "read:programs", "read:observatory", "read:environment", "read:raw_data")
        .WithMetadata(new QueryParameters("telescope_id"))
        .WithName("getNightReport").WithSummary("Reports a night of a telescope")
        .WithDescription("From the noon before the date's evening to the next one, of the mean Sun at the telescope. With `Accept: text/html` a page "
            + "that can be printed. What is pending at the site is in it.")
        .Produces<NightReport>(StatusCodes.Status200OK, "application/json", NightPage.MediaType).ReadsState().Refuses(400, 401, 403, 422, 503);

    private static async Task<IResult> Report([Description("The local date of the evening, such as 2026-11-27.")] string date,
        [Description("The telescope; needed.")] string? telescope_id, NightReporter reporter, HttpContext context, CancellationToken ct)
    {
        var errors = new FieldErrors();
        if (!DateOnly.TryParseExact(date, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var evening)
            || evening < NightSky.First || evening > NightSky.Last)
            errors.Add("date", $"is a date, written as 2026-11-27, from {NightSky.First:yyyy-MM-dd} to {NightSky.Last:yyyy-MM-dd}");
        if (!int.TryParse(telescope_id, NumberStyles.None, CultureInfo.InvariantCulture, out var telescope))
            errors.Add("telescope_id", "is the id of a row, a whole number");
        errors.ThrowIfAny(Problems.MalformedParameter);
        var report = await reporter.ReportAsync(evening, telescope, ct);
        context.Response.Headers.Append("Vary", "Accept");
        return WantsPage(context) ? Results.Content(NightPage.Of(report), $"{NightPage.MediaType}; charset=utf-8") : Responses.Ok(report);
    }

    private static async Task<IResult> Running(ExecutionWeather executions, HttpContext context, CancellationToken ct) =>
        Responses.Content(context, await executions.RunningAsync(ct));

    private static async Task<IResult> Weather(Guid id, ExecutionWeather executions, HttpContext context, CancellationToken ct) =>
        Responses.Content(context, await executions.ReadAsync(id, ct));

    /// <summary>A browser says first that it wants a page; programs say nothing, or JSON.</summary>
    private static bool WantsPage(HttpContext context) =>
        context.Request.GetTypedHeaders().Accept.FirstOrDefault()?.MediaType.Equals(NightPage.MediaType, StringComparison.OrdinalIgnoreCase) == true;
}
