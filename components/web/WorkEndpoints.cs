using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using OpsDb.Kernel;

namespace OpsDb.Web;

/// <summary>The endpoints of things that go through states: read, corrected, and set going again by a person, one by one or many at once.</summary>
public static class WorkEndpoints
{
    /// <param name="resource">Of the permissions that they need.</param>
    /// <param name="operated">The same of those that set it going again, where others may do that than may ask for it.</param>
    public static RouteGroupBuilder MapWork<T>(this IEndpointRouteBuilder app, string tag, string resource, string? about = null, string? operated = null)
        where T : WorkRow, IRow<T>, IRestartable<T>
    {
        var (table, name) = (T.Table, typeof(T).Name);
        var (read, write) = ($"read:{resource}", $"write:{operated ?? resource}");
        var work = app.MapResource($"/{table.Path}", tag, about);
        work.MapReads<T, Guid>(read);
        work.MapPatch("/{id:guid}", EntityHandlers.Change<T, Guid>()).Needs(write).Patches<T>($"Changes {table.ANoun}");
        foreach (var (how, verb) in new[] { (RestartKind.Retry, "retry"), (RestartKind.Reset, "reset") })
        {
            var what = how == RestartKind.Retry ? $"what has failed of {table.ANoun}" : $"{table.ANoun} that is not done from its beginning";
            work.MapPost($"/{{id:guid}}/{verb}", Restart<T>(how)).Needs(write).Changes<T>($"Lets {what} be tried again").WithName($"{verb}{name}");
            work.MapPost($"/{verb}", Many<T>(how)).Needs(write).ChangesMany<T>($"Lets many {table.Nouns} be tried again")
                .WithName($"{verb}{Table.PluralOf(name)}");
        }
        return work;
    }

    /// <summary>What can be read of an entity.</summary>
    /// <param name="read">The permission.</param>
    public static void MapReads<T, TKey>(this RouteGroupBuilder entity, string read) where T : Row<TKey>, IRow<T> where TKey : notnull
    {
        var (table, one) = (T.Table, EntityEndpoints.Pattern(typeof(TKey)));
        entity.MapGet("/", EntityHandlers.List<T, TKey>()).Needs(read).Lists<T>($"Lists {table.Nouns}");
        entity.MapGet(one, EntityHandlers.Get<T, TKey>()).Needs(read).Gets<T>($"Gets {table.ANoun}").TakesAsOf();
        entity.MapHistory<T, TKey>(read);
    }

    /// <summary>Sets one row going again.</summary>
    public static Delegate Restart<T>(RestartKind how) where T : WorkRow, IRow<T>, IRestartable<T> =>
        async (Guid id, Request<Restart<T>> request, ICommands commands, HttpContext context, CancellationToken ct) =>
            Responses.Changed(context, await commands.SubmitAsync(request.Body with { Id = id, How = how }, request.Submission, ct));

    private static Delegate Many<T>(RestartKind how) where T : WorkRow, IRow<T>, IRestartable<T> =>
        async (Request<RestartMany<T>> request, ICommands commands, HttpContext context, CancellationToken ct) => Responses.Done(context,
            await commands.SubmitAsync(request.Body with { Of = Responses.Matching<T>(context), How = how }, request.Submission, ct));
}
