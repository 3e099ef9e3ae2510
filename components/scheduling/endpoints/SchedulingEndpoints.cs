using System.ComponentModel;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using OpsDb.Kernel;
using OpsDb.Web;

namespace OpsDb.Scheduling.Endpoints;

/// <summary>What should be observed now.</summary>
public static class SchedulingEndpoints
{
    private const int DefaultLimit = 100, MaxLimit = 1000;

    public static void MapScheduling(this IEndpointRouteBuilder app) => app.MapResource("/obs-units", "Obs units")
        .MapGet("/observable", Observable).Needs("read:obs_units", "read:observatory", "read:sources", "read:environment")
        .WithMetadata(new QueryParameters("at", "telescope_id", "pwv_mm", "limit"))
        .WithName("findObservableUnits").WithSummary("Tells which obs units can be observed at an instant, and why the others cannot")
        .WithDescription("By what is in service, by where the sources are, and by what each unit asks for. Without water vapour that was measured in the hour "
            + "before, or given here, no unit is excluded for it. The best come first: by priority, then by the air that is looked through.")
        .Produces<ObservableUnits>().IsTagged().ReadsState().Refuses(400, 401, 403, 422, 503);

    private static async Task<IResult> Observable([Description("The instant, such as 2026-11-27T03:00:00Z; now when absent.")] string? at,
        [Description("Only units with this telescope.")] string? telescope_id,
        [Description("Precipitable water vapour, mm, 0 to 100; what was measured last when absent.")] string? pwv_mm,
        [Description("How many units of each kind are told of, 1 to 1000; 100 when absent.")] string? limit,
        ObservableReader reader, TimeProvider time, HttpContext context, CancellationToken ct)
    {
        var errors = new FieldErrors();
        var instant = time.GetUtcNow();
        if (at is not null && !Instant.TryParse(at, out instant))
            errors.Add("at", "is an instant, written as 2026-11-27T03:00:00Z");
        var query = new ObservableQuery(instant, Read<int>("telescope_id", telescope_id, 1, int.MaxValue), Read<double>("pwv_mm", pwv_mm, 0, 100),
            Read<int>("limit", limit, 1, MaxLimit) ?? DefaultLimit);
        errors.ThrowIfAny(Problems.MalformedParameter);
        return Responses.Content(context, await reader.FindAsync(query, ct));

        T? Read<T>(string name, string? text, T least, T most) where T : struct, System.Numerics.INumber<T>
        {
            if (text is null)
                return null;
            if (T.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most)
                return value;
            errors.Add(name, string.Create(CultureInfo.InvariantCulture, $"is a number, {least} to {most}"));
            return null;
        }
    }
}
