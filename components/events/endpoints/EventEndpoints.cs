using System.ComponentModel;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using OpsDb.Kernel;
using OpsDb.Web;

namespace OpsDb.Events.Endpoints;

/// <summary>What has happened after a position.</summary>
/// <param name="Items">In the order in which this site was told.</param>
/// <param name="Next">Ask for what comes after this position next.<example>1764000000000</example></param>
/// <param name="More">Whether there is more already.</param>
/// <param name="Incomplete">Whether events were left out because they are not kept any more: read the lists again.</param>
public sealed record EventList(IReadOnlyList<ToldEvent> Items, long Next, bool More, bool Incomplete);

/// <summary>An event, and the row as it is now.</summary>
/// <param name="Position">Its place among the events of this site; other sites have others.<example>1764000000000</example></param>
/// <param name="Event">What has happened.</param>
/// <param name="Row">The row as this site sees it now, which may be later than the event; null of one that was deleted.</param>
public sealed record ToldEvent(long Position, DomainEvent Event, JsonElement? Row);

/// <summary>The events of this site, as they happen or by pages.</summary>
public static class EventEndpoints
{
    private const int DefaultLimit = 100, MaxLimit = 1000, MaxTogether = 200;

    public static void MapEvents(this IEndpointRouteBuilder app) => app
        .MapResource("/events", "Events", "What happens to rows, told as it happens: what this site accepts, and what the main database has recorded.")
        .MapGet("/", Get).Needs("read:events").WithMetadata(new QueryParameters("entity", "after", "limit"))
        .WithName("listEvents").WithSummary("Lists events after a position, or tells them as they happen")
        .WithDescription("With `Accept: text/event-stream` server-sent events, and as a WebSocket messages, which go on until the client ends, or for 5 "
            + "minutes: connect again with the last position (header `Last-Event-ID`, or `after`). Else a page. Without a position it begins now. Only events "
            + "of entities that the token may read, and of rows that its user sees; each with the row as it is now.")
        .Produces<EventList>(StatusCodes.Status200OK, "application/json", LiveChannel.EventStream).Refuses(400, 401, 403, 404, 503);

    private static async Task<IResult> Get(
        [Description("Entities, as addresses call them, parted by commas; all that the token may read when it is left out.")] string? entity,
        [Description("The position behind which it begins.")] string? after, [Description("Events of a page, 1 to 1000; 100 by default.")] string? limit,
        HttpContext context, EndpointDataSource endpoints, CancellationToken ct)
    {
        if (context.RequestServices.GetService<IEventStreams>() is not { } streams)
            throw new RefusalException(EventProblems.EventsUnavailable, "REDIS_HOST is not set at this site.");
        var live = LiveChannel.IsWantedBy(context);
        var (position, size) = Parse(after ?? (live ? LastId(context) : null), limit);
        var entities = Entities(entity, context, endpoints);
        if (live)
        {
            await LiveChannel.RunAsync(context, (channel, end) => TellAsync(context, channel, streams, entities, position, end));
            return Results.Empty;
        }
        if (position is null)
            return Responses.Ok(new EventList([], await streams.LastAsync(ct), false, false));
        var page = await streams.AfterAsync(entities, position.Value, size, ct);
        // The page of several streams has more than the limit of one.
        var some = page.Events.Take(size).ToList();
        var (isAll, next) = (some.Count == page.Events.Count, some.Count == page.Events.Count ? page.Position : some[^1].Position);
        return Responses.Ok(new EventList(await WithRowsAsync(context, some, ct), next, page.More || !isAll, page.IsIncomplete));
    }

    private static async Task TellAsync(
        HttpContext context, LiveChannel channel, IEventStreams streams, IReadOnlySet<string> entities, long? after, CancellationToken end)
    {
        using var listener = await context.RequestServices.GetRequiredService<EventFeed>().ListenAsync(entities, end);
        // What has happened before it listened is read, and what it hears twice is told once.
        var told = after ?? await streams.LastAsync(end);
        await channel.BeatAsync(end);
        for (var more = after is not null; more;)
        {
            var page = await streams.AfterAsync(entities, told, MaxTogether, end);
            if (page.IsIncomplete)
                await channel.TellAsync("incomplete", null, Line(new { type = "incomplete", position = told }), end);
            await TellAsync(context, channel, page.Events, end);
            (told, more) = (page.Position, page.More);
        }
        while (await listener.NextAsync(LiveChannel.Beat, MaxTogether, end) is { } events)
        {
            if (events.Count == 0)
                await channel.BeatAsync(end);
            await TellAsync(context, channel, [.. events.Where(e => e.Position > told)], end);
        }
    }

    private static async Task TellAsync(HttpContext context, LiveChannel channel, IReadOnlyList<StreamedEvent> events, CancellationToken end)
    {
        foreach (var some in events.Chunk(MaxTogether))
        {
            foreach (var one in await WithRowsAsync(context, some, end))
            {
                await channel.TellAsync("event", one.Position.ToString(CultureInfo.InvariantCulture),
                    Line(new { type = "event", position = one.Position, @event = one.Event, row = one.Row }), end);
            }
        }
    }

    /// <summary>
    /// The rows as the caller sees them now: who belongs to a programme no longer is told nothing of it from then on. Of what is deleted nobody can tell any
    /// more who saw it: those are told who see everything.
    /// </summary>
    private static async Task<IReadOnlyList<ToldEvent>> WithRowsAsync(HttpContext context, IReadOnlyList<StreamedEvent> events, CancellationToken ct)
    {
        if (events.Count == 0)
            return [];
        await using var scope = context.NewScope();
        var sight = scope.ServiceProvider.GetRequiredService<Sight>();
        var told = scope.ServiceProvider.GetServices<IToldRows>().ToDictionary(t => t.Table.Path);
        var rows = new Dictionary<(string, string), JsonElement>();
        foreach (var some in events.GroupBy(e => e.Event.Entity))
        {
            foreach (var (key, row) in await told[some.Key].FindAsync([.. some.Select(e => e.Event.Key).Distinct()], ct))
                rows[(some.Key, key)] = row;
        }
        return
        [
            .. from one in events
               let row = rows.TryGetValue((one.Event.Entity, one.Event.Key), out var found) ? found : (JsonElement?)null
               where row is not null || one.Event.Change == EventChange.Deleted && !sight.Narrows(told[one.Event.Entity].Table)
               select new ToldEvent(one.Position, one.Event, row),
        ];
    }

    private static byte[] Line<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, Json.Published);

    private static string? LastId(HttpContext context) => context.Request.Headers["Last-Event-ID"].ToString() is { Length: > 0 } id ? id : null;

    private static (long? Position, int Size) Parse(string? after, string? limit)
    {
        var errors = new FieldErrors();
        long position = 0;
        if (after is not null && !long.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out position))
            errors.Add("after", "is a position, a whole number that this address has answered");
        var size = DefaultLimit;
        if (limit is not null && (!int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out size) || size is < 1 or > MaxLimit))
            errors.Add("limit", $"is a whole number from 1 to {MaxLimit}");
        errors.ThrowIfAny(Problems.MalformedParameter);
        return (after is null ? null : position, size);
    }

    /// <summary>Those that are asked for, or all that the caller may read.</summary>
    private static HashSet<string> Entities(string? wanted, HttpContext context, EndpointDataSource endpoints)
    {
        var needed = context.RequestServices.GetServices<Table>().Where(t => t.IsTold).ToDictionary(t => t.Path, t => ReadPermissions.Of(endpoints, t.RowType));
        if (wanted is null)
            return [.. needed.Where(n => n.Value.Count > 0 && n.Value.All(context.Principal().Allows)).Select(n => n.Key)];
        HashSet<string> named = [.. wanted.Split(',')];
        if (named.FirstOrDefault(n => !needed.ContainsKey(n)) is { } unknown)
        {
            var errors = new FieldErrors();
            errors.Add("entity", $"names {Excerpt.Of(unknown)}; there are events of {string.Join(", ", needed.Keys.Order(StringComparer.Ordinal))}");
            errors.ThrowIfAny(Problems.MalformedParameter);
        }
        if (named.SelectMany(n => needed[n]).FirstOrDefault(p => !context.Principal().Allows(p)) is { } missing)
            throw new RefusalException(Problems.PermissionMissing, $"This needs the scope {missing} besides.");
        return named;
    }
}
