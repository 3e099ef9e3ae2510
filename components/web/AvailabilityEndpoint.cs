using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using OpsDb.Kernel;

namespace OpsDb.Web;

/// <summary>The endpoint with which something is taken out of service and put back.</summary>
public static class AvailabilityEndpoint
{
    public static void MapAvailability<T>(this RouteGroupBuilder entity) where T : Row<int>, IRow<T>, IAvailable<T> =>
        entity.MapPut("/{id:int}/availability", Set<T>()).Needs("write:availability")
            .Changes<T>($"Takes {T.Table.ANoun} out of service, or puts it back").WithName($"setAvailabilityOf{typeof(T).Name}");

    private static Delegate Set<T>() where T : Row<int>, IRow<T>, IAvailable<T> =>
        async (int id, Request<SetAvailability<T>> request, ICommands commands, HttpContext context, CancellationToken ct) =>
            Responses.Changed(context, await commands.SubmitAsync(request.Body with { Id = id }, request.Submission, ct));
}
