using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using OpsDb.Database;
using OpsDb.Kernel;

namespace OpsDb.Events.Db;

/// <summary>
/// What the triggers of told tables have written with each change, read from the site's database, also where that is a copy. Numbers are given before
/// a commit and can be seen late, so that the highest one is no place to go on from. A row's are in the order of its commits, because they are
/// given while the row is locked. The place is therefore: everything of transactions before one, and of later ones these numbers.
/// </summary>
internal sealed class PostgresOutbox(Databases databases, IEnumerable<Table> tables) : IEventSource, IPurge
{
    private const string Read =
        """
        select pg_snapshot_xmin(pg_current_snapshot())::text as horizon, pg_snapshot_xmax(pg_current_snapshot())::text as end;
        select e.number, e.xid::text as transaction, e.entity, e.key, e.row_version as version, e.change, e.recorded_at, e.transaction_id,
               t.kind, t.site, t.actor
        from outbox_event e left join applied_transaction t on t.id = e.transaction_id
        where e.xid >= @from::text::xid8 and (@to::text is null or e.xid < @to::text::xid8) and e.number > @after and e.number <> all(@seen)
        order by e.number limit @most
        """;

    /// <summary>The oldest alone are looked at, so that a run with nothing to do is short.</summary>
    private const string Purge =
        """
        delete from outbox_event where number in (
          select number from (select number, recorded_at from outbox_event order by number limit 1000) oldest
          where recorded_at < now() - interval '30 days')
        """;

    private readonly IReadOnlyDictionary<string, string> entities = tables.Where(t => t.IsTold).ToDictionary(t => t.Name, t => t.Path);

    public string Name => "outbox";

    public async Task<EventPage> ReadAsync(string? cursor, int most, CancellationToken ct)
    {
        var place = cursor is null ? Place.Beginning : JsonSerializer.Deserialize<Place>(cursor, Json.Options)!;
        var (bounds, written) = await ReadAsync(place, most, ct);
        if (ulong.Parse(bounds.End, CultureInfo.InvariantCulture) < place.From)
        {
            // The database was set back: it has other transactions of these numbers.
            place = Place.Beginning;
            (bounds, written) = await ReadAsync(place, most, ct);
        }
        var isFull = written.Count == most;
        var next = place.After(written, ulong.Parse(bounds.Horizon, CultureInfo.InvariantCulture), isFull);
        List<DomainEvent> events = [.. written.Where(w => entities.ContainsKey(w.Entity)).Select(EventOf)];
        return new(events, JsonSerializer.Serialize(next, Json.Options), isFull || (place.To is not null && next.To is null));
    }

    public async Task<int> PurgeAsync(CancellationToken ct)
    {
        await using var main = await databases.MainAsync(ct);
        return await main.ExecuteAsync(Purge, null, ct);
    }

    private Task<(Bounds, IReadOnlyList<Written>)> ReadAsync(Place place, int most, CancellationToken ct) => databases.NearestAsync(session =>
        session.QueryManyAsync<(Bounds, IReadOnlyList<Written>)>(Read, new
        {
            from = Text(place.From),
            to = place.To is { } to ? Text(to) : null,
            after = place.Number,
            seen = place.Seen.Keys.ToArray(),
            most,
        }, async grid => (await grid.ReadSingleAsync<Bounds>(), [.. await grid.ReadAsync<Written>()]), ct), ct);

    private DomainEvent EventOf(Written written) =>
        new(entities[written.Entity], written.Key, EnumText.Parse<EventChange>(written.Change), EventState.Recorded, written.RecordedAt)
        {
            Id = written.Number,
            Version = written.Version,
            Kind = written.Kind,
            Transaction = written.TransactionId,
            Site = written.Site,
            Actor = written.Actor,
        };

    private static string Text(ulong number) => number.ToString(CultureInfo.InvariantCulture);

    private sealed record Bounds
    {
        /// <summary>All transactions before this one are over.</summary>
        public string Horizon { get; init; } = "";

        public string End { get; init; } = "";
    }

    internal sealed record Written
    {
        public long Number { get; init; }
        public string Transaction { get; init; } = "";
        public string Entity { get; init; } = "";
        public string Key { get; init; } = "";
        public int Version { get; init; }
        public string Change { get; init; } = "";
        public DateTimeOffset RecordedAt { get; init; }
        public Guid? TransactionId { get; init; }
        public string? Kind { get; init; }
        public string? Site { get; init; }
        public string? Actor { get; init; }
    }

    /// <summary>A place in the outbox.</summary>
    /// <param name="From">What transactions before this one have written was read.</param>
    /// <param name="To">While there is much to read: what those from there on write is left for later, so that it does not change what is read.</param>
    /// <param name="Number">Up to which number that was read.</param>
    /// <param name="Seen">Numbers that were read of transactions from <paramref name="From"/> on, with these.</param>
    internal sealed record Place(ulong From, ulong? To, long Number, IReadOnlyDictionary<long, ulong> Seen)
    {
        public static Place Beginning { get; } = new(0, null, 0, new Dictionary<long, ulong>());

        /// <param name="horizon">All transactions before this one were over when it was read.</param>
        /// <param name="isFull">Whether more may have been left.</param>
        public Place After(IReadOnlyList<Written> written, ulong horizon, bool isFull)
        {
            if (To is null)
            {
                // What was over by now is read to its end before anything newer.
                var to = isFull && horizon > From ? horizon : (ulong?)null;
                var from = isFull ? From : Math.Max(From, horizon);
                return new(from, to, 0, SeenWith(written, from));
            }
            if (isFull)
                return this with { Number = written[^1].Number };
            // A copy may be behind the database that was read before.
            return horizon < To ? this with { Seen = SeenWith(written, From) } : new(To.Value, null, 0, SeenWith([], To.Value));
        }

        private Dictionary<long, ulong> SeenWith(IReadOnlyList<Written> written, ulong from) => Seen
            .Concat(written.Select(w => KeyValuePair.Create(w.Number, ulong.Parse(w.Transaction, CultureInfo.InvariantCulture))))
            .Where(s => s.Value >= from).ToDictionary();
    }
}

public static class EventsDbRegistration
{
    public static IServiceCollection AddEventsDb(this IServiceCollection services) => services
        .AddSingleton<PostgresOutbox>()
        .AddSingleton<IEventSource>(p => p.GetRequiredService<PostgresOutbox>())
        .AddSingleton<IPurge>(p => p.GetRequiredService<PostgresOutbox>());
}
