using System.Globalization;

namespace OpsDb.UnitTests.Verify;

/// <summary>One version of a row, with its values as JSON.</summary>
internal sealed record SyntheticRow(SyntheticTable Table, Guid Id, int Version, Guid Transaction, string[] Values)
{
    public string this[string field] => Values[Array.IndexOf(Table.Fields, field)];

    public string Fields => string.Join(',', Table.Fields.Select((f, i) => $"\"{f}\":{Values[i]}"));

    public string Json => string.Create(CultureInfo.InvariantCulture,
        $$"""{"id":"{{Id}}","version":{{Version}},"transaction":"{{Transaction}}","fields":{ {{Fields}} } }""");

    public string Short => string.Create(CultureInfo.InvariantCulture, $$"""{"id":"{{Id}}","version":{{Version}},"transaction":"{{Transaction}}"}""");

    public SyntheticRow Changed(Guid transaction, IReadOnlyDictionary<string, string> set) =>
        this with { Version = Version + 1, Transaction = transaction, Values = [.. Table.Fields.Select((f, i) => set.GetValueOrDefault(f, Values[i]))] };
}

internal sealed record SyntheticTable(string Name, string[] Fields)
{
    public static SyntheticTable Executions { get; } = new("executions",
        ["obs_unit_id", "status", "start_time", "end_time", "mean_pwv_mm", "quality", "reason", "comment",
        "created_at", "created_by", "modified_at", "modified_by"]);

    public static SyntheticTable Files { get; } = new("files", ["name", "size_bytes", "modified_at", "modified_by"]);
}

/// <summary>One write of one row: what becomes of it wherever it is applied.</summary>
/// <param name="Row">The row as created; null for an update or a deletion.</param>
/// <param name="Set">What an update sets; null for a creation or a deletion.</param>
internal sealed record SyntheticChange(SyntheticTable Table, Guid Id, SyntheticRow? Row, IReadOnlyDictionary<string, string>? Set)
{
    public SyntheticRow? Apply(SyntheticRow? before, Guid transaction) => Row ?? (Set is null ? null : before?.Changed(transaction, Set));
}

internal sealed class SyntheticTransaction
{
    public Guid Id;
    public string Site = "observatory", Kind = "";
    public Guid Key;
    public Guid? Epoch;
    public long? Position;
    public bool WillFail;
    public string Outcome = "";
    public Guid? DuplicateOf;
    public IReadOnlyList<SyntheticChange> Changes = [];

    /// <summary>The rows as answered.</summary>
    public IReadOnlyList<SyntheticRow> Rows = [];
}

/// <summary>Rows as some place sees them, with what its lists need.</summary>
internal sealed class SyntheticView
{
    private readonly SortedSet<(string Start, Guid Id)> byStart = [];
    private readonly Dictionary<string, HashSet<Guid>> byUnit = [];
    private readonly HashSet<Guid> running = [];

    public Dictionary<Guid, SyntheticRow> Rows { get; } = [];

    public IEnumerable<SyntheticRow> Running => running.Select(id => Rows[id]);

    public IEnumerable<SyntheticRow> Newest => byStart.Reverse().Select(s => Rows[s.Id]);

    public IEnumerable<SyntheticRow> OfUnit(string unit) => byUnit.GetValueOrDefault(unit, []).Select(id => Rows[id]);

    public void Put(Guid id, SyntheticRow? row)
    {
        if (Rows.Remove(id, out var old) && old.Table == SyntheticTable.Executions)
        {
            byStart.Remove((old["start_time"], id));
            byUnit[old["obs_unit_id"]].Remove(id);
            running.Remove(id);
        }
        if (row is null)
            return;
        Rows[id] = row;
        if (row.Table != SyntheticTable.Executions)
            return;
        byStart.Add((row["start_time"], id));
        if (!byUnit.TryGetValue(row["obs_unit_id"], out var unit))
            byUnit[row["obs_unit_id"]] = unit = [];
        unit.Add(id);
        if (row["status"] == "\"running\"")
            running.Add(id);
    }
}

/// <summary>A correct installation in a few lines: main, its replica at a site, and the site's log folded over the replica.</summary>
internal sealed class SyntheticSite
{
    private readonly Queue<SyntheticTransaction> log = [];
    private readonly List<SyntheticTransaction> notReplicated = [];
    private readonly Dictionary<Guid, SyntheticRow?> dirty = [];
    private readonly Dictionary<Guid, SyntheticRow> replica = [];
    private readonly Dictionary<Guid, List<SyntheticTransaction>> overlay = [];
    private readonly Dictionary<Guid, SyntheticTransaction> keys = [];
    private readonly Dictionary<Guid, SyntheticTransaction> keysOnMain = [];
    private readonly Func<Guid> newId;

    public SyntheticSite(Func<Guid> newId)
    {
        this.newId = newId;
        Epoch = newId();
        Watermarks.Add((Epoch, null, 0, 0));
    }

    public SyntheticView Main { get; } = new();

    /// <summary>What the site shows.</summary>
    public SyntheticView Site { get; } = new();

    public List<SyntheticTransaction> Ledger { get; } = [];

    public List<SyntheticTransaction> Held { get; } = [];

    public List<Guid> Discarded { get; } = [];

    public List<(Guid Epoch, Guid? Previous, long Fork, long Seen)> Watermarks { get; } = [];

    public Dictionary<Guid, (long Position, Guid Transaction)> Applied { get; } = [];

    public Guid Epoch { get; private set; }

    public long Last { get; private set; }

    public int Pending => log.Count;

    public SyntheticTransaction? Known(Guid key) => keys.GetValueOrDefault(key);

    /// <summary>Redis has come back without what answers for a key that main knows.</summary>
    public void Forget(Guid key) => keys.Remove(key);

    public SyntheticTransaction Accept(string kind, Guid key, params IReadOnlyList<SyntheticChange> changes)
    {
        var transaction = new SyntheticTransaction { Id = newId(), Kind = kind, Key = key, Epoch = Epoch, Position = ++Last };
        Own(transaction, changes);
        keys[key] = transaction;
        log.Enqueue(transaction);
        foreach (var change in transaction.Changes)
        {
            if (!overlay.TryGetValue(change.Id, out var chain))
                overlay[change.Id] = chain = [];
            chain.Add(transaction);
            Site.Put(change.Id, change.Apply(Site.Rows.GetValueOrDefault(change.Id), transaction.Id));
        }
        transaction.Rows = [.. transaction.Changes.Where(c => Site.Rows.ContainsKey(c.Id)).Select(c => Site.Rows[c.Id])];
        return transaction;
    }

    public SyntheticTransaction Write(string kind, Guid key, params IReadOnlyList<SyntheticChange> changes)
    {
        var transaction = new SyntheticTransaction { Id = newId(), Site = "main", Kind = kind, Key = key, Outcome = "applied" };
        Own(transaction, changes);
        ApplyOnMain(transaction);
        Ledger.Add(transaction);
        transaction.Rows = [.. transaction.Changes.Where(c => Main.Rows.ContainsKey(c.Id)).Select(c => Main.Rows[c.Id])];
        return transaction;
    }

    public void Process(int most)
    {
        while (most-- > 0 && log.TryDequeue(out var transaction))
        {
            Applied[transaction.Epoch!.Value] = (transaction.Position!.Value, transaction.Id);
            Ledger.Add(transaction);
            if (keysOnMain.TryGetValue(transaction.Key, out var first))
                (transaction.Outcome, transaction.DuplicateOf) = ("duplicate", first.Id);
            else if (transaction.WillFail)
                Hold(transaction, "failed");
            else if (Held.Exists(h => Concerns(h, transaction)))
                Hold(transaction, "parked");
            else
                ApplyOnMain(transaction);
            keysOnMain.TryAdd(transaction.Key, transaction);
            if (transaction.Outcome is "applied" or "duplicate")
                notReplicated.Add(transaction);
        }
    }

    /// <summary>The replica catches up; what it has leaves the overlay.</summary>
    public void Replicate()
    {
        var changed = dirty.Keys.ToHashSet();
        foreach (var (id, row) in dirty)
        {
            if (row is null)
                replica.Remove(id);
            else
                replica[id] = row;
        }
        dirty.Clear();
        foreach (var transaction in notReplicated)
            changed.UnionWith(Leave(transaction));
        notReplicated.Clear();
        foreach (var id in changed)
            Fold(id);
    }

    public void Discard(SyntheticTransaction failed)
    {
        Held.Remove(failed);
        failed.Outcome = "discarded";
        Discarded.Add(failed.Id);
        notReplicated.Add(failed);
        foreach (var parked in Held.Where(h => h.Outcome == "parked" && Concerns(h, failed)).ToList())
        {
            Held.Remove(parked);
            ApplyOnMain(parked);
            notReplicated.Add(parked);
        }
        Replicate();
    }

    /// <summary>Redis comes back without the newest entries that were not applied yet.</summary>
    /// <returns>How many are lost.</returns>
    public int Lose(int most)
    {
        var entries = log.ToList();
        var kept = Math.Max(0, entries.Count - most);
        var lost = entries[kept..];
        if (lost.Count == 0)
            return 0;
        var (previous, seen) = (Epoch, Last);
        Epoch = newId();
        Last -= lost.Count;
        Watermarks.Add((Epoch, previous, Last, seen));
        log.Clear();
        foreach (var entry in entries[..kept])
        {
            // An acknowledgement keeps the epoch that it named.
            log.Enqueue(entry);
            entry.Epoch = Epoch;
        }
        foreach (var entry in lost)
        {
            keys.Remove(entry.Key);
            foreach (var id in Leave(entry))
                Fold(id);
        }
        return lost.Count;
    }

    private void Own(SyntheticTransaction transaction, IReadOnlyList<SyntheticChange> changes) =>
        transaction.Changes = [.. changes.Select(c => c.Row is null ? c : c with { Row = c.Row with { Transaction = transaction.Id } })];

    private void ApplyOnMain(SyntheticTransaction transaction)
    {
        transaction.Outcome = "applied";
        foreach (var change in transaction.Changes)
        {
            var row = change.Apply(Main.Rows.GetValueOrDefault(change.Id), transaction.Id);
            Main.Put(change.Id, row);
            dirty[change.Id] = row;
        }
    }

    private void Hold(SyntheticTransaction transaction, string outcome)
    {
        transaction.Outcome = outcome;
        Held.Add(transaction);
    }

    private static bool Concerns(SyntheticTransaction one, SyntheticTransaction other) => one.Changes.Any(c => other.Changes.Any(o => o.Id == c.Id));

    private List<Guid> Leave(SyntheticTransaction transaction)
    {
        foreach (var change in transaction.Changes)
        {
            if (overlay.TryGetValue(change.Id, out var chain) && chain.Remove(transaction) && chain.Count == 0)
                overlay.Remove(change.Id);
        }
        return [.. transaction.Changes.Select(c => c.Id)];
    }

    private void Fold(Guid id)
    {
        var row = replica.GetValueOrDefault(id);
        foreach (var transaction in overlay.GetValueOrDefault(id, []))
            row = transaction.Changes.First(c => c.Id == id).Apply(row, transaction.Id);
        Site.Put(id, row);
    }
}
