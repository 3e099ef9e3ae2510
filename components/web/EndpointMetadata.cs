using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using OpsDb.Kernel;

namespace OpsDb.Web;

/// <summary>An address of an older system that still works.</summary>
/// <param name="Successor">The address to use instead.</param>
public sealed record Alias(string Successor);

/// <summary>The list that an endpoint answers; its filters and sorts go into the document.</summary>
/// <param name="Row">What its rows are.</param>
public sealed record ListOf(Type Row, IReadOnlyList<(string Name, ParameterForm Form, string Description)> Parameters, IReadOnlyList<string> Sorts,
    string DefaultSort, int DefaultLimit, int MaxLimit)
{
    /// <summary>What it can be sorted by only while a filter is asked for: the sort, and the filter's parameter.</summary>
    public IReadOnlyList<(string Sort, string Filter)> FilterSorts { get; init; } = [];
}

/// <summary>The filters of a list, of an endpoint that answers something else about its rows.</summary>
internal sealed record FiltersOf(IReadOnlyList<(string Name, ParameterForm Form, string Description)> Parameters);

/// <summary>Query parameters of an endpoint that is not a list of rows; any that it does not name is refused.</summary>
public sealed record QueryParameters(params string[] Parameters);

/// <summary>The body of a request brings many rows, and may be larger than others.</summary>
internal sealed record ManyRows;

/// <summary>The body may be lines, one for each item of a list.</summary>
/// <param name="List">The member that the lines after the first are items of.</param>
internal sealed record LinesOf(string List);

/// <summary>The body is text.</summary>
/// <param name="Member">Of the command, that takes it.</param>
internal sealed record TextOf(string Member)
{
    public const string Type = "text/plain";
}

/// <summary>An endpoint answers a page of a history.</summary>
internal sealed record HistoryPages;

/// <summary>What the operations under a tag are about.</summary>
public sealed record TagText(string Tag, string Text);

/// <summary>What an endpoint's answer tells in headers.</summary>
/// <param name="Row">The version of one row.</param>
/// <param name="Location">Where the new row is.</param>
/// <param name="Conditional">Nothing, when the caller has the row already.</param>
/// <param name="MayMatch">The caller may say which version it has seen.</param>
internal sealed record Answers(bool Row = true, bool Location = false, bool Conditional = false, bool MayMatch = false);

/// <summary>The body is a merge patch of these fields of a row.</summary>
internal sealed record PatchOf(Type Row, IReadOnlyList<string> Fields)
{
    public string SchemaName => $"{Row.Name}Patch";
}

/// <summary>What endpoints say of themselves; the API document is made from it.</summary>
public static class EndpointMetadata
{
    /// <summary>A resource of the API, below the versioned base path.</summary>
    /// <param name="about">What all that bears the tag is about; said once for each tag.</param>
    public static RouteGroupBuilder MapResource(this IEndpointRouteBuilder app, string path, string tag, string? about = null)
    {
        var resource = app.MapGroup($"/api/v1{path}").WithTags(tag);
        return about is null ? resource : resource.WithMetadata(new TagText(tag, about));
    }

    /// <summary>GET of a list, with paging, filters and sorting.</summary>
    public static RouteHandlerBuilder Lists<T>(this RouteHandlerBuilder endpoint, string summary) where T : Row, IRow<T> => endpoint
        .WithName($"list{Table.PluralOf(typeof(T).Name)}")
        .WithSummary(summary)
        .WithMetadata(new ListOf(typeof(T), ParametersOf<T>(),
            [.. T.Table.Sorts.Select(s => s.Column).Append("id")], T.Table.DefaultSort, ListQuery<T>.DefaultLimit, ListQuery<T>.MaxLimit)
        {
            FilterSorts = [.. T.Table.Filters.Where(f => f.SortName is not null).Select(f => (f.SortName!, f.Parameter))],
        })
        .Produces<PageAnswer<T>>()
        .ReadsState()
        .Refuses(400, 401, 403, 503);

    /// <summary>The answer is about the rows that a list with these filters has.</summary>
    /// <param name="others">What it takes besides.</param>
    public static RouteHandlerBuilder TakesFilters<T>(this RouteHandlerBuilder endpoint, params string[] others) where T : Row, IRow<T> => endpoint
        .WithMetadata(new FiltersOf(ParametersOf<T>()), new QueryParameters([.. others, .. ParametersOf<T>().Select(p => p.Name)]));

    /// <summary>GET of one row.</summary>
    public static RouteHandlerBuilder Gets<T>(this RouteHandlerBuilder endpoint, string summary) => endpoint
        .WithName($"get{typeof(T).Name}").WithSummary(summary).Produces<T>().IsTagged().ReadsState().Refuses(401, 403, 404, 503);

    /// <summary>The row can be read as it was at an instant.</summary>
    public static RouteHandlerBuilder TakesAsOf(this RouteHandlerBuilder endpoint) => endpoint.WithMetadata(new QueryParameters(Responses.AsOfParameter));

    /// <summary>GET of the versions of one row.</summary>
    public static RouteHandlerBuilder GetsHistory<T>(this RouteHandlerBuilder endpoint, string summary) where T : Row => endpoint
        .WithName($"list{typeof(T).Name}Versions").WithSummary(summary)
        .WithDescription("Newest first, with those that the main database does not have yet. What was superseded before this was kept is missing.")
        .WithMetadata(new HistoryPages(), new QueryParameters([.. HistoryQuery.Parameters])).Produces<PageAnswer<RowVersion<T>>>()
        .ReadsState().Refuses(400, 401, 403, 404, 503);

    /// <summary>GET of where the versions of one row come from.</summary>
    public static RouteHandlerBuilder GetsProvenance<T>(this RouteHandlerBuilder endpoint, string summary) where T : Row => endpoint
        .WithName($"list{typeof(T).Name}Provenance").WithSummary(summary)
        .WithDescription("The versions of its history, newest first: who made each with which token, at which site, and when the main database recorded it.")
        .WithMetadata(new HistoryPages(), new QueryParameters([.. HistoryQuery.Parameters])).Produces<PageAnswer<Provenance>>()
        .ReadsState().Refuses(400, 401, 403, 404, 503);

    /// <summary>The answer has an entity tag, with which the caller can ask whether it is still the same.</summary>
    public static RouteHandlerBuilder IsTagged(this RouteHandlerBuilder endpoint) => endpoint
        .WithMetadata(new Answers(Conditional: true)).Produces(StatusCodes.Status304NotModified).Refuses(400, 412);

    /// <summary>POST of a new row.</summary>
    public static RouteHandlerBuilder Creates<T>(this RouteHandlerBuilder endpoint, string summary) => endpoint
        .WithName($"create{typeof(T).Name}").WithMetadata(new Answers(Location: true))
        .WithSummary(summary).Produces<T>(StatusCodes.Status201Created).Produces<T>(StatusCodes.Status202Accepted)
        .Refuses(400, 401, 403, 409, 412, 413, 415, 422, 503);

    /// <summary>POST of a new row that is answered with more than the row.</summary>
    public static RouteHandlerBuilder Makes<T>(this RouteHandlerBuilder endpoint, string summary) => endpoint
        .WithMetadata(new Answers(Location: true)).WithSummary(summary).Produces<T>(StatusCodes.Status201Created)
        .Refuses(400, 401, 403, 409, 412, 413, 415, 422, 503);

    /// <summary>POST of many new rows.</summary>
    public static RouteHandlerBuilder CreatesMany<T, TKey>(this RouteHandlerBuilder endpoint, string summary)
        where T : Row<TKey>, IRow<T> where TKey : notnull => endpoint
        .WithName($"create{Table.PluralOf(typeof(T).Name)}").WithMetadata(new Answers(Row: false))
        .WithSummary(summary).WithDescription("All of them or none, in one transaction: 1 to 100,000 rows, in a body as large as the setting "
            + "`HTTP_BULK_BODY_LIMIT` allows. What is wrong with a row is told as `items[3].name`, of the first 20 that are.").TakesMany()
        .Produces<CreatedMany<T, TKey>>(StatusCodes.Status201Created).Produces<CreatedMany<T, TKey>>(StatusCodes.Status202Accepted)
        .Refuses(400, 401, 403, 409, 412, 413, 415, 422, 503);

    /// <summary>The body brings many rows.</summary>
    public static RouteHandlerBuilder TakesMany(this RouteHandlerBuilder endpoint) => endpoint.WithMetadata(new ManyRows());

    /// <summary>The body may also be lines (NDJSON): an object with everything but a list, and on each line after it an item of the list.</summary>
    /// <param name="list">The member that is the list.</param>
    public static RouteHandlerBuilder TakesLines(this RouteHandlerBuilder endpoint, string list) => endpoint.WithMetadata(new LinesOf(list));

    /// <summary>The body is text, and no JSON.</summary>
    /// <param name="member">Of the command, that takes it.</param>
    public static RouteHandlerBuilder TakesText(this RouteHandlerBuilder endpoint, string member) => endpoint.WithMetadata(new TextOf(member));

    /// <summary>Creates a row unless it is there: 200 with the row when it was.</summary>
    public static RouteHandlerBuilder AnswersKnown<T>(this RouteHandlerBuilder endpoint) => endpoint.Produces<T>();

    /// <summary>An action on a row, or a change of it.</summary>
    public static RouteHandlerBuilder Changes<T>(this RouteHandlerBuilder endpoint, string summary) => endpoint
        .WithMetadata(new Answers(MayMatch: true))
        .WithSummary(summary).Produces<T>().Produces<T>(StatusCodes.Status202Accepted).Refuses(400, 401, 403, 404, 409, 412, 413, 415, 422, 503);

    /// <summary>PUT of a row to an address that the caller chooses: 201 where it was not there.</summary>
    public static RouteHandlerBuilder Puts<T>(this RouteHandlerBuilder endpoint, string summary) where T : Row => endpoint
        .WithMetadata(new Answers(Location: true, MayMatch: true)).WithSummary(summary)
        .Produces<T>().Produces<T>(StatusCodes.Status201Created).Refuses(400, 401, 403, 409, 412, 413, 415, 422, 503);

    /// <summary>PATCH of a row: a merge patch that needs If-Match.</summary>
    public static RouteHandlerBuilder Patches<T>(this RouteHandlerBuilder endpoint, string summary) where T : Row, IRow<T> => endpoint
        .Changes<T>(summary).WithName($"change{typeof(T).Name}").Refuses(428)
        .WithMetadata(new NeedsIfMatch(), new PatchOf(typeof(T), T.Table.Patchable))
                .WithDescription($"A JSON merge patch (RFC 7396) of {string.Join(", ", T.Table.Patchable)}; null clears, absent leaves.");

    /// <summary>An action on all rows that some filters match.</summary>
    public static RouteHandlerBuilder ChangesMany<T>(this RouteHandlerBuilder endpoint, string summary) where T : Row, IRow<T> => endpoint
        .WithSummary(summary).WithDescription("All rows that the filters match, up to 10,000, in one transaction; at least one filter is given. "
            + "With `dry_run=true` it tells what would change.")
        .TakesFilters<T>().WithMetadata(new Answers(Row: false)).Produces<ManyMoved>().Produces<ManyMoved>(StatusCodes.Status202Accepted)
        .Refuses(400, 401, 403, 404, 409, 412, 413, 415, 422, 503);

    /// <summary>DELETE of a row, which needs If-Match.</summary>
    public static RouteHandlerBuilder Deletes<T>(this RouteHandlerBuilder endpoint, string summary) where T : Row, IRow<T> => endpoint
        .WithName($"delete{typeof(T).Name}").WithSummary(summary).WithDescription("Only one that no other row refers to.")
        .WithMetadata(new Answers(Row: false), new NeedsIfMatch())
        .Produces(T.Table.Deletion is CriticalAttribute ? StatusCodes.Status202Accepted : StatusCodes.Status204NoContent)
        .Refuses(400, 401, 403, 404, 409, 412, 413, 415, 422, 428, 503);

    /// <summary>The caller can say how new the state has to be that the answer is read from.</summary>
    public static RouteHandlerBuilder ReadsState(this RouteHandlerBuilder endpoint) => endpoint.WithMetadata(new ReadsState()).Refuses(412);

    public static RouteHandlerBuilder IsAliasOf(this RouteHandlerBuilder endpoint, string successor) => endpoint
        .WithMetadata(new Alias(successor), new TagText("Aliases",
            "Addresses that clients of older systems use; they reach the same as the addresses that their descriptions name.")).WithTags("Aliases")
                .AddEndpointFilter((context, next) =>
        {
            var response = context.HttpContext.Response;
            // What is told as it happens has begun long before it ends.
            response.OnStarting(() =>
            {
                // Refusals are the same at all addresses.
                if (response.StatusCode < StatusCodes.Status400BadRequest)
                {
                    // RFC 9745: the moment from which the address counts as deprecated, which is the product's first release.
                    response.Headers["Deprecation"] = "@1795219200";
                    response.Headers.Append("Link", $"<{successor}>; rel=\"successor-version\"");
                }
                return Task.CompletedTask;
            });
            return next(context);
        });

    private static IReadOnlyList<(string Name, ParameterForm Form, string Description)> ParametersOf<T>() where T : Row, IRow<T> =>
        [.. T.Table.Filters.SelectMany(f => f.Parts.Prepend((f.Parameter, f.Form, f.Description)))];

    public static RouteHandlerBuilder Refuses(this RouteHandlerBuilder endpoint, params int[] statuses)
    {
        foreach (var status in statuses)
            endpoint.Produces<ProblemBody>(status, "application/problem+json");
        return endpoint;
    }
}
