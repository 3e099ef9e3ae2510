namespace OpsDb.Verify;

/// <summary>
/// Writes of many rows, whose answers do not tell versions: main's history of the rows tells which versions their transactions have made.
/// A row of which such a transaction has made none it has found as it wanted it.
/// </summary>
internal sealed class VersionMakers(SymbolTable symbols, RowHistories histories, Findings findings)
{
    private readonly Dictionary<Guid, List<(Entity Entity, Guid Id, int Version)>> made = [];

    /// <summary>Takes past versions, and the present ones on main.</summary>
    public void Take(FinalLine line)
    {
        if (line.Entity is not { IsOfMany: true } entity || !(line.Type == "made" || line is { Type: "row", At: "main" }))
            return;
        if (!made.TryGetValue(line.Row.Transaction, out var versions))
            made[line.Row.Transaction] = versions = [];
        versions.Add((entity, line.Row.Id, line.Row.Version));
    }

    public void Judge()
    {
        var (rows, left) = (new HashSet<Row>(), new List<State>());
        foreach (var write in histories.All().Where(w => w is { Fate: Fate.Applied, Edited: false, Requests.Count: > 0 }).ToList())
        {
            Resolve(write, left);
            rows.UnionWith(write.States.Select(s => s.Row));
        }
        foreach (var row in rows)
            Fold(row);
        foreach (var state in left)
            Find(state);
    }

    private void Resolve(Write write, List<State> left)
    {
        var versions = new Dictionary<(Entity, Guid), int>();
        foreach (var (entity, id, version) in made.GetValueOrDefault(write.Transaction, []))
            versions[(entity, id)] = version;
        foreach (var state in write.States.ToList())
        {
            var isThere = versions.Remove((state.Row.Entity, state.Row.Id), out var version);
            if (state.Request is null)
                continue;
            if (isThere)
            {
                state.Became(version);
                continue;
            }
            RowHistories.Remove(state);
            if (state.Action == RowAction.Ensure)
                left.Add(state);
            else
                findings.Add(Rule.HalfTransaction,
                    $"A call was told that it had changed {symbols.Text(state.Row)}, and main has no version of it by that call.",
                    [write.Line], [write.LedgerLine]);
        }
        foreach (var ((entity, id), version) in versions)
        {
            if (write.Requests.FirstOrDefault(r => r.IsOfMany && r.Entity == entity) is not { } request)
                continue;
            var state = histories.AddState(write, entity, id, request.Action);
            // Which of several rows that it asked for this one is, is not known here.
            state.Request = request.Action == RowAction.Each ? request : null;
            state.Touched = request.Touched;
            state.Became(version);
        }
    }

    /// <summary>What each version holds whose answer has not told it.</summary>
    private static void Fold(Row row)
    {
        long[]? before = null;
        foreach (var state in row.States.Where(s => s.Counts).OrderBy(s => s.Version))
        {
            if (state is { Fields: null, Request: { } request } && (state.Action == RowAction.Create || before is not null))
                state.Fields = Applied(state, request, before);
            before = state.Fields;
        }
    }

    private static long[] Applied(State state, RequestedWrite request, long[]? before)
    {
        var fields = new long[state.Row.Entity.Fields.Count];
        Array.Fill(fields, Code.Unlogged);
        before?.CopyTo(fields, 0);
        for (var i = 0; i < fields.Length; i++)
            fields[i] = (((state.Touched | state.Row.Entity.Stamps) >> i) & 1) == 1 ? Code.Unlogged : fields[i];
        foreach (var (field, value) in state.Action == RowAction.Create ? [.. request.New, .. request.Set] : request.Set)
            fields[field] = value;
        foreach (var (field, of) in request.Refers)
            fields[field] = IdOf(state.Write, of);
        return fields;
    }

    private static long IdOf(Write write, int request) =>
        write.States.Concat(write.Left).FirstOrDefault(s => s.Request == write.Requests[request]) is { } state ? Code.Value(state.Row.Id) : Code.Unlogged;

    /// <summary>Which state a write has found that changed nothing: the first that is as it asked for.</summary>
    private void Find(State left)
    {
        var (write, request) = (left.Write, left.Request!);
        var states = left.Row.States.Where(s => s.Counts).OrderBy(s => s.Version).ToList();
        var found = states.FindIndex(s => s.Fields is { } fields && request.Set.TrueForAll(w => IsOrMayBe(fields, w.Field, w.Value))
            && request.Refers.TrueForAll(r => IsOrMayBe(fields, r.Field, IdOf(write, r.Of))));
        if (found < 0 || states[..found].Exists(s => s.Fields is null))
            return;
        if (states[found].Write.Invoke >= write.Acknowledged)
            findings.Add(Rule.OtherContent, $"A call was told that {symbols.Text(left.Row)} is as it asked for, which a later one has made it.",
                write.Line, states[found].Write.Line);
        else
            write.Left.Add(states[found]);
    }

    private static bool IsOrMayBe(long[] fields, int field, long value) =>
        value == Code.Unlogged || field >= fields.Length || fields[field] == Code.Unlogged || fields[field] == value;
}
