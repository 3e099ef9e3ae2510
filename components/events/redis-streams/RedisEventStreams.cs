using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using OpsDb.Kernel;
using OpsDb.Redis;
using static OpsDb.Redis.RedisGuard;

namespace OpsDb.Events.RedisStreams;

/// <summary>
/// In the site's Redis: a stream <c>site:{site}:events:{entity}</c> for each entity, whose ids are <c>{position}-0</c>, and a hash with the newest
/// position and how far each source was read. A script writes both at once.
/// </summary>
internal sealed class RedisEventStreams : IEventStreams
{
    /// <summary>
    /// Positions begin with the time in milliseconds, so that they go on rising should Redis have lost all.
    /// KEYS: the hash, the streams. ARGV: source, its place before, its place after, events kept, now, channel, then of each event its stream and its text.
    /// </summary>
    private static readonly RedisScript Append = new(
        """
        if (redis.call('hget', KEYS[1], ARGV[1]) or '') ~= ARGV[2] then
          return 0
        end
        local position = math.max(tonumber(redis.call('hget', KEYS[1], 'position') or '0'), tonumber(ARGV[5]))
        for i = 7, #ARGV, 2 do
          position = position + 1
          redis.call('xadd', KEYS[1 + tonumber(ARGV[i])], 'MAXLEN', '~', ARGV[4], string.format('%.0f-0', position), 'event', ARGV[i + 1])
        end
        redis.call('hset', KEYS[1], ARGV[1], ARGV[3], 'position', string.format('%.0f', position))
        if #ARGV > 6 then
          redis.call('publish', ARGV[6], string.format('%.0f', position))
        end
        return 1
        """);

    /// <summary>KEYS: the hash, the streams. ARGV: the first position wanted, how many of each stream, events kept.</summary>
    private static readonly RedisScript After = new(
        """
        local answer = {redis.call('hget', KEYS[1], 'position') or '0'}
        for i = 2, #KEYS do
          local first, cut = redis.call('xrange', KEYS[i], '-', '+', 'COUNT', 1)[1], 0
          if first and redis.call('xlen', KEYS[i]) >= tonumber(ARGV[3]) and tonumber(string.match(first[1], '^%d+')) > tonumber(ARGV[1]) then
            cut = 1
          end
          answer[#answer + 1] = cut
          answer[#answer + 1] = redis.call('xrange', KEYS[i], ARGV[1] .. '-0', '+', 'COUNT', ARGV[2])
        end
        return answer
        """);

    /// <summary>KEYS: a stream. ARGV: group, member, milliseconds of silence, how many.</summary>
    private static readonly RedisScript Take = new(
        """
        if redis.call('exists', KEYS[1]) == 0 then
          return {}
        end
        local made = redis.pcall('xgroup', 'CREATE', KEYS[1], ARGV[1], '0')
        if type(made) == 'table' and made.err and not string.find(made.err, 'BUSYGROUP') then
          return made
        end
        local left = redis.call('xautoclaim', KEYS[1], ARGV[1], ARGV[2], ARGV[3], '0-0', 'COUNT', ARGV[4])[2]
        if #left > 0 then
          return left
        end
        local new = redis.call('xreadgroup', 'GROUP', ARGV[1], ARGV[2], 'COUNT', ARGV[4], 'STREAMS', KEYS[1], '>')
        return new and new[1][2] or {}
        """);

    /// <summary>KEYS: a stream, where to set it aside. ARGV: group, position, then fields.</summary>
    private static readonly RedisScript SetAside = new(
        """
        redis.call('xadd', KEYS[2], 'MAXLEN', '~', 10000, '*', unpack(ARGV, 3))
        return redis.call('xack', KEYS[1], ARGV[1], ARGV[2] .. '-0')
        """);

    private static readonly RedisScript Confirm = new(
        """
        local done = 0
        for i = 2, #ARGV do
          done = done + redis.call('xack', KEYS[1], ARGV[1], ARGV[i] .. '-0')
        end
        return done
        """);

    private static readonly RedisScript Tries = new(
        """
        local pending = redis.call('xpending', KEYS[1], ARGV[1], ARGV[2] .. '-0', ARGV[2] .. '-0', 1)[1]
        return pending and pending[4] or 0
        """);

    private static readonly RedisScript Count = new("return redis.call('xlen', KEYS[1])");

    private readonly RedisStore redis;
    private readonly Site site;
    private readonly EventOptions options;
    private readonly TimeProvider time;
    private readonly string channel, places;
    private readonly Lock turn = new();
    private readonly List<Action> waiting = [];
    private bool subscribed;

    public RedisEventStreams(RedisStore redis, Site site, EventOptions options, IEnumerable<Table> tables, TimeProvider time)
    {
        (this.redis, this.site, this.options, this.time) = (redis, site, options, time);
        (channel, places) = ($"site:{site.Name}:event_appended", $"site:{site.Name}:event_places");
        Entities = tables.Where(t => t.IsTold).Select(t => t.Path).ToHashSet();
    }

    public IReadOnlySet<string> Entities { get; }

    public Task<string?> CursorAsync(string source, CancellationToken ct) => GuardAsync(() => redis.HashGetAsync(places, $"source:{source}"));

    public Task<bool> AppendAsync(string source, string? before, string after, IReadOnlyList<DomainEvent> events, CancellationToken ct) =>
        GuardAsync(async () =>
        {
            List<string> entities = [.. events.Select(e => e.Entity).Distinct()];
            object[] arguments =
            [
                $"source:{source}", before ?? "", after, options.Kept, time.GetUtcNow().ToUnixTimeMilliseconds(), channel,
                .. events.SelectMany(e => new object[] { entities.IndexOf(e.Entity) + 1, JsonSerializer.Serialize(e, Json.Options) }),
            ];
            return (await redis.EvaluateAsync(Append, [places, .. entities.Select(Stream)], arguments)).Number == 1;
        });

    public Task<long> LastAsync(CancellationToken ct) =>
        GuardAsync(async () => long.TryParse(await redis.HashGetAsync(places, "position"), out var position) ? position : 0);

    public Task<StreamPage> AfterAsync(IReadOnlyCollection<string> entities, long position, int most, CancellationToken ct) => GuardAsync(async () =>
    {
        var items = (await redis.EvaluateAsync(After, [places, .. entities.Select(Stream)], [position + 1, most, options.Kept])).Items;
        var last = long.Parse(items[0].Text!, System.Globalization.CultureInfo.InvariantCulture);
        var streams = items.Skip(1).Chunk(2).Select(s => (IsCut: s[0].Number == 1, s[1].Entries)).ToList();
        // A stream of which there may be more says nothing of what comes behind it.
        var full = streams.Where(s => s.Entries.Count == most).Select(s => s.Entries[^1].Position).ToList();
        var to = full.Count > 0 ? full.Min() : Math.Max(last, position);
        return new StreamPage([.. streams.SelectMany(s => s.Entries).Where(e => e.Position <= to).OrderBy(e => e.Position).Select(Read)],
            to, full.Count > 0, streams.Exists(s => s.IsCut));
    });

    public Task<IReadOnlyList<StreamedEvent>> TakeAsync(
        string entity, string group, string member, TimeSpan idle, int most, CancellationToken ct) => GuardAsync<IReadOnlyList<StreamedEvent>>(async () =>
            [.. (await redis.EvaluateAsync(Take, [Stream(entity)], [group, member, (long)idle.TotalMilliseconds, most])).Entries.Select(Read)]);

    public Task ConfirmAsync(string entity, string group, IReadOnlyCollection<long> positions, CancellationToken ct) => GuardAsync(async () =>
        (await redis.EvaluateAsync(Confirm, [Stream(entity)], [group, .. positions.Select(p => (object)p)])).Number);

    public Task<int> TriesAsync(string entity, string group, long position, CancellationToken ct) => GuardAsync(async () =>
        (int)(await redis.EvaluateAsync(Tries, [Stream(entity)], [group, position])).Number);

    public Task SetAsideAsync(string entity, string group, StreamedEvent dead, string reason, CancellationToken ct) => GuardAsync(async () =>
        (await redis.EvaluateAsync(SetAside, [Stream(entity), Dead(group)],
            [group, dead.Position, "event", JsonSerializer.Serialize(dead.Event, Json.Options), "reason", reason, "entity", entity])).Number);

    public Task<long> DeadAsync(string group, CancellationToken ct) => GuardAsync(async () => (await redis.EvaluateAsync(Count, [Dead(group)], [])).Number);

    public async Task SubscribeAsync(Action appended, CancellationToken ct)
    {
        bool first;
        lock (turn)
        {
            waiting.Add(appended);
            first = !subscribed;
            subscribed = true;
        }
        if (first)
        {
            await GuardAsync(async () =>
            {
                await redis.SubscribeAsync(channel, _ =>
                {
                    Action[] all;
                    lock (turn)
                        all = [.. waiting];
                    foreach (var one in all)
                        one();
                });
                return true;
            });
        }
    }

    private string Stream(string entity) => $"site:{site.Name}:events:{entity}";

    private string Dead(string group) => $"site:{site.Name}:dead_events:{group}";

    private static StreamedEvent Read(StreamEntry entry) => new(entry.Position, JsonSerializer.Deserialize<DomainEvent>(entry.Fields["event"], Json.Options)!);
}

public static class EventsRedisRegistration
{
    public static IServiceCollection AddEventStreams(this IServiceCollection services) => services
        .AddSingleton<IEventStreams, RedisEventStreams>()
        .AddSingleton<EventFeed>();
}
