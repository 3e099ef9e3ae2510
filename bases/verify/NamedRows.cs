namespace OpsDb.Verify;

/// <summary>
/// Rows that calls name by what they hold, as a file by its path. Each is on main once, and is what every call asked for that was carried
/// out; what only refused calls have named is not there.
/// </summary>
internal sealed class NamedRows
{
    private readonly SymbolTable symbols;
    private readonly RowHistories histories;
    private readonly Findings findings;
    private readonly Dictionary<ulong, Named> named = [];
    private readonly Dictionary<Entity, List<int>> names = [];

    public NamedRows(SymbolTable symbols, RowHistories histories, Findings findings)
    {
        (this.symbols, this.histories, this.findings) = (symbols, histories, findings);
        foreach (var write in histories.Writes)
        {
            foreach (var request in write.Requests.Where(r => r.By.Count > 0))
            {
                names.TryAdd(request.Entity, request.By);
                var name = NameOf(request);
                if (!named.TryGetValue(name, out var of))
                    named[name] = of = new();
                of.Calls.Add(write);
            }
        }
    }

    public int Count => named.Count;

    public void Take(FinalLine line)
    {
        if (line is not { Type: "row", At: "main", Entity: { } entity } || !names.TryGetValue(entity, out var by))
            return;
        if (!named.TryGetValue(NameOf(entity, by.Select(f => line.Row.Fields[f])), out var of))
            return;
        if (of.Line > 0)
            findings.Add(Rule.AppliedTwice, $"Main has two rows of {entity.Name} with the same {Text(entity, by)}.", [.. of.Calls.Take(3).Select(w => w.Line)],
                [of.Line, line.Number]);
        (of.Line, of.Id, of.Fields) = (line.Number, line.Row.Id, line.Row.Logged.ToArray());
    }

    public void Judge()
    {
        foreach (var write in histories.Writes.Where(w => w.Requests.Any(r => r.By.Count > 0) && IsThere(w)))
            Judge(write);
        foreach (var of in named.Values.Where(n => n.Line > 0 && n.Calls.TrueForAll(IsRefused)))
            findings.Add(Rule.RefusedPresent, "A call was refused each time it was made, and a row that it named is on main.",
                [.. of.Calls.Take(3).Select(w => w.RefusedLine)], [of.Line]);
    }

    private static ulong NameOf(RequestedWrite request) =>
        NameOf(request.Entity, request.By.Select(f => request.Set.Find(s => s.Field == f) is var set && set.Field == f ? set.Value : Code.Unlogged));

    private static ulong NameOf(Entity entity, IEnumerable<long> values) =>
        values.Aggregate((ulong)entity.Number, (name, value) => Code.Mix(name ^ Code.Mix((ulong)value)));

    private static string Text(Entity entity, List<int> by) => string.Join(", ", by.Select(f => entity.Fields[f]));

    private static IEnumerable<Write> UnderOneKey(Write first)
    {
        for (var write = first; write is not null; write = write.Next)
            yield return write;
    }

    /// <summary>Whether what it asked for must be on main.</summary>
    private static bool IsThere(Write first) =>
        UnderOneKey(first).Any(w => w is { Fate: Fate.Applied, Edited: false } or { Fate: Fate.None, IsAcknowledged: true, DeclaredLost: false });

    private static bool IsRefused(Write first) => first is { RefusedLine: > 0, IsEffective: false, Unknown: false, Next: null };

    /// <summary>Whether a row may be away because a call that others rest on was lost, or waits for a person.</summary>
    private static bool MayBeAway(Named of) =>
        of.Calls.Exists(first => UnderOneKey(first).Any(w => w.DeclaredLost || w.Edited || w.Fate is Fate.Failed or Fate.Parked or Fate.Discarded));

    private void Judge(Write write)
    {
        var asked = write.Requests.Where(r => r.By.Count > 0).Select(r => (Request: r, Row: named[NameOf(r)])).ToList();
        var missing = asked.FindAll(a => a.Row.Line == 0 && !MayBeAway(a.Row));
        if (missing is [var (request, _), ..])
        {
            var what = $"{request.Entity.Name} by {Text(request.Entity, request.By)}";
            findings.Add(missing.Count < asked.Count ? Rule.HalfTransaction : Rule.LostWrite,
                $"An acknowledged or applied call has named {asked.Count} rows, and {missing.Count} of them are not on main, the first of {what}.",
                [write.Line], [write.LedgerLine]);
        }
        foreach (var (of, row) in asked.Where(a => a.Row.Line > 0 && !MayBeAway(a.Row)))
            Compare(write, of, row);
    }

    private void Compare(Write write, RequestedWrite request, Named row)
    {
        // What calls have changed that do not name it so is for them to tell.
        var changed = histories.Find(request.Entity, row.Id)?.States.Where(s => s.Action == RowAction.Update && s.Write.Requests.Count == 0)
            .Aggregate(0UL, (all, s) => all | s.Touched) ?? 0;
        var wanted = request.Set.Concat(request.Refers.Select(r => (r.Field, Value: IdOf(write.Requests[r.Of]))));
        foreach (var (field, value) in wanted.Where(w => w.Value != Code.Unlogged && (changed >> w.Field & 1) == 0))
        {
            if (row.Fields[field] != value && row.Fields[field] != Code.Unlogged)
                findings.Add(Rule.OtherContent,
                    $"Main has {request.Entity.Name}/{row.Id} with another {request.Entity.Fields[field]} than a call that named it asked for.",
                    [write.Line], [write.LedgerLine, row.Line]);
        }
    }

    private long IdOf(RequestedWrite request) =>
        request.By.Count > 0 && named[NameOf(request)] is { Line: > 0 } row ? Code.Value(row.Id) : Code.Unlogged;

    private sealed class Named
    {
        /// <summary>Of those with one key the first.</summary>
        public readonly List<Write> Calls = [];
        public int Line;
        public Guid Id;
        public long[] Fields = [];
    }
}
