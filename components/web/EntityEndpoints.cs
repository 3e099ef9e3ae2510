using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using OpsDb.Kernel;

namespace OpsDb.Web;

/// <summary>The handlers of resources that are created, read, patched and deleted.</summary>
public static class EntityHandlers
{
    // Delegates and not methods: the analyzer of route handlers fails on generic methods of another assembly.

    /// <summary>The body is the command.</summary>
    public static Delegate Create<TCommand, T>() where TCommand : ICommand<T> where T : Row =>
        async (Request<TCommand> request, ICommands commands, HttpContext context, CancellationToken ct) =>
        {
            var receipt = await commands.SubmitAsync<T>(request.Body, request.Submission, ct);
            return Responses.Created(context, receipt, $"{context.Request.Path.Value!.TrimEnd('/')}/{Table.KeyText(receipt.Result.Key)}");
        };

    /// <summary>The body has many commands.</summary>
    public static Delegate CreateMany<T, TKey, TCreate>() where T : Row<TKey>, IRow<T> where TKey : notnull where TCreate : ICreate<T> =>
        async (Request<CreateMany<T, TKey, TCreate>> request, ICommands commands, HttpContext context, CancellationToken ct) =>
            Responses.CreatedMany(context, await commands.SubmitAsync(request.Body, request.Submission, ct));

    public static Delegate List<T, TKey>() where T : Row<TKey>, IRow<T> where TKey : notnull =>
        (IReader<T, TKey> rows, HttpContext context, CancellationToken ct) => Responses.ListAsync(context, rows, Responses.Query<T>(context), ct);

    public static Delegate Get<T, TKey>() where T : Row<TKey>, IRow<T> where TKey : notnull =>
        async (TKey id, IReader<T, TKey> rows, IHistory<T, TKey> history, HttpContext context, CancellationToken ct) => Responses.Found(context,
            Responses.AsOf(context) is { } instant ? await history.FindAsync(id, instant, ct) : await rows.FindAsync(id, ct));

    public static Delegate History<T, TKey>() where T : Row<TKey>, IRow<T> where TKey : notnull =>
        async (TKey id, IHistory<T, TKey> history, HttpContext context, CancellationToken ct) =>
            Responses.Versions(context, await history.ReadAsync(id, HistoryQuery.Parse(Responses.Parameters(context)), ct));

    public static Delegate Provenance<T, TKey>() where T : Row<TKey>, IRow<T> where TKey : notnull =>
        async (TKey id, IHistory<T, TKey> history, HttpContext context, CancellationToken ct) =>
            Responses.Versions(context, await history.ReadProvenanceAsync(id, HistoryQuery.Parse(Responses.Parameters(context)), ct));

    /// <summary>The body is a merge patch.</summary>
    public static Delegate Change<T, TKey>() where T : Row<TKey>, IRow<T> where TKey : notnull =>
        async (TKey id, Request<JsonElement> request, ICommands commands, HttpContext context, CancellationToken ct) =>
            Responses.Changed(context, await commands.SubmitAsync(new Change<T, TKey>(id, new(request.Body)), request.Submission, ct));

    public static Delegate Delete<T, TKey>() where T : Row<TKey>, IRow<T> where TKey : notnull =>
        async (TKey id, Request<NoBody> request, ICommands commands, HttpContext context, CancellationToken ct) =>
            Responses.Deleted(context, await commands.SubmitAsync(new Delete<T, TKey>(id), request.Submission, ct));
}

/// <summary>The permissions that the endpoints of an entity need.</summary>
public sealed record EntityAccess(string Read, string Write);

/// <summary>The endpoints of an entity that is created, read, changed and, where its table says so, deleted.</summary>
public static class EntityEndpoints
{
    /// <param name="resource">Of the permissions that they need.</param>
    /// <param name="about">What all that bears the tag is about; said once for each tag.</param>
    public static RouteGroupBuilder MapEntity<T, TKey, TCreate>(this IEndpointRouteBuilder app, string tag, string resource, string? about = null)
        where T : Row<TKey>, IRow<T> where TKey : notnull where TCreate : ICreate<T> =>
        app.MapEntity<T, TKey, TCreate>(tag, new EntityAccess($"read:{resource}", $"write:{resource}"), about);

    /// <inheritdoc cref="MapEntity{T, TKey, TCreate}(IEndpointRouteBuilder, string, string, string?)"/>
    /// <param name="access">What they need.</param>
    public static RouteGroupBuilder MapEntity<T, TKey, TCreate>(this IEndpointRouteBuilder app, string tag, EntityAccess access, string? about = null)
        where T : Row<TKey>, IRow<T> where TKey : notnull where TCreate : ICreate<T>
    {
        var (table, one) = (T.Table, Pattern(typeof(TKey)));
        var entity = app.MapResource($"/{table.Path}", tag, about);
        entity.MapPost("/", EntityHandlers.Create<TCreate, T>()).Needs(access.Write).Creates<T>($"Creates {table.ANoun}");
        entity.MapPost("/bulk", EntityHandlers.CreateMany<T, TKey, TCreate>()).Needs(access.Write).CreatesMany<T, TKey>($"Creates many {table.Nouns}");
        entity.MapReads<T, TKey>(access.Read);
        if (table.Patchable.Count > 0)
            entity.MapPatch(one, EntityHandlers.Change<T, TKey>()).Needs(access.Write).Patches<T>($"Changes {table.ANoun}");
        if (table.Deletable)
            entity.MapDelete(one, EntityHandlers.Delete<T, TKey>()).Needs(access.Write).Deletes<T>($"Deletes {table.ANoun}");
        return entity;
    }

    /// <summary>The versions of a row, and where they come from.</summary>
    /// <param name="permission">The one that reading the row needs.</param>
    public static void MapHistory<T, TKey>(this RouteGroupBuilder entity, string permission) where T : Row<TKey>, IRow<T> where TKey : notnull
    {
        var (one, a) = (Pattern(typeof(TKey)), T.Table.ANoun);
        entity.MapGet($"{one}/history", EntityHandlers.History<T, TKey>()).Needs(permission).GetsHistory<T>($"Lists the versions of {a}");
        entity.MapGet($"{one}/provenance", EntityHandlers.Provenance<T, TKey>()).Needs(permission)
            .GetsProvenance<T>($"Tells where the versions of {a} come from");
    }

    /// <summary>The older addresses of an entity's list and of one of its rows.</summary>
    /// <param name="name">What the names of the operations end with.</param>
    /// <param name="permission">The one that reading the row needs.</param>
    public static void MapReadAliases<T, TKey>(this IEndpointRouteBuilder app, string path, string permission, string name = "Alias")
        where T : Row<TKey>, IRow<T> where TKey : notnull
    {
        var (table, successor) = (T.Table, $"/api/v1/{T.Table.Path}");
        app.MapGet(path, EntityHandlers.List<T, TKey>()).Needs(permission).Lists<T>($"Lists {table.Nouns}")
            .IsAliasOf(successor).WithName($"list{Table.PluralOf(typeof(T).Name)}{name}");
        app.MapGet($"{path}{Pattern(typeof(TKey))}", EntityHandlers.Get<T, TKey>()).Needs(permission).Gets<T>($"Gets {table.ANoun}").TakesAsOf()
            .IsAliasOf($"{successor}/{{id}}").WithName($"get{typeof(T).Name}{name}");
    }

    internal static string Pattern(Type key) =>
        key == typeof(Guid) ? "/{id:guid}" : key == typeof(int) ? "/{id:int}" : key == typeof(long) ? "/{id:long}" : "/{id}";
}
