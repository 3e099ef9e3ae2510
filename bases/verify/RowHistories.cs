namespace OpsDb.Verify;

/// <summary>Writes and rows of the history, as the first pass collects them.</summary>
internal sealed class RowHistories(SymbolTable symbols, Findings findings)
{
    private readonly Dictionary<(int Entity, Guid Id), Row> rowsById = [];
    private readonly Dictionary<(int Site, Guid Key), Write> byKey = [];
    private readonly Dictionary<Guid, Write> byTransaction = [];

    public List<Row> Rows { get; } = [];

    /// <summary>In the order of their first lines; not those with the key of another.</summary>
    public List<Write> Writes { get; } = [];

    /// <summary>In the order of their acknowledgements.</summary>
    public List<Write> Acknowledgements { get; } = [];

    public Row? Find(Entity entity, Guid id) => rowsById.GetValueOrDefault((entity.Number, id));

    public Write? ByKey(int site, Guid key) => byKey.GetValueOrDefault((site, key));

    public Write? ByTransaction(Guid transaction) => byTransaction.GetValueOrDefault(transaction);

    /// <summary>Every write, those under the same key one after another.</summary>
    public IEnumerable<Write> All()
    {
        foreach (var first in Writes)
        {
            for (var write = first; write is not null; write = write.Next)
                yield return write;
        }
    }

    public void Add(Call call)
    {
        var write = call.Key is { } key ? ByKey(call.Site, key) : null;
        if (write is null)
        {
            Writes.Add(write = Make(call));
            if (call.Key is { } newKey)
                byKey[(call.Site, newKey)] = write;
        }
        write.Invoke = Math.Min(write.Invoke, call.Invoke);
        switch (call.Outcome)
        {
            case Outcome.Refused:
                write.RefusedLine = write.RefusedLine == 0 ? call.Line : write.RefusedLine;
                break;
            case Outcome.Unknown:
                write.Unknown = true;
                // What was acknowledged to have changed nothing is not in doubt because its repetition is.
                if (write.States.Count == 0 && !write.IsAcknowledged)
                    AddStates(write, call);
                break;
            default:
                Acknowledge(write, call);
                break;
        }
    }

    /// <summary>Another transaction of the ledger under the key of a write.</summary>
    public Write AddSameKey(Write first, Guid transaction)
    {
        var write = new Write
        {
            Site = first.Site,
            Client = first.Client,
            Process = first.Process,
            Invoke = first.Invoke,
            FirstLine = first.FirstLine,
            Transaction = transaction,
            Requests = first.Requests,
            Next = first.Next,
        };
        first.Next = write;
        byTransaction[transaction] = write;
        return write;
    }

    /// <summary>Which transaction a write of unknown outcome turned out to be.</summary>
    public void Identify(Write write, Guid transaction)
    {
        write.Transaction = transaction;
        byTransaction[transaction] = write;
    }

    public State AddState(Write write, Entity entity, Guid id, RowAction action)
    {
        if (!rowsById.TryGetValue((entity.Number, id), out var row))
        {
            rowsById[(entity.Number, id)] = row = new(Rows.Count, entity, id);
            Rows.Add(row);
        }
        entity.Written = true;
        var state = new State(row, write, action) { Version = action == RowAction.Delete ? State.Deleted : 0 };
        write.States.Add(state);
        row.States.Add(state);
        return state;
    }

    public static void Show(State state, Shown shown)
    {
        if (state.Action == RowAction.Delete)
            return;
        state.Version = shown.Version;
        state.Fields = shown.Logged.ToArray();
    }

    public static void Remove(State state)
    {
        state.Row.States.Remove(state);
        state.Write.States.Remove(state);
    }

    private static Write Make(Call call)
    {
        var requests = Enumerable.Range(0, call.Writes.Count).Select(i => call.Writes[i]).ToList();
        return new()
        {
            Site = call.Site,
            Client = call.Client,
            Process = call.Process,
            Invoke = call.Invoke,
            FirstLine = call.Line,
            Requests = requests.Exists(r => r.IsKept) ? requests.ConvertAll(r => r.Copy()) : [],
        };
    }

    private void Acknowledge(Write write, Call call)
    {
        if (write.IsAcknowledged && write.Transaction != call.Transaction)
        {
            var first = write;
            while (write.Next is not null && write.Transaction != call.Transaction)
                write = write.Next;
            if (write.Transaction != call.Transaction)
            {
                write.Next = Make(call);
                write = write.Next;
                write.Invoke = first.Invoke;
            }
        }
        if (write.IsAcknowledged)
        {
            CompareReplay(write, call);
            return;
        }
        // A repeated answer comes with the epoch of the repetition, which need not be that of the position.
        (write.Transaction, write.Epoch, write.Position, write.Process) = (call.Transaction, call.Replayed ? -1 : call.Epoch, call.Position, call.Process);
        (write.Acknowledged, write.AcknowledgedLine) = (call.Complete, call.Line);
        foreach (var state in write.States)
            state.Row.States.Remove(state);
        write.States.Clear();
        AddStates(write, call);
        if (call.Transaction != default && !byTransaction.TryAdd(call.Transaction, write))
            findings.Add(Rule.AppliedTwice, "Two calls with different keys were acknowledged with one transaction.",
                byTransaction[call.Transaction].Line, call.Line);
        Acknowledgements.Add(write);
    }

    private void AddStates(Write write, Call call)
    {
        for (var i = 0; i < Math.Max(call.Writes.Count, call.Rows.Count); i++)
        {
            var shown = i < call.Rows.Count ? call.Rows[i] : null;
            if (call.WriteOf(i) is not { Entity: not null } requested || (requested.Id ?? shown?.Id) is not { } id)
                continue;
            // A request that found everything as it wanted it has changed nothing.
            if (shown is not null && shown.Transaction != default && requested.Action != RowAction.Given && shown.Transaction != call.Transaction)
                continue;
            if (shown is not null && requested.Id is { } asked && asked != shown.Id)
                findings.Add(Rule.OtherContent, "The answer is about another row than the call.", call.Line);
            var state = AddState(write, requested.Entity, id, requested.Action);
            (state.Expected, state.Touched) = (requested.Expected ?? 0, requested.Touched);
            (state.FromField, state.FromValue) = (requested.FromField, requested.FromValue);
            if (requested.Action == RowAction.Given)
                write.IsGiven = true;
            if (requested.IsOfMany)
                state.Request = write.Requests[Math.Min(i, write.Requests.Count - 1)];
            if (shown is null or { Version: 0 })
                continue;
            Show(state, shown);
            foreach (var (field, value) in requested.Set)
            {
                if (shown.Fields[field] != Code.Unlogged && shown.Fields[field] != value)
                    findings.Add(Rule.OtherContent,
                        $"The answer to a write of {symbols.Text(state.Row)} does not hold what was asked for in {requested.Entity.Fields[field]}.",
                        call.Line);
            }
        }
    }

    private void CompareReplay(Write write, Call call)
    {
        for (var i = 0; i < Math.Min(call.Rows.Count, write.States.Count); i++)
        {
            var (state, shown) = (write.States[i], call.Rows[i]);
            var hasOtherVersion = state.Action != RowAction.Delete && state.Version != shown.Version;
            if (state.Row.Id != shown.Id || hasOtherVersion || Content.Difference(state.Fields, shown.Logged) >= 0)
                findings.Add(Rule.OtherAnswer,
                    $"The same key was answered in another way: {symbols.Text(state.Row)} {state.VersionText} first, version {shown.Version} later.",
                    write.AcknowledgedLine, call.Line);
        }
    }
}

internal static class Content
{
    /// <summary>The first field that both know and that differs; -1 when there is none.</summary>
    public static int Difference(ReadOnlySpan<long> one, ReadOnlySpan<long> other, ulong except = 0)
    {
        for (var i = 0; i < Math.Min(one.Length, other.Length); i++)
        {
            if (one[i] != other[i] && one[i] != Code.Unlogged && other[i] != Code.Unlogged && (except >> i & 1) == 0)
                return i;
        }
        return -1;
    }
}
