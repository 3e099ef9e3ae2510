namespace OpsDb.Verify;

/// <summary>Judges the states that calls made of each row: one maker per version, in the order of the calls, each on top of the one before.</summary>
internal sealed class RowRules(SymbolTable symbols, RowHistories histories, Findings findings)
{
    public int Strict { get; private set; }

    public int Loose { get; private set; }

    public void Judge()
    {
        foreach (var row in histories.Rows)
        {
            Classify(row);
            row.States.Sort((a, b) => (a.Version, a.Write.Invoke, a.Write.Line).CompareTo((b.Version, b.Write.Invoke, b.Write.Line)));
            if (row.Loose)
                Loose++;
            else
                Strict++;
            // One finding per row: what follows from it would only hide it.
            _ = MovedTwice(row) || Forked(row) || OutOfOrder(row) || NotOnTop(row);
        }
    }

    private static void Classify(Row row)
    {
        var site = -1;
        foreach (var state in row.States)
        {
            var write = state.Write;
            row.TakenBack |= write.IsEffective && write.IsTakenBack;
            row.HasGhost |= !write.IsEffective;
            // A loss takes the newest states away and leaves the numbers of the others as they were.
            row.Loose |= write.Edited || write.Fate is not (Fate.None or Fate.Applied);
            row.Loose |= state.Counts && (state.Version == 0 || site >= 0 && site != write.Site);
            if (state.Counts && !write.IsGiven)
                site = write.Site;
        }
    }

    /// <summary>Two writes that each needed the row to be as only one of them can have found it.</summary>
    private bool MovedTwice(Row row)
    {
        for (var i = 0; i < row.States.Count; i++)
        {
            for (var j = i + 1; j < row.States.Count; j++)
            {
                var (one, other) = (row.States[i], row.States[j]);
                if (one.FromField < 0 || (one.FromField, one.FromValue) != (other.FromField, other.FromValue))
                    continue;
                if (!WereBothAccepted(one, other) || row.States.Exists(s => s != one && s != other && BringsBack(s, one.FromField, one.FromValue)))
                    continue;
                findings.Add(Rule.MovedTwice,
                    $"Two writes of {symbols.Text(row)} were both accepted as new, and each needs {row.Entity.Fields[one.FromField]} "
                    + "to be as only the first can have found it.",
                    [one.Write.Line, other.Write.Line], [one.Write.LedgerLine, other.Write.LedgerLine]);
                return true;
            }
        }
        return false;
    }

    private static bool WereBothAccepted(State one, State other) => one.Counts && other.Counts && one.Write != other.Write
        && (one.Write.Site == other.Write.Site
            ? one.Write.IsAcknowledged && other.Write.IsAcknowledged
            : one.Write.Fate == Fate.Applied && other.Write.Fate == Fate.Applied);

    /// <summary>Whether a change, and no move from this value, has given the field this value again.</summary>
    private static bool BringsBack(State state, int field, long value) => state.Action is RowAction.Update && state.Counts
        && state.Fields is { } fields && field < fields.Length && fields[field] == value
        && (state.FromField, state.FromValue) != (field, value) && (state.Touched >> field & 1) == 1;

    private bool Forked(Row row)
    {
        State? last = null;
        foreach (var state in row.Loose ? [] : row.States.Where(s => s.Counts))
        {
            if (last is not null && last.Version == state.Version)
            {
                findings.Add(Rule.Versions, $"Two writes are both {state.VersionText} of {symbols.Text(row)}.",
                    [last.Write.Line, state.Write.Line], [last.Write.LedgerLine, state.Write.LedgerLine]);
                return true;
            }
            var isNext = last is null
                ? state.Action == RowAction.Given || state.Action == RowAction.Create && state.Version == 1
                : state.Version == last.Version + 1 || state.Version == State.Deleted;
            if (!isNext)
            {
                findings.Add(Rule.Versions, last is null
                    ? $"The first known write of {symbols.Text(row)} made {state.VersionText}, and no call has made the one before."
                    : $"No call has made version {last.Version + 1} of {symbols.Text(row)}, but one made {state.VersionText}.",
                    [last?.Write.Line ?? 0, state.Write.Line], [state.Write.LedgerLine]);
                return true;
            }
            last = state;
        }
        return false;
    }

    private bool OutOfOrder(Row row)
    {
        State? earliest = null;
        State? next = null;
        for (var i = row.Loose ? -1 : row.States.Count - 1; i >= 0; i--)
        {
            var state = row.States[i];
            if (!state.Counts)
                continue;
            if (earliest is not null && earliest.Write.Acknowledged < state.Write.Invoke)
            {
                findings.Add(Rule.Order,
                    $"Writes of {symbols.Text(row)} have changed places: the one called later made {state.VersionText}, "
                    + $"the one acknowledged before made {earliest.VersionText}.",
                    earliest.Write.Line, state.Write.Line);
                return true;
            }
            if (next is not null && next.Write.Epoch == state.Write.Epoch && next.Write.Position >= 0 && next.Write.Position < state.Write.Position)
            {
                findings.Add(Rule.Order,
                    $"Writes of {symbols.Text(row)} have changed places: {state.VersionText} has position {state.Write.Position}, "
                    + $"{next.VersionText} has {next.Write.Position}.",
                    state.Write.Line, next.Write.Line);
                return true;
            }
            if (earliest is null || state.Write.Acknowledged < earliest.Write.Acknowledged)
                earliest = state;
            next = state;
        }
        return false;
    }

    /// <summary>Each version holds what the one before held, besides what its write has changed.</summary>
    private bool NotOnTop(Row row)
    {
        State? last = null;
        foreach (var state in row.Loose ? [] : row.States.Where(s => s.Counts))
        {
            var field = last?.Fields is null || state.Fields is null || state.Action != RowAction.Update ? -1
                : Content.Difference(last.Fields, state.Fields, state.Touched | row.Entity.Stamps);
            if (field >= 0)
            {
                findings.Add(Rule.OtherContent,
                    $"Version {state.Version} of {symbols.Text(row)} has another {row.Entity.Fields[field]} than version {last!.Version}, "
                    + "and its write did not change that.",
                    last.Write.Line, state.Write.Line);
                return true;
            }
            if (last?.Fields is { } before && state.FromField >= 0 && state.FromField < before.Length
                && before[state.FromField] != state.FromValue && before[state.FromField] != Code.Unlogged)
            {
                findings.Add(Rule.MovedTwice,
                    $"A write of {symbols.Text(row)} was accepted although version {last.Version} did not have the "
                    + $"{row.Entity.Fields[state.FromField]} that it needs.",
                    last.Write.Line, state.Write.Line);
                return true;
            }
            if (last is not null && state.Expected > 0 && state.Expected != last.Version)
            {
                findings.Add(Rule.Order, $"A write of {symbols.Text(row)} expected version {state.Expected} and was made on version {last.Version}.",
                    last.Write.Line, state.Write.Line);
                return true;
            }
            last = state;
        }
        return false;
    }
}
