using System.ComponentModel;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using OpsDb.Web;

namespace OpsDb.Visibility.Endpoints;

/// <summary>When what can be seen.</summary>
public static class VisibilityEndpoints
{
    private const string Tag = "Visibility", Read = "read:visibility", Places = "read:observatory", Sources = "read:sources";
    private const string Observatory = "Of the observatory; needed.", Source = "Of the source; needed.";
    private const string Conventions = "Altitudes are without refraction; the azimuth is from north through east. The Sun and the Moon rise and set with "
        + "their centre at -50′, other bodies and stars at -34′.";

    public static void MapVisibility(this IEndpointRouteBuilder app)
    {
        var visibility = app.MapResource("/visibility", Tag, "When what can be seen: the Sun, twilights, the Moon and sources over nights and seasons.");
        visibility.MapGet("/night", Night).Needs(Read, Places).WithMetadata(new QueryParameters("observatory_id", "night"))
            .WithName("getNight").WithSummary("Tells sunset and sunrise, the twilights and the Moon of a night").WithDescription(Conventions)
            .Produces<NightAnswer>().IsTagged().ReadsState().Refuses(400, 401, 403, 422, 503);
        visibility.MapGet("/sources/{id:int}", OfSource).ShowsSource().WithName("getVisibilityOfSource");
        visibility.MapGet("/heatmap", Heat).ShowsHeat().WithName("getHeatMap");
        app.MapGet("/visibility/{id:int}", OfSource).ShowsSource().IsAliasOf("/api/v1/visibility/sources/{id}").WithName("getVisibilityOfSourceAlias");
        app.MapGet("/visibility/heatmap", Heat).ShowsHeat().IsAliasOf("/api/v1/visibility/heatmap").WithName("getHeatMapAlias");
        app.MapPost("/visibility/precalculate", Precalculate).Needs("write:visibility")
            .WithSummary("Answers that nothing has to be calculated ahead").WithDescription("Every answer is calculated when it is asked for.")
            .Produces<NothingToPrecalculate>().Refuses(401, 403).IsAliasOf("/api/v1/visibility/heatmap").WithName("precalculateVisibilityAlias");
    }

    private static RouteHandlerBuilder ShowsSource(this RouteHandlerBuilder endpoint) => endpoint.Needs(Read, Sources, Places)
        .WithMetadata(new QueryParameters("observatory_id", "night", "step_minutes"))
        .WithSummary("Tells where a source is through a night, and when it rises, passes the meridian and sets").WithDescription(Conventions)
        .Produces<SourceNightAnswer>().IsTagged().ReadsState().Refuses(400, 401, 403, 404, 422, 503);

    private static RouteHandlerBuilder ShowsHeat(this RouteHandlerBuilder endpoint) => endpoint.Needs(Read, Sources, Places)
        .WithMetadata(new QueryParameters(
            "source_id", "observatory_id", "from", "to", "step_minutes", "min_elevation_deg", "max_sun_altitude_deg"))
        .WithSummary("Tells a source's altitude by night and hour, and how long it can be observed in each night")
        .WithDescription($"Of {HeatMap.MaxNights} nights at most. {Conventions}")
        .Produces<HeatMapAnswer>().IsTagged().ReadsState().Refuses(400, 401, 403, 422, 503);

    private static IResult Precalculate() => Results.Ok(new NothingToPrecalculate("not_needed", "Every answer is calculated when it is asked for."));

    private static async Task<IResult> Night([Description(Observatory)] string? observatory_id,
        [Description("The local date of the evening, such as 2026-11-27; needed.")] string? night, FindTargets find, HttpContext context, CancellationToken ct)
    {
        var query = new VisibilityQuery();
        var (observatory, date) = (query.Id("observatory_id", observatory_id), query.Night("night", night));
        query.ThrowIfWrong();
        var (telescope, place) = await find.PlaceAsync(observatory, ct);
        return Responses.Content(context, new NightAnswer(SeenFrom.Of(telescope), new NightSky(place, date, TimeSpan.FromDays(1)).Night));
    }

    private static async Task<IResult> OfSource(int id, [Description(Observatory)] string? observatory_id,
        [Description("The local date of the evening, such as 2026-11-27; needed.")] string? night,
        [Description("Minutes between two samples, 1 to 60; 10 when absent.")] string? step_minutes,
        FindTargets find, HttpContext context, CancellationToken ct)
    {
        var query = new VisibilityQuery();
        var (observatory, date) = (query.Id("observatory_id", observatory_id), query.Night("night", night));
        var step = query.Step("step_minutes", step_minutes, 10, 1);
        query.ThrowIfWrong();
        var (source, target) = await find.TargetAsync(id, null, ct);
        var (telescope, place) = await find.PlaceAsync(observatory, ct);
        var sky = new NightSky(place, date, step);
        var seen = sky.See(target);
        return Responses.Content(context, new SourceNightAnswer(source.Id, source.Name, SeenFrom.Of(telescope), sky.Night, seen.Passage, seen.Samples));
    }

    private static async Task<IResult> Heat([Description(Source)] string? source_id, [Description(Observatory)] string? observatory_id,
        [Description("The first night, such as 2026-10-01; needed.")] string? from, [Description("The last night, such as 2027-03-31; needed.")] string? to,
        [Description("Minutes between two columns, a whole part of a day, 10 to 60; 30 when absent.")] string? step_minutes,
        [Description("How high the source has to be to be observed, degrees, 0 to 90; 30 when absent.")] string? min_elevation_deg,
        [Description("How high the Sun may be meanwhile, degrees, -90 to 90; -18 when absent, 90 to observe by day too.")] string? max_sun_altitude_deg,
        FindTargets find, HttpContext context, CancellationToken ct)
    {
        var query = new VisibilityQuery();
        var (source, observatory) = (query.Id("source_id", source_id), query.Id("observatory_id", observatory_id));
        var (first, last) = (query.Night("from", from), query.Night("to", to));
        var step = query.Step("step_minutes", step_minutes, 30, 10, partsOfDay: true);
        var elevation = query.Degrees("min_elevation_deg", min_elevation_deg, 30, 0);
        var sun = query.Degrees("max_sun_altitude_deg", max_sun_altitude_deg, -18, -90);
        query.Nights("to", first, last);
        query.ThrowIfWrong();
        var (row, target) = await find.TargetAsync(source, "source_id", ct);
        var (telescope, place) = await find.PlaceAsync(observatory, ct);
        var map = HeatMap.Of(place, target, first, last, step, elevation, sun);
        return Responses.Content(context, new HeatMapAnswer(row.Id, row.Name, SeenFrom.Of(telescope), elevation, sun, map.HoursFromMidnight, map.Nights));
    }
}
