using System.Text.Json;
using OpsDb.Kernel;
using OpsDb.Redis;

namespace OpsDb.Transactions;

/// <summary>How the append script answered.</summary>
internal enum AppendOutcome { Appended, KeyKnown, DecideAgain, NotThisStream, Full }

/// <param name="Position">Of the new entry, or of the entry that holds the key.</param>
/// <param name="BodyHash">Of the entry that holds the key.</param>
internal sealed record Append(AppendOutcome Outcome, long Position = 0, string BodyHash = "");

/// <summary>What came after a position.</summary>
/// <param name="Last">The newest position of the stream.</param>
/// <param name="AppliedHint">How far the processor says it has applied.</param>
/// <param name="ReadFloor">How far a database must be for this site to read it.</param>
/// <param name="Trimmed">Entries up to here are no longer in the stream.</param>
internal sealed record Refresh(Guid Epoch, long Last, long AppliedHint, ProcessorReport? Processor, IReadOnlyList<Transaction> Transactions, WalPosition ReadFloor, long Trimmed);

/// <summary>
/// The site's log: one append-only stream in Redis whose entry ids are <c>{position}-0</c>. Everything else about pending
/// transactions is a fold over it.
/// </summary>
internal sealed class TransactionLog(RedisStore redis, Site site, BufferOptions options)
{
    private const int PageSize = 1000;
    private readonly string[] keys = [.. ((string[])["transaction_buffer", "epoch", "idempotency", "guards", "floor"]).Select(name => $"site:{site.Name}:{name}")];

    /// <summary>Where a process says that it has appended.</summary>
    public string Channel { get; } = $"site:{site.Name}:appended";

    private static readonly RedisScript AppendScript = new(
        """
        -- KEYS stream, epoch, idempotency, guards, floor
        -- ARGV epoch, c, transaction at c, w, transaction at w, key or '', body hash, id, entry, capacity, channel,
        --      number of guards read, them, number of guards written, them
        local epoch, c, w, key = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[4]), ARGV[6]
        if redis.call('GET', KEYS[2]) ~= epoch then return {'not_this_stream'} end
        if key ~= '' then
          local known = redis.call('HGET', KEYS[3], key)
          if known then
            local position, hash = string.match(known, '^(%d+) (%S+)')
            return {'key_known', position, hash}
          end
        end
        local last = 0
        if redis.call('EXISTS', KEYS[1]) == 1 then
          local info = redis.call('XINFO', 'STREAM', KEYS[1])
          for i = 1, #info, 2 do
            if info[i] == 'last-generated-id' then last = tonumber(string.match(info[i + 1], '^%d+')) end
          end
        end
        if w > last or c > last then return {'not_this_stream'} end
        local function names(position, transaction)
          if position == 0 then return true end
          local entry = redis.call('XRANGE', KEYS[1], position .. '-0', position .. '-0')[1]
          return not entry or entry[2][2] == transaction
        end
        if not names(c, ARGV[3]) or not names(w, ARGV[5]) then return {'not_this_stream'} end
        if w < tonumber(redis.call('HGET', KEYS[5], 'trimmed') or '0') then return {'decide_again'} end
        local at = 13
        for i = 1, tonumber(ARGV[12]) do
          local moved = redis.call('HGET', KEYS[4], ARGV[at])
          if moved and tonumber(moved) > c then return {'decide_again'} end
          at = at + 1
        end
        local applied = math.max(w, tonumber(redis.call('HGET', KEYS[5], 'applied') or '0'))
        if last - math.min(applied, last) >= tonumber(ARGV[10]) then return {'full'} end
        local position = last + 1
        redis.call('XADD', KEYS[1], string.format('%.0f-0', position), 'id', ARGV[8], 't', ARGV[9])
        for i = at + 1, at + tonumber(ARGV[at]) do redis.call('HSET', KEYS[4], ARGV[i], string.format('%.0f', position)) end
        if key ~= '' then redis.call('HSET', KEYS[3], key, string.format('%.0f', position) .. ' ' .. ARGV[7] .. ' ' .. ARGV[8] .. ' ' .. epoch) end
        redis.call('PUBLISH', ARGV[11], string.format('%.0f', position))
        return {'appended', string.format('%.0f', position)}
        """);

    private static readonly RedisScript RefreshScript = new(
        """
        -- KEYS as for append; ARGV from position, count, epoch to begin with when there is none
        local epoch = redis.call('GET', KEYS[2])
        if not epoch then
          redis.call('SET', KEYS[2], ARGV[3])
          epoch = ARGV[3]
        end
        local last = '0'
        if redis.call('EXISTS', KEYS[1]) == 1 then
          local info = redis.call('XINFO', 'STREAM', KEYS[1])
          for i = 1, #info, 2 do
            if info[i] == 'last-generated-id' then last = string.match(info[i + 1], '^%d+') end
          end
        end
        return {epoch, last, redis.call('HGET', KEYS[5], 'applied') or '0', redis.call('HGET', KEYS[5], 'processor') or '',
                redis.call('XRANGE', KEYS[1], ARGV[1] .. '-0', '+', 'COUNT', ARGV[2]),
                redis.call('HGET', KEYS[5], 'read_floor') or '', redis.call('HGET', KEYS[5], 'trimmed') or '0'}
        """);

    /// <summary>Only raises. An LSN has 64 bits, more than a number in Lua can tell apart, so its halves are compared.</summary>
    private static readonly RedisScript RaiseScript = new(
        """
        -- KEYS floor; ARGV timeline and LSN
        local function parts(text)
          local timeline, high, low = string.match(text, '^(%d+) (%x+)/(%x+)$')
          if not timeline then return {0, 0, 0} end
          return {tonumber(timeline), tonumber(high, 16), tonumber(low, 16)}
        end
        local held = redis.call('HGET', KEYS[1], 'read_floor') or ''
        local before, after = parts(held), parts(ARGV[1])
        for i = 1, 3 do
          if after[i] < before[i] then return held end
          if after[i] > before[i] then
            redis.call('HSET', KEYS[1], 'read_floor', ARGV[1])
            return ARGV[1]
          end
        end
        return held
        """);

    private static readonly RedisScript TrimScript = new(
        """
        -- KEYS as for append; ARGV epoch, w, transaction at w, up to, number of keys, them, number of guards, them
        if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
        local at_watermark = redis.call('XRANGE', KEYS[1], ARGV[2] .. '-0', ARGV[2] .. '-0')[1]
        if not at_watermark or at_watermark[2][2] ~= ARGV[3] then return 0 end
        local upto, at = tonumber(ARGV[4]), 5
        for _, hash in ipairs({KEYS[3], KEYS[4]}) do
          for i = at + 1, at + tonumber(ARGV[at]) do
            local value = redis.call('HGET', hash, ARGV[i])
            if value and tonumber(string.match(value, '^%d+')) <= upto then redis.call('HDEL', hash, ARGV[i]) end
          end
          at = at + 1 + tonumber(ARGV[at])
        end
        redis.call('HSET', KEYS[5], 'trimmed', ARGV[4])
        return redis.call('XTRIM', KEYS[1], 'MINID', string.format('%.0f-0', upto + 1))
        """);

    private static readonly RedisScript LeaseScript = new(
        """
        if redis.call('GET', KEYS[1]) == ARGV[1] then
          redis.call('PEXPIRE', KEYS[1], ARGV[2])
          return 1
        end
        return redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) and 1 or 0
        """);

    /// <summary>Checks and stores a transaction, atomically and with one fsync. After an exception the outcome is unknown.</summary>
    /// <exception cref="RedisUnavailableException">No answer in time.</exception>
    public async Task<Append> AppendAsync(Transaction transaction, Capture seen, Watermark watermark, IReadOnlyCollection<string> read, IReadOnlyCollection<string> written)
    {
        var reply = (await redis.EvaluateAsync(AppendScript, keys,
        [
            seen.Epoch.ToString(), seen.Position, seen.Transaction?.ToString() ?? "", watermark.Position, watermark.TransactionId?.ToString() ?? "",
            KeyField(transaction.Actor, transaction.IdempotencyKey), transaction.BodyHash ?? "-", transaction.Id.ToString(),
            JsonSerializer.SerializeToUtf8Bytes(transaction, Json.Options), options.Capacity, Channel,
            read.Count, .. read, written.Count, .. written,
        ])).Items;
        return reply[0].Text switch
        {
            "appended" => new(AppendOutcome.Appended, reply[1].Number),
            "key_known" => new(AppendOutcome.KeyKnown, reply[1].Number, reply[2].Text!),
            "decide_again" => new(AppendOutcome.DecideAgain),
            "full" => new(AppendOutcome.Full),
            _ => new(AppendOutcome.NotThisStream),
        };
    }

    /// <summary>Where a key was stored, and for which body; null when it is not known here.</summary>
    public async Task<Append?> FindKeyAsync(Actor actor, string key)
    {
        var parts = (await GuardAsync(() => redis.HashGetAsync(keys[2], KeyField(actor, key))))?.Split(' ');
        return parts is null ? null : new(AppendOutcome.KeyKnown, long.Parse(parts[0], System.Globalization.CultureInfo.InvariantCulture), parts[1]);
    }

    /// <summary>One page of what came after a position, with the stream's identity.</summary>
    public Task<Refresh> RefreshAsync(long after) => GuardAsync(async () =>
    {
        var reply = (await redis.EvaluateAsync(RefreshScript, keys, [after + 1, PageSize, Guid.NewGuid().ToString()])).Items;
        var epoch = Guid.Parse(reply[0].Text!);
        var processor = reply[3].Text is { Length: > 0 } report ? JsonSerializer.Deserialize<ProcessorReport>(report, Json.Options) : null;
        return new Refresh(epoch, reply[1].Number, reply[2].Number, processor, [.. reply[4].Entries.Select(e => Read(e, epoch))], WalPosition.Parse(reply[5].Text), reply[6].Number);
    });

    /// <summary>From now on no process of this site reads a database that is not this far.</summary>
    /// <returns>The read floor, which another process may have raised further.</returns>
    public Task<WalPosition> RaiseReadFloorAsync(WalPosition place) =>
        GuardAsync(async () => WalPosition.Parse((await redis.EvaluateAsync(RaiseScript, [keys[4]], [place.ToString()])).Text));

    /// <exception cref="DomainException">buffer-unavailable.</exception>
    public Task RequireAsync() => GuardAsync(async () =>
    {
        await redis.PingAsync();
        return 0;
    });

    public async Task<Guid> EpochAsync() => (await RefreshAsync(long.MaxValue - 1)).Epoch;

    /// <summary>The newest position.</summary>
    public async Task<long> LastAsync() => (await RefreshAsync(long.MaxValue - 1)).Last;

    /// <summary>Entries after a position, for the processor.</summary>
    public async Task<IReadOnlyList<Transaction>> AfterAsync(LogPosition position, int count) =>
        await GuardAsync(async () => (IReadOnlyList<Transaction>)[.. (await redis.RangeAsync(keys[0], position.Position + 1, count)).Select(e => Read(e, position.Epoch))]);

    public async Task<Transaction?> AtAsync(LogPosition position) =>
        (await AfterAsync(position with { Position = position.Position - 1 }, 1)).FirstOrDefault(t => t.Position == position);

    /// <summary>Entries up to here are no longer in the log.</summary>
    public async Task<long> TrimmedAsync() =>
        long.Parse(await GuardAsync(() => redis.HashGetAsync(keys[4], "trimmed")) ?? "0", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>
    /// Removes entries, with their keys and guards, if the log still holds at the watermark the transaction that the watermark
    /// names. From then on a decision must rest on a snapshot that has them.
    /// </summary>
    /// <param name="entries">The oldest ones, without a gap.</param>
    public async Task<long> TrimAsync(Guid epoch, Snapshot watermark, IReadOnlyList<Transaction> entries) => await GuardAsync(async () =>
    {
        var fields = entries.Where(t => t.IdempotencyKey is not null).Select(t => KeyField(t.Actor, t.IdempotencyKey)).Distinct().ToList();
        var guards = entries.SelectMany(t => t.Steps.SelectMany(s => s.Rows.Select(r => $"{s.Entity}/{r.Key}"))).Distinct().ToList();
        return (await redis.EvaluateAsync(TrimScript, keys,
        [
            epoch.ToString(), watermark.Position, watermark.TransactionId?.ToString() ?? "", entries[^1].Position!.Value.Position, fields.Count, .. fields, guards.Count, .. guards,
        ])).Number;
    });

    /// <summary>Takes or keeps the processor's turn.</summary>
    public async Task<bool> HoldTurnAsync(string holder, TimeSpan term) =>
        await GuardAsync(async () => (await redis.EvaluateAsync(LeaseScript, [Key("processor")], [holder, (long)term.TotalMilliseconds])).Number == 1);

    /// <summary>Tells readers how far the main database is; a hint, never a proof.</summary>
    public Task HintAppliedAsync(long position) => GuardAsync(async () =>
    {
        await redis.HashSetAsync(keys[4], "applied", FormattableString.Invariant($"{position}"));
        return 0;
    });

    public Task ReportProcessorAsync(ProcessorReport report) => GuardAsync(async () =>
    {
        await redis.HashSetAsync(keys[4], "processor", JsonSerializer.Serialize(report, Json.Options));
        return 0;
    });

    public Task SubscribeAsync(Action appended) => redis.SubscribeAsync(Channel, _ => appended());

    private string Key(string name) => $"site:{site.Name}:{name}";

    private static string KeyField(Actor actor, string? key) => key is null ? "" : $"{actor.User}\n{key}";

    private static Transaction Read(StreamEntry entry, Guid epoch) =>
        JsonSerializer.Deserialize<Transaction>(entry.Fields["t"], Json.Options)! with { Position = new(epoch, entry.Position) };

    private static async Task<T> GuardAsync<T>(Func<Task<T>> call)
    {
        try
        {
            return await call();
        }
        catch (RedisUnavailableException e)
        {
            throw new DomainException(Problems.BufferUnavailable, $"The site's buffer does not answer ({e.InnerException!.GetType().Name}).") { RetryAfter = TimeSpan.FromSeconds(2) };
        }
    }
}
