using System.Collections.Concurrent;
using System.Text.Json;
using OpsDb.Kernel;

namespace OpsDb.Transactions;

/// <summary>What is known of a pending transaction without its steps.</summary>
/// <param name="Bytes">Of its entry in the log.</param>
internal sealed record Pending(Guid Id, long Position, string Kind, Actor Actor, string? IdempotencyKey, DateTimeOffset OccurredAt, int Bytes)
{
    /// <inheritdoc cref="Transaction.SoftwareVersion"/>
    public string? SoftwareVersion { get; init; }
}

/// <summary>
/// Pending changes of one epoch as chains by row, newest first. One writer (the refresh) appends; readers walk a chain
/// and see only what lies above their snapshot and not above their cut, so that nothing needs to be copied.
/// In one file, because the order in which a writer publishes and a reader looks is only seen beside both.
/// </summary>
internal sealed class OverlayState(Guid epoch, long floor, IReadOnlyDictionary<string, Table> tables)
{
    private const int MaxShared = 1000;
    // A key as text would take six times as much memory, see Code.
    private readonly ConcurrentDictionary<string, (ConcurrentDictionary<RowKey, Node> Heads, Journal Journal)> chains = new();
    private readonly ConcurrentDictionary<Guid, Pending> byId = new();
    private readonly ConcurrentDictionary<(string User, string Key), Pending> byKey = new();
    private readonly ConcurrentDictionary<long, (Pending Pending, (string Table, RowKey Row)[] Rows)> byPosition = new();
    private readonly ConcurrentQueue<(long Position, HashSet<string> Entities)> newer = new();
    // Read from the log these are new objects each time, and yet few: kinds, users, tokens.
    private readonly Dictionary<string, string> texts = [];
    private readonly Dictionary<Actor, Actor> actors = [];
    private readonly ActorLoads loads = new();
    private long logBytes;
    private long floor = floor;
    private long last = floor;
    private long removed = floor;
    private volatile object? atFloor;

    public Guid Epoch { get; } = epoch;

    /// <summary>Entries at or below it have left: a snapshot below it must not be folded with this state.</summary>
    public long Floor => Interlocked.Read(ref floor);

    /// <summary>Pending transactions after a position, in order.</summary>
    public IEnumerable<Pending> After(long position)
    {
        for (var next = Math.Max(position, Floor) + 1; next <= Interlocked.Read(ref last); next++)
        {
            if (byPosition.TryGetValue(next, out var entry))
                yield return entry.Pending;
        }
    }

    /// <summary>The first entry after a position that a newer release has written.</summary>
    public long? NewerAfter(long position) => newer.Where(n => n.Position > position).Select(n => (long?)n.Position).FirstOrDefault();

    /// <summary>Checks that everything which concerns an entity between snapshot and cut can be read by this release.</summary>
    /// <exception cref="OutageException">newer-release.</exception>
    public void RequireReadable(string entity, long snapshot, long cut)
    {
        foreach (var (position, entities) in newer)
        {
            if (position > snapshot && position <= cut && (entities.Contains(entity) || entities.Contains(EntryReader.AnyEntity)))
                throw TransactionLog.NewerRelease(position);
        }
    }

    /// <summary>Which transaction the log holds at a position; null when that is not known here any more, or not yet.</summary>
    public Guid? At(long position) => byPosition.TryGetValue(position, out var entry) ? entry.Pending.Id
        : atFloor is (long at, Guid transaction) && at == position ? transaction : null;

    /// <summary>The same with the transaction at its floor known.</summary>
    public OverlayState From(Guid? transaction)
    {
        if (transaction is { } id)
            atFloor = (Floor, id);
        return this;
    }

    public Pending? Find(Guid transaction) => byId.GetValueOrDefault(transaction);

    public Pending? FindKey(Actor actor, string key) => byKey.GetValueOrDefault((actor.User, key));

    /// <summary>How much of what is pending beyond a position is of one user.</summary>
    /// <param name="applied">Up to here the main database has everything.</param>
    public (int Count, long Bytes) LoadOf(Actor actor, long applied)
    {
        loads.Applied(applied);
        return loads.Of(actor.User);
    }

    /// <summary>Adds the next entry; one that is there already changes nothing. Either the whole entry is added or, when it cannot be read, nothing.</summary>
    public void Append(Transaction transaction)
    {
        var position = transaction.Position!.Value.Position;
        if (position <= last)
            return;
        // Behind entries that left the log before they were read, the bytes of one alone are not known.
        var bytes = logBytes > 0 && position == last + 1 ? (int)Math.Clamp(transaction.LogBytes - logBytes, 0, int.MaxValue) : 0;
        var pending = new Pending(transaction.Id, position, Shared(texts, transaction.Kind), Shared(actors, transaction.Actor),
            transaction.IdempotencyKey, transaction.OccurredAt, bytes)
        {
            SoftwareVersion = transaction.SoftwareVersion is { } version ? Shared(texts, version) : null,
        };
        var heads = new Dictionary<(string Table, RowKey Row), Node>();
        if (transaction.IsNewer)
            newer.Enqueue((position, [.. transaction.Steps.Select(s => s.Entity)]));
        foreach (var step in transaction.IsNewer ? [] : transaction.Steps)
        {
            var table = tables[step.Entity];
            var (rows, _) = chains.GetOrAdd(table.Name, _ => (new(), new()));
            foreach (var change in step.Rows)
            {
                var row = RowKey.Of(table, change.Key);
                var previous = heads.GetValueOrDefault((table.Name, row)) ?? rows.GetValueOrDefault(row);
                heads[(table.Name, row)] = NodeOf(step.Operation, table, row, change, pending, previous);
            }
        }
        foreach (var ((table, row), head) in heads)
        {
            var (rows, journal) = chains[table];
            if (rows.TryGetValue(row, out var previous))
                previous.Newer = head;
            rows[row] = head;
            journal.Add(head);
        }
        byId[pending.Id] = pending;
        byPosition[position] = (pending, [.. heads.Keys]);
        if (pending.IdempotencyKey is { } idempotencyKey)
            byKey[(pending.Actor.User, idempotencyKey)] = pending;
        logBytes = transaction.LogBytes;
        loads.Add(pending);
        Interlocked.Exchange(ref last, position);
    }

    /// <summary>Lets go of what the replica has. Readers with an older snapshot notice by <see cref="Floor"/>.</summary>
    public void TrimTo(long position)
    {
        if (position <= Floor)
            return;
        // The one at the floor is what a snapshot's watermark mostly names.
        atFloor = At(position) is { } transaction ? (position, transaction) : null;
        Interlocked.Exchange(ref floor, position);
        loads.Applied(position);
        while (newer.TryPeek(out var known) && known.Position <= position)
            newer.TryDequeue(out _);
        foreach (var (_, journal) in chains.Values)
            journal.RemoveTo(position);
        while (removed < Math.Min(position, Interlocked.Read(ref last)))
        {
            var next = ++removed;
            if (!byPosition.TryRemove(next, out var entry))
                continue;
            var (oldest, rows) = entry;
            byId.TryRemove(oldest.Id, out _);
            if (oldest.IdempotencyKey is { } key)
                byKey.TryRemove(new((oldest.Actor.User, key), oldest));
            foreach (var (table, row) in rows)
            {
                var heads = chains[table].Heads;
                if (!heads.TryGetValue(row, out var head))
                    continue;
                if (head.Position <= position)
                    heads.TryRemove(new(row, head));
                else
                    head.DropBelow(position);
            }
        }
    }

    /// <summary>The row as the entries above the snapshot and not above the cut leave it.</summary>
    /// <param name="row">The row in the snapshot, if it is there.</param>
    public Row? Fold(Table table, string key, Row? row, long snapshot, OverlayCut cut)
    {
        RequireReadable(table.Name, snapshot, cut.Position);
        return FoldWithoutSync(table, key, row, snapshot, cut) is { } folded ? WithSync(table, key, folded, snapshot, cut) : null;
    }

    /// <summary>The same without its synchronisation: for a list, which folds many rows and shows few, nothing is copied.</summary>
    public Row? FoldWithoutSync(Table table, string key, Row? row, long snapshot, OverlayCut cut) =>
        Head(table, key, snapshot, cut) is not { } head ? row
        : head.CreatedAt > snapshot ? head.Whole
        : FoldChain(table, head, row, snapshot);

    /// <summary>Whether the entries above the snapshot and not above the cut create the row, so that nothing of the snapshot's is left in it.</summary>
    public bool IsCreated(Table table, string key, long snapshot, OverlayCut cut) => Head(table, key, snapshot, cut)?.CreatedAt > snapshot;

    /// <summary>A folded row with its synchronisation, if there are entries of it above the snapshot.</summary>
    public Row WithSync(Table table, string key, Row folded, long snapshot, OverlayCut cut) => Head(table, key, snapshot, cut) is { } head
        ? folded with { Sync = new(cut.IsApplied(head.Position) ? SyncState.Applied : SyncState.Buffered, head.By.Id, head.Position) }
        : folded;

    /// <summary>
    /// The rows with entries between snapshot and cut, newest first, as most lists want them: whole when they were created there, else their
    /// keys alone.
    /// </summary>
    public IEnumerable<(string? Key, Row? Created)> Touched(Table table, long snapshot, long cut)
    {
        RequireReadable(table.Name, snapshot, cut);
        if (!chains.TryGetValue(table.Name, out var rows))
            yield break;
        var nodes = rows.Journal.Nodes;
        for (var i = nodes.Count - 1; i >= 0; i--)
        {
            var node = nodes[i];
            // Gone meanwhile or in the snapshot, and so are all before it.
            if (node is null || node.Position <= snapshot)
                yield break;
            // Not to be seen, or not the newest of its row that is.
            if (node.Position > cut || node.Newer?.Position <= cut)
                continue;
            yield return node.CreatedAt > snapshot && node.Whole is { } created ? (null, created)
                : (node is Keyed { Row: var row } ? row.In(table) : Table.KeyText(node.Whole!.Key), null);
        }
    }

    /// <summary>What each entry above the snapshot and not above the cut leaves of the row, oldest first; null where it deletes it.</summary>
    /// <param name="row">The row in the snapshot, if it is there.</param>
    public IEnumerable<(Pending By, StepOperation Operation, Row? Row)> Successive(Table table, string key, Row? row, long snapshot, OverlayCut cut)
    {
        RequireReadable(table.Name, snapshot, cut.Position);
        if (Head(table, key, snapshot, cut) is not { } head)
            yield break;
        foreach (var node in Above(head, snapshot))
        {
            var before = row;
            row = Folded(table, node, row);
            // A change of a row that is not there leaves nothing.
            if (node.Set is null || before is not null)
                yield return (node.By, node.Set is not null ? StepOperation.Update : row is null ? StepOperation.Delete : StepOperation.Create, row);
        }
    }

    private Node NodeOf(StepOperation operation, Table table, RowKey row, RowChange change, Pending by, Node? previous)
    {
        var createdAt = previous?.CreatedAt ?? 0;
        if (operation == StepOperation.Create)
            return new(by, null, Slim(table.Read(change.Row!.Value), by.Id), previous is null ? by.Position : createdAt, previous);
        if (operation == StepOperation.Delete)
            return new Keyed(by, null, null, createdAt, previous) { Row = row };
        var set = change.Row!.Value;
        return new Keyed(by, set, previous?.Whole is { } whole ? table.Fold(whole, set, by.Id) : null, createdAt, previous) { Row = row };
    }

    private Row Slim(Row row, Guid transaction) =>
        row with { TransactionId = transaction, CreatedBy = Shared(texts, row.CreatedBy), ModifiedBy = Shared(texts, row.ModifiedBy) };

    /// <summary>The one object that stands for all equal ones.</summary>
    private static T Shared<T>(Dictionary<T, T> known, T value) where T : notnull
    {
        if (known.TryGetValue(value, out var first))
            return first;
        if (known.Count >= MaxShared)
            known.Clear();
        return known[value] = value;
    }

    private Node? Head(Table table, string key, long snapshot, OverlayCut cut)
    {
        if (!chains.TryGetValue(table.Name, out var rows) || !rows.Heads.TryGetValue(RowKey.Of(table, key), out var head))
            return null;
        while (head is not null && head.Position > cut.Position)
            head = head.Previous;
        return head?.Position > snapshot ? head : null;
    }

    private static Row? FoldChain(Table table, Node head, Row? row, long snapshot)
    {
        foreach (var node in Above(head, snapshot))
            row = Folded(table, node, row);
        return row;
    }

    /// <summary>The head and those before it, oldest first.</summary>
    private static Stack<Node> Above(Node head, long snapshot)
    {
        var nodes = new Stack<Node>();
        for (var node = head; node is not null && node.Position > snapshot; node = node.Previous)
            nodes.Push(node);
        return nodes;
    }

    private static Row? Folded(Table table, Node node, Row? row) => node switch
    {
        { Set: JsonElement set } => row is null ? null : table.Fold(row, set, node.By.Id),
        _ => node.Whole,
    };

    private class Node(Pending by, object? set, Row? whole, long createdAt, Node? previous)
    {
        /// <summary>The next one of the same row.</summary>
        public volatile Node? Newer;

        // Not through By: a list looks at it in each of ten thousand pending rows.
        public long Position { get; } = by.Position;

        public Pending By { get; } = by;

        /// <summary>The columns an update sets, as JSON; null for anything else. Boxed, because few have one.</summary>
        public object? Set { get; } = set;

        /// <summary>The whole row, when its create is in the chain; null for a delete.</summary>
        public Row? Whole { get; } = whole;

        /// <summary>
        /// Where the chain begins, if it begins with a create: no older snapshot has the row. One made anew after a delete may be in it.
        /// Else 0.
        /// </summary>
        public long CreatedAt { get; } = createdAt;

        public Node? Previous { get; private set; } = previous;

        public void DropBelow(long position)
        {
            for (var node = this; node is not null; node = node.Previous)
            {
                if (node.Previous?.Position <= position)
                    node.Previous = null;
            }
        }
    }

    /// <summary>One that may not have the whole row, and so not its key.</summary>
    private sealed class Keyed(Pending by, object? set, Row? whole, long createdAt, Node? previous) : Node(by, set, whole, createdAt, previous)
    {
        public RowKey Row { get; init; }
    }

    /// <summary>
    /// The changes of one table in the order of the log, side by side in memory: a walk along the chains would wait for memory
    /// at each row.
    /// </summary>
    private sealed class Journal
    {
        private readonly Lock gate = new();
        private volatile Slice slice = new([], 0, 0);

        /// <summary>Those that are there now; null for one that leaves meanwhile.</summary>
        public ArraySegment<Node?> Nodes => slice is var (nodes, from, to) ? new(nodes, from, to - from) : default;

        public void Add(Node node)
        {
            lock (gate)
            {
                var (nodes, from, to) = slice;
                if (to == nodes.Length)
                {
                    var copy = new Node?[Math.Max(16, (to - from) * 3 / 2)];
                    Array.Copy(nodes, from, copy, 0, to - from);
                    (nodes, from, to) = (copy, 0, to - from);
                }
                nodes[to] = node;
                slice = new(nodes, from, to + 1);
            }
        }

        public void RemoveTo(long position)
        {
            lock (gate)
            {
                var (nodes, from, to) = slice;
                while (from < to && nodes[from]!.Position <= position)
                    nodes[from++] = null;
                slice = new(nodes, from, to);
            }
        }

        private sealed record Slice(Node?[] Nodes, int From, int To);
    }
}
