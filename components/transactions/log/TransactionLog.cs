using System.Text.Json;
using OpsDb.Kernel;
using OpsDb.Redis;

namespace OpsDb.Transactions;

/// <summary>
/// The site's log: one append-only stream in Redis whose entry ids are <c>{position}-0</c>. Everything else about pending
/// transactions is a fold over it. In one file, because each method is one call of a script and what its answer means.
/// </summary>
internal sealed class TransactionLog
{
    /// <summary>The share of the capacity that everything critical may fill; the rest is for what cannot wait.</summary>
    public const double ShareForAll = 0.9;

    /// <summary>The fork of an epoch which takes over all that the log still holds.</summary>
    public const long ForkAtEnd = -1;

    private const int PageSize = 1000;

    /// <summary>Where a page ends that large transactions make too large for memory.</summary>
    private const int PageBytes = 16 * 1024 * 1024;

    /// <summary>How long parts wait for their entry.</summary>
    private static readonly TimeSpan PartExpiry = TimeSpan.FromHours(1);

    /// <summary>How many entries, and of which size together, one append takes: so little that Redis is soon free for others.</summary>
    private const int MaxTogether = 100, MaxBytesTogether = 2 * Payload.MaxWhole;

    /// <summary>How many guards one call brings.</summary>
    private const int GuardsTogether = 1000;

    private readonly RedisStore redis;
    private readonly Site site;
    private readonly BufferOptions options;
    private readonly EntryReader reader;
    private readonly string[] keys;
    private readonly Coalescer<NewEntry, AppendResult> appends;

    private (string Changes, Lineage Lineage)? lineage;

    public TransactionLog(RedisStore redis, Site site, BufferOptions options, EntryReader reader)
    {
        (this.redis, this.site, this.options, this.reader) = (redis, site, options, reader);
        keys = [.. ((string[])["transaction_buffer", "epoch", "idempotency", "guards", "floor", "guard_sets"]).Select(Key)];
        Channel = Key("appended");
        appends = new(AppendAsync, (entries, next) => entries[0].Seen.Epoch == next.Seen.Epoch && entries[0].ResolvedFloor == next.ResolvedFloor
            && entries.Count < MaxTogether && entries.Sum(e => e.Payload.Whole.Length) + next.Payload.Whole.Length <= MaxBytesTogether);
    }

    /// <summary>What this process has appended.</summary>
    public OwnEntries Own { get; } = new();

    /// <summary>Where a process says that it has appended.</summary>
    public string Channel { get; }

    /// <summary>
    /// Makes a transaction ready to be appended. What is too large for one entry is written beside the stream; without an
    /// entry that refers to it it vanishes after an hour.
    /// </summary>
    /// <exception cref="OutageException">buffer-unavailable; nothing is stored.</exception>
    public Task<Payload> StoreAsync(Transaction transaction) => GuardAsync(async () =>
    {
        var payload = Payload.Of(transaction);
        foreach (var (number, part) in payload.Parts.Index())
            await redis.SetAsync(PartKey(transaction.Id, number), part, PartExpiry);
        return payload;
    });

    /// <summary>
    /// Checks and stores a transaction, atomically. Those that come while an append is under way go with the next one: one call
    /// and one fsync for all of them. After an exception the outcome is unknown.
    /// </summary>
    /// <exception cref="RedisUnavailableException">No answer in time.</exception>
    public async Task<AppendResult> AppendAsync(NewEntry entry)
    {
        if (entry.Apart.Count == 0)
            return await appends.AskAsync(entry);
        await ClaimAsync(entry);
        var result = await appends.AskAsync(entry);
        if (result.Outcome != AppendOutcome.Appended)
            await LetGoAsync(entry.Transaction.Id);
        return result;
    }

    /// <summary>Checks a transaction as an append does, but for the guards apart, and stores nothing.</summary>
    /// <exception cref="OutageException">buffer-unavailable.</exception>
    public Task<AppendResult> TryAsync(NewEntry entry) =>
        GuardAsync(() => appends.AskAsync(entry with { Payload = entry.Payload.Measured, Apart = [] }));

    /// <summary>Says that the caller is about to append, until it is disposed of: others wait a little to go with it.</summary>
    public IDisposable ExpectAppend() => appends.Expect();

    /// <summary>Brings the guards apart to the log, a few in each call: so many in one would keep Redis from its other callers.</summary>
    private async Task ClaimAsync(NewEntry entry)
    {
        var id = entry.Transaction.Id;
        foreach (var (number, guards) in entry.Apart.Chunk(GuardsTogether).Index())
        {
            var claimed = await redis.EvaluateAsync(LogScripts.Claim, [keys[0], keys[3], keys[5], GuardSet(id)],
                [id.ToString(), number == 0 ? 1 : 0, entry.Seen.Position, (long)PartExpiry.TotalMilliseconds, .. guards]);
            // The append tells what that means.
            if (claimed.Number == 0)
                return;
        }
    }

    private async Task LetGoAsync(Guid transaction)
    {
        try
        {
            await redis.EvaluateAsync(LogScripts.LetGo, [keys[5], GuardSet(transaction)], [transaction.ToString()]);
        }
        catch (RedisUnavailableException)
        {
            // The set vanishes by itself; what became of the entry is known.
        }
    }

    private async Task<IReadOnlyList<AppendResult>> AppendAsync(IReadOnlyList<NewEntry> entries)
    {
        var epoch = entries[0].Seen.Epoch;
        var known = Own.NewestOf(epoch);
        List<object> arguments =
        [
            epoch.ToString(), options.Capacity, options.CapacityBytes, Channel, known?.Position.Position ?? 0, known?.Transaction.ToString() ?? "",
            entries.Count, entries[0].ResolvedFloor == default ? "" : entries[0].ResolvedFloor.ToString(),
        ];
        foreach (var entry in entries)
        {
            var (transaction, payload, seen, seenTransaction, _, watermark, unasked, read, written, share) = entry;
            // In the order of FIELD in append.lua.
            arguments.AddRange(
            [
                seen.Position, seenTransaction?.ToString() ?? "", watermark.Position, watermark.TransactionId?.ToString() ?? "",
                KeyField(transaction.Actor, transaction.IdempotencyKey), transaction.BodyHash ?? "-", (object?)unasked ?? "",
                transaction.Id.ToString(), payload.Whole, payload.Bytes,
                FormattableString.Invariant($"{share}"), payload.Parts.Count, entry.Apart.Count > 0 ? 1 : 0,
                read.Count, written.Count, .. read, .. written,
            ]);
        }
        var partKeys = entries.SelectMany(e => PartKeys(e.Transaction.Id, e.Payload.Parts.Count));
        var replies = (await redis.EvaluateAsync(LogScripts.Append, [.. keys, .. partKeys], [.. arguments])).Items;
        return [.. entries.Zip(replies, (entry, reply) => Read(entry, reply.Items))];
    }

    private AppendResult Read(NewEntry entry, Reply[] reply)
    {
        if (reply[0].Text == "appended")
            Own.Add(new(entry.Seen.Epoch, reply[1].Number), entry.Transaction, entry.Payload.Bytes);
        return reply[0].Text switch
        {
            "appended" => new(AppendOutcome.Appended, reply[1].Number),
            "fits" => new(AppendOutcome.Fits, reply[1].Number),
            "key_known" => new(AppendOutcome.KeyKnown, reply[1].Number, reply[2].Text!),
            "decide_again" => new(AppendOutcome.DecideAgain),
            "parts_missing" => new(AppendOutcome.PartsMissing),
            "full" => new(AppendOutcome.Full),
            "nearly_full" => new(AppendOutcome.NearlyFull),
            _ => new(AppendOutcome.NotThisStream),
        };
    }

    /// <summary>Where a key was stored, and for which body; null when it is not known here.</summary>
    public async Task<AppendResult?> FindKeyAsync(Actor actor, string key)
    {
        if ((await GuardAsync(() => redis.HashGetAsync(keys[2], KeyField(actor, key))))?.Split(' ') is not [var position, var bodyHash, var id, ..])
            return null;
        // One whose entry Redis has lost is not known.
        var found = new AppendResult(AppendOutcome.KeyKnown, Number(position), bodyHash);
        return await HoldsAsync(found.Position, Guid.Parse(id)) ? found : null;
    }

    /// <summary>One page of what came after a position, with the stream's identity.</summary>
    /// <param name="known">What the log should hold, if its epoch still is that one.</param>
    public Task<LogPage> RefreshAsync(long after, int count = PageSize, KnownEntry? known = null) => GuardAsync(async () =>
    {
        var items = (await redis.EvaluateAsync(LogScripts.Refresh, keys,
            [after + 1, count, known?.Position.Epoch.ToString() ?? "", known?.Position.Position ?? 0, known?.Transaction.ToString() ?? ""])).Items;
        var reply = items.Chunk(2).ToDictionary(pair => pair[0].Text!, pair => pair[1]);
        var epoch = Guid.TryParse(reply["epoch"].Text, out var present) ? present : Guid.Empty;
        var entries = await ReadAsync(reply["entries"].Entries, epoch);
        return new LogPage(LineageOf(epoch, TextOf("changes") ?? "[]"), entries)
        {
            Last = NumberOf("last"),
            AppliedHint = NumberOf("applied"),
            Processor = TextOf("processor") is { } report ? JsonSerializer.Deserialize<ProcessorReport>(report, Json.Options) : null,
            Size = new(NumberOf("bytes"), NumberOf("applied_bytes"), NumberOf("trimmed_bytes")),
            AppliedWal = WalPosition.Parse(TextOf("applied_wal")),
            ReadFloor = WalPosition.Parse(TextOf("read_floor")),
            ResolvedFloor = WalPosition.Parse(TextOf("resolved_floor")),
            Trimmed = NumberOf("trimmed"),
            IsLost = NumberOf("lost") == 1,
            KeysMarked = (TextOf("keys_marked") ?? "") == (TextOf("trimmed") ?? "0"),
        };

        string? TextOf(string name) => reply[name].Text is { Length: > 0 } text ? text : null;
        long NumberOf(string name) => Number(TextOf(name));
    });

    /// <summary>From now on no process of this site reads a database that is not this far.</summary>
    /// <param name="resolved">Whether decisions, too, look for one that is: there it is known what became of a held transaction.</param>
    /// <returns>The read floor, which another process may have raised further.</returns>
    public Task<WalPosition> RaiseReadFloorAsync(WalPosition place, bool resolved = false) => GuardAsync(async () =>
    {
        object[] floors = resolved ? ["read_floor", "resolved_floor"] : ["read_floor"];
        return WalPosition.Parse((await redis.EvaluateAsync(LogScripts.Raise, [keys[4]], [place.ToString(), .. floors])).Text);
    });

    /// <exception cref="OutageException">buffer-unavailable.</exception>
    public Task RequireAsync() => GuardAsync(async () =>
    {
        await redis.PingAsync();
        return 0;
    });

    /// <summary>The stream's identity and size alone.</summary>
    public Task<LogPage> HeadAsync() => RefreshAsync(long.MaxValue - 1, 1);

    /// <summary>Whether the log has the transaction at the position, or had it before it was trimmed.</summary>
    /// <param name="transaction">Any, when null.</param>
    public async Task<bool> HoldsAsync(long position, Guid? transaction)
    {
        var page = await RefreshAsync(position - 1, 1);
        return page.Transactions is [var found, ..] && found.Position!.Value.Position == position
            ? transaction is null || found.Id == transaction
            : position <= page.Trimmed && position <= page.Last;
    }

    /// <summary>Gives a log that never began its first epoch.</summary>
    /// <returns>False when another process did.</returns>
    public Task<bool> BeginAsync(Guid epoch) => GuardAsync(async () => (await redis.EvaluateAsync(LogScripts.Begin, keys, [epoch.ToString()])).Number == 1);

    /// <summary>Begins a new epoch, if the log still has the one expected and still does not hold the transaction at the position.</summary>
    /// <param name="position">Null when the epoch alone shows that it is another log.</param>
    /// <param name="change">Its fork may be <see cref="ForkAtEnd"/>.</param>
    public Task<bool> ChangeEpochAsync(Guid expected, long? position, Guid? transaction, EpochChange change) => GuardAsync(async () =>
        (await redis.EvaluateAsync(LogScripts.Change, keys,
        [
            expected == Guid.Empty ? "" : expected.ToString(), position ?? -1, transaction?.ToString() ?? "",
            change.Epoch.ToString(), change.Fork, JsonSerializer.Serialize(change, Json.Options),
        ])).Number == 1);

    /// <summary>Entries after a position: some of them, where they are very large, and none from one of a newer release on.</summary>
    /// <exception cref="OutageException">newer-release, when the first of them is.</exception>
    public async Task<IReadOnlyList<Transaction>> AfterAsync(LogPosition position, int count)
    {
        var read = await GuardAsync(async () => await ReadAsync(await redis.RangeAsync(keys[0], position.Position + 1, count), position.Epoch));
        return read is [{ IsNewer: true } first, ..] ? throw NewerRelease(first.Position!.Value.Position) : [.. read.TakeWhile(t => !t.IsNewer)];
    }

    /// <summary>What an entry that this release cannot read is answered with.</summary>
    public static OutageException NewerRelease(long position) =>
        new(TransactionProblems.NewerRelease,
            $"The log's entry at position {position} is of a newer release than this process; upgrade this process.")
        {
            RetryAfter = TimeSpan.FromSeconds(30),
        };

    public async Task<Transaction?> AtAsync(LogPosition position) =>
        (await AfterAsync(position with { Position = position.Position - 1 }, 1)).FirstOrDefault(t => t.Position == position);

    /// <summary>
    /// Removes entries, with their keys, guards and parts, if they are at or below every watermark and the log still holds at
    /// each the transaction that it names. From then on a decision must rest on a snapshot that has them.
    /// </summary>
    /// <param name="watermarks">Of every database that must have them.</param>
    /// <param name="entries">The oldest ones, without a gap.</param>
    public async Task<long> TrimAsync(
        Guid epoch, IReadOnlyList<DatabaseSnapshot> watermarks, IReadOnlyList<Transaction> entries) => await GuardAsync(async () =>
    {
        var fields = entries.Where(t => t.IdempotencyKey is not null).Select(t => KeyField(t.Actor, t.IdempotencyKey)).Distinct().ToList();
        var guards = entries.SelectMany(t => t.HasManyRows ? t.RangeGuards : t.WriteGuards).Distinct().ToList();
        var marks = entries.Select(t => (t.Actor.User, At: TimedKey.Milliseconds(t.IdempotencyKey)))
            .Where(m => m.At is not null).GroupBy(m => m.User, m => m.At!.Value);
        return (await redis.EvaluateAsync(LogScripts.Trim, [.. keys, .. entries.SelectMany(t => PartKeys(t.Id, t.LogParts))],
        [
            epoch.ToString(), entries[^1].Position!.Value.Position, entries[^1].LogBytes,
            2 * watermarks.Count, .. watermarks.SelectMany(w => new object[] { w.Position, w.TransactionId?.ToString() ?? "" }),
            fields.Count, .. fields, guards.Count, .. guards, .. marks.SelectMany(m => new object[] { m.Key, m.Max() }),
        ])).Number;
    });

    /// <summary>
    /// Notes the newest timed key of each user that may have left the log before this was noted, or was lost with a former log.
    /// Decisions can do without a look into the database from then on, see <see cref="TimedKey"/>.
    /// </summary>
    /// <param name="head">Of the log, read before the keys were.</param>
    public Task MarkKeysAsync(LogPage head, IEnumerable<(string User, long Milliseconds)> newest) => GuardAsync(async () =>
        (await redis.EvaluateAsync(LogScripts.MarkKeys, keys,
        [
            head.Epoch.ToString(), head.Trimmed, .. newest.SelectMany(n => new object[] { n.User, n.Milliseconds }),
        ])).Number);

    /// <summary>Takes or keeps the processor's turn.</summary>
    public Task<bool> TryAcquireLeaseAsync(string holder, TimeSpan duration) => GuardAsync(async () =>
        (await redis.EvaluateAsync(LogScripts.AcquireLease, [Key("processor")], [holder, (long)duration.TotalMilliseconds])).Number == 1);

    /// <summary>Gives the turn back. If Redis does not answer, it lapses by itself.</summary>
    public async Task ReleaseLeaseAsync(string holder)
    {
        try
        {
            await redis.EvaluateAsync(LogScripts.ReleaseLease, [Key("processor")], [holder]);
        }
        catch (RedisUnavailableException)
        {
            // Its term ends all the same.
        }
    }

    /// <summary>Tells readers how far the main database is; a hint, never a proof.</summary>
    /// <param name="bytes">Of the log, up to and with the entry at the position.</param>
    /// <param name="wal">Where its write-ahead log was then.</param>
    public Task HintAppliedAsync(long position, long bytes, WalPosition wal) => GuardAsync(async () =>
    {
        await redis.HashSetAsync(keys[4],
            ("applied", FormattableString.Invariant($"{position}")),
            ("applied_bytes", FormattableString.Invariant($"{bytes}")),
            ("applied_wal", wal.ToString()));
        return 0;
    });

    /// <summary>The same of its write-ahead log alone.</summary>
    public Task HintWalAsync(WalPosition wal) => GuardAsync(async () =>
    {
        await redis.HashSetAsync(keys[4], ("applied_wal", wal.ToString()));
        return 0;
    });

    public Task ReportProcessorAsync(ProcessorReport report) => GuardAsync(async () =>
    {
        await redis.HashSetAsync(keys[4], ("processor", JsonSerializer.Serialize(report, Json.Options)));
        return 0;
    });

    public Task SubscribeAsync(Action appended) => redis.SubscribeAsync(Channel, _ => appended());

    private Lineage LineageOf(Guid epoch, string changes)
    {
        // The same at nearly every call.
        if (lineage is not { } known || known.Lineage.Epoch != epoch || known.Changes != changes)
            lineage = known = (changes, new(epoch, JsonSerializer.Deserialize<IReadOnlyList<EpochChange>>(changes, Json.Options)!));
        return known.Lineage;
    }

    private string Key(string name) => $"site:{site.Name}:{name}";

    private static string KeyField(Actor actor, string? key) => key is null ? "" : $"{actor.User}\n{key}";

    private string PartKey(Guid transaction, int number) => Key(FormattableString.Invariant($"payload:{transaction}:{number}"));

    private string GuardSet(Guid transaction) => $"{keys[5]}:{transaction}";

    private IEnumerable<string> PartKeys(Guid transaction, int count) => Enumerable.Range(0, count).Select(number => PartKey(transaction, number));

    private async Task<IReadOnlyList<Transaction>> ReadAsync(IReadOnlyList<StreamEntry> entries, Guid epoch)
    {
        var read = new List<Transaction>();
        var bytes = 0L;
        // The first one may be known already, and is read for where it is: however large it is, the one after it is read as well.
        foreach (var entry in entries.TakeWhile((_, n) => n < 2 || bytes < PageBytes))
        {
            var (id, parts) = (Guid.Parse(System.Text.Encoding.ASCII.GetString(entry.Fields["id"])), (int)Field(entry, "parts"));
            if (Own.Find(entry.Position, id) is { } known)
            {
                read.Add(known with { Position = new(epoch, entry.Position), LogBytes = Field(entry, "b") });
                continue;
            }
            ReadOnlyMemory<byte>? content = parts == 0 ? entry.Fields["t"] : await JoinAsync(id, parts);
            if (content is null && Number(await redis.HashGetAsync(keys[4], "trimmed")) >= entry.Position)
            {
                // It has left the log since its entry was read, and so have those before it.
                read.Clear();
                continue;
            }
            if (content is not { } json)
            {
                throw new OutageException(TransactionProblems.BufferUnavailable,
                    $"The log's entry at position {entry.Position} lacks a part of its content.")
                {
                    RetryAfter = TimeSpan.FromSeconds(60),
                };
            }
            bytes += json.Length;
            read.Add(reader.Read(json, id) with { Position = new(epoch, entry.Position), LogBytes = Field(entry, "b"), LogParts = parts });
        }
        return read;
    }

    private async Task<ReadOnlyMemory<byte>?> JoinAsync(Guid transaction, int count)
    {
        var parts = new List<byte[]>();
        foreach (var key in PartKeys(transaction, count))
        {
            if (await redis.GetAsync(key) is not { } part)
                return null;
            parts.Add(part);
        }
        return Payload.Join(parts);
    }

    private static long Field(StreamEntry entry, string name) =>
        entry.Fields.TryGetValue(name, out var value) ? Number(System.Text.Encoding.ASCII.GetString(value)) : 0;

    private static long Number(string? text) => long.Parse(text ?? "0", System.Globalization.CultureInfo.InvariantCulture);

    private static async Task<T> GuardAsync<T>(Func<Task<T>> call)
    {
        try
        {
            return await call();
        }
        catch (RedisUnavailableException e)
        {
            throw new OutageException(TransactionProblems.BufferUnavailable, "The site's buffer does not answer.", e) { RetryAfter = TimeSpan.FromSeconds(2) };
        }
    }
}
