using System.ComponentModel;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using OpsDb.Kernel;
using OpsDb.Web;

namespace OpsDb.Sources.Endpoints;

public static class SourceEndpoints
{
    private const string Read = "read:sources", Write = "write:sources", KosmaFormat = "kosma";

    public static void MapSources(this IEndpointRouteBuilder app)
    {
        var sources = app.MapEntity<Source, int, CreateSource>("Sources", "sources",
            "What can be observed: places on the sky, bodies of the solar system, and ranges of azimuth at one elevation.");
        sources.MapGet("/{id:int}/chip", Chip).Needs(Read).Gets<SourceChip>("Gets what a card shows of a source");
        sources.MapPost("/import", Import).Needs(Write).WithSummary("Imports a list of sources").WithName("importSources").TakesText("list")
            .WithDescription("All of them or none, in one transaction: up to 10,000 lines like `NAME EQ 2000 hh:mm:ss.s dd:mm:ss.s LSR 9.0`. A source that is "
                + "known with the same place and velocity is no change. What is wrong is told as `line 3`, of the first 20 that are.")
            .WithMetadata(new QueryParameters("format")).Produces<SourcesImported>().Refuses(400, 401, 403, 409, 413, 415, 422, 503);
        sources.MapGet("/resolve", Resolve).Needs(Read).Resolves("resolveSourceName").WithMetadata(new QueryParameters("name"));
        app.MapResource("/source-names", "Sources").MapGet("/{name}", ResolvePath).Needs(Read).Resolves("resolveSourceNameInPath");

        app.MapReadAliases<Source, int>("/sources", Read);
        app.MapGet("/sources/{id:int}/chip", Chip).Needs(Read).Gets<SourceChip>("Gets what a card shows of a source")
            .IsAliasOf("/api/v1/sources/{id}/chip").WithName("getSourceChipAlias");
        app.MapPost("/sources/resolve", ResolveBody).Needs(Read).Resolves("").Refuses(413, 415)
            .IsAliasOf("/api/v1/sources/resolve").WithName("resolveSourceNameAlias");
    }

    private static RouteHandlerBuilder Resolves(this RouteHandlerBuilder endpoint, string name) => endpoint
        .WithSummary("Tells where the object of a name is").WithName(name)
        .WithDescription("Asks the name resolvers of the site, one after another, and keeps the answer: `from_cache` tells that it is one from before.")
        .Produces<ResolvedName>().ReadsState().Refuses(400, 401, 403, 404, 503);

    private static async Task<IResult> Chip(int id, IReader<Source, int> sources, HttpContext context, CancellationToken ct) =>
        Responses.Content(context, SourceChip.Of(await sources.GetAsync(id, ct)));

    private static async Task<IResult> Import(
        [FromQuery(Name = "format"), Description("The form of the list: `kosma`.")] string? format, Request<ImportSources> request, ICommands commands,
        HttpContext context, CancellationToken ct)
    {
        if (format != KosmaFormat)
            throw Wrong("format", $"is {KosmaFormat}, once");
        return Responses.Done(context, await commands.SubmitAsync(request.Body, request.Submission, ct));
    }

    private static async Task<IResult> Resolve(
        [FromQuery(Name = "name"), Description("Of an object, with %2B for a plus; 1 to 200 characters.")] string? name, NameResolution names,
        HttpContext context, CancellationToken ct) => context.Request.Query["name"].Count > 1
            ? throw Wrong("name", "is given once")
            : Responses.Ok(await names.ResolveAsync(name, context.Principal().Actor, ct));

    private static async Task<IResult> ResolvePath(string name, NameResolution names, HttpContext context, CancellationToken ct) =>
        Responses.Ok(await names.ResolveAsync(name, context.Principal().Actor, ct));

    private static async Task<IResult> ResolveBody(Question<ResolveAlias> question, NameResolution names, HttpContext context, CancellationToken ct) =>
        Responses.Ok(await names.ResolveAsync(question.Body.Name, context.Principal().Actor, ct));

    private static RefusalException Wrong(string parameter, string sentence) =>
        RefusalException.Fields(Problems.MalformedParameter, new Dictionary<string, string[]> { [parameter] = [sentence] });

    /// <summary>Where is this object?</summary>
    /// <param name="Name">Of it; 1 to 200 characters.<example>IRC+10216</example></param>
    private sealed record ResolveAlias(string Name);
}
