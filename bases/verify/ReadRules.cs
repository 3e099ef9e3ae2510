namespace OpsDb.Verify;

/// <summary>
/// Judges reads and lists in the order in which they were answered. What a site has acknowledged or shown before a call
/// was made is the floor under what the call may show; what was called before the answer came is the ceiling.
/// </summary>
internal sealed class ReadRules(
    SymbolTable symbols,
    RowHistories histories,
    Ledger ledger,
    Findings findings,
    IReadOnlyDictionary<(int Entity, ulong Equal, int Order), ListIndex> indexes)
{
    private readonly ILookup<Entity, ListIndex> indexesOf = indexes.Values.ToLookup(i => i.Entity);
    private readonly SumRules sums = new(symbols, histories, ledger, findings);
    private int acknowledged;

    public int RowsCompared { get; private set; }

    public int Excused { get; private set; }

    public int ListsWithoutMissing { get; private set; }

    public int Sums => sums.Judged;

    public void Judge(Call call)
    {
        Acknowledge(call.Complete);
        if (call.Kind == CallKind.Read)
            JudgeRead(call);
        else if (call.Kind == CallKind.Sum)
            sums.Judge(call, row => FloorAt(row, call.Site, call.Invoke));
        else
            JudgeList(call);
    }

    private void JudgeRead(Call call)
    {
        if (call.Rows.Count > 0)
        {
            JudgeRow(call, call.Entity, call.Rows[0].Id == default ? call.Id : call.Rows[0].Id, call.Rows[0]);
            return;
        }
        if (histories.Find(call.Entity, call.Id) is { } row)
            JudgeAbsence(call, row, "finds no");
    }

    private void JudgeList(Call call)
    {
        var (equal, order) = ListIndex.ShapeOf(call);
        State? last = null;
        for (var i = 0; i < call.Rows.Count; i++)
        {
            var shown = call.Rows[i];
            var row = histories.Find(call.Entity, shown.Id);
            last = JudgeRow(call, call.Entity, shown.Id, shown);
            if (row is null)
                continue;
            // At a newer version it has changed between two pages: where clocks go back, a change may make it older in the list's order.
            if (row.ListedAt == call.Line && (call.Pages <= 1 || (row.ListedVersion >= shown.Version && !MayChange(row, call))))
                findings.Add(Rule.ListTwice, $"One list shows {symbols.Text(row)} twice, though nothing changed it meanwhile.", call.Line);
            (row.ListedAt, row.ListedVersion) = (call.Line, shown.Version);
            foreach (var condition in call.Filter)
            {
                if ((condition.Holds(shown.Logged) ?? (last?.Fields is { } fields && !row.Loose ? condition.Holds(fields) : null)) == false)
                    findings.Add(Rule.ListFilter,
                        $"A list shows {symbols.Text(row)} at version {shown.Version}, whose {call.Entity.Fields[condition.Field]} its filter excludes.",
                        last?.Write.Line ?? 0, call.Line);
            }
        }
        if (!call.More && call.Pages <= 1 && call.Total is { } total && total != call.Rows.Count)
            findings.Add(Rule.ListTotal, $"A list shows {call.Rows.Count} rows and counts {total}.", call.Line);
        if (!call.Stale)
            JudgeMissing(call, equal, order, last is { Row.Loose: false } ? last : null, call.Rows.Count > 0 ? call.Rows[call.Rows.Count - 1] : null);
    }

    /// <summary>Rows that matched during the whole call and are not in the list.</summary>
    /// <param name="last">The state that the last row was shown in; null where it need not hold what was acknowledged.</param>
    private void JudgeMissing(Call call, ulong equal, int order, State? last, Shown? lastShown)
    {
        var range = call.Filter.Find(c => c.OneOf is null && c.Field == order);
        var (from, before) = (range?.From ?? long.MinValue + 2, range?.Before ?? long.MaxValue);
        if (call.More)
        {
            // What sorts before the last row shown must be there; what is equal to it may be on the next page.
            var value = order < 0 || lastShown is null ? Code.Unlogged
                : order < lastShown.FieldCount && lastShown.Fields[order] != Code.Unlogged ? lastShown.Fields[order]
                : last?.Fields is { } fields && order < fields.Length ? fields[order] : Code.Unlogged;
            if (value is Code.Unlogged or Code.Null || (call.Entity.Texts >> order & 1) == 1)
            {
                ListsWithoutMissing++;
                return;
            }
            (from, before) = call.Descending ? (Math.Max(from, value + 1), before) : (from, Math.Min(before, value));
        }
        var end = new Condition(order, null, from, before);
        if (indexes[(call.Entity.Number, equal, order)].Candidates(call, from, before) is not { } candidates)
        {
            ListsWithoutMissing++;
            return;
        }
        foreach (var index in candidates)
        {
            var row = histories.Rows[index];
            if (row.ListedAt == call.Line || row.Loose || row.TakenBack || row.HasGhost && ledger.HasLost(call.Site))
                continue;
            if (FloorAt(row, call.Site, call.Invoke) is not { } floor || call.Pages > 1 && MayMove(row, floor, call))
                continue;
            if (row.States.TrueForAll(s => !s.Counts || s.Version < floor.Version || s.Write.Invoke >= call.Complete
                || Matches(s, call, order >= 0 ? end : null)))
                findings.Add(Rule.ListMissing,
                    $"A list does not show {symbols.Text(row)}, which its filter includes at version {floor.Version} and later, {Told(floor, call)}.",
                    floor.Line, call.Line);
        }
    }

    /// <summary>While pages were followed the row may have gone from those that were still to come to those that had been read.</summary>
    private static bool MayMove(Row row, Floor floor, Call call) =>
        call.SortField >= 0 && row.States.Exists(s => s.Version > floor.Version && s.Write.Invoke < call.Complete
            && ((s.Touched | row.Entity.Stamps) >> call.SortField & 1) == 1);

    private static bool Matches(State state, Call call, Condition? end) =>
        state.Version != State.Deleted && state.Fields is { } fields && call.Filter.TrueForAll(c => c.Holds(fields) == true) && end?.Holds(fields) != false;

    /// <returns>The state that was shown; null when it is not known.</returns>
    private State? JudgeRow(Call call, Entity entity, Guid id, Shown shown)
    {
        RowsCompared++;
        if (histories.Find(entity, id) is not { } row)
        {
            if (entity.Written && !ledger.HasLost(call.Site))
                findings.Add(Rule.Versions, $"A call shows {entity.Name}/{id}, which no call has made.", call.Line);
            return null;
        }
        var state = Made(row, shown);
        if (state is null)
        {
            if (MayHaveBeenLost(row, call) || row.Loose && row.States.Exists(s => shown.Transaction == default || s.Write.Transaction == shown.Transaction))
                Excused++;
            else
                findings.Add(Rule.Versions,
                    $"A call shows version {shown.Version} of {symbols.Text(row)}, which no write that was acknowledged, or is on main, has made.",
                    [.. row.States.Take(3).Select(s => s.Write.Line), call.Line]);
            if (!row.Loose)
                return null;
        }
        else if (state.Write.Invoke >= call.Complete)
        {
            findings.Add(Rule.FromTheFuture,
                $"A call shows {state.VersionText} of {symbols.Text(row)} before it was written.", state.Write.FirstLine, call.Line);
        }
        else if (state.Fields is { } fields && Content.Difference(fields, shown.Logged) is var field and >= 0 && MustHold(state, shown))
        {
            findings.Add(Rule.OtherContent,
                $"A call shows version {shown.Version} of {symbols.Text(row)} with another {entity.Fields[field]} than was acknowledged.",
                state.Write.Line, call.Line);
        }
        if (call.Stale || state is { Counts: false })
            return state;
        // A row whose states were taken back comes to its numbers again.
        if (!(row.Loose && row.TakenBack))
        {
            CheckFloor(call, row, shown.Version, $"shows version {shown.Version} of");
            Raise(row, call.Site, new(call.Complete, shown.Version, call.Line, call.Client, call.Process, false, state, null));
        }
        return state;
    }

    /// <summary>Whether what is shown has the content that was acknowledged: where sites have met it may have another.</summary>
    private static bool MustHold(State state, Shown shown) => !state.Row.Loose
        || state.Version == shown.Version && state.Write.Transaction == shown.Transaction
        && !state.Row.TakenBack && state.Row.States.TrueForAll(s => s.Write.Site == state.Write.Site);

    private static State? Made(Row row, Shown shown)
    {
        State? made = null;
        foreach (var state in row.States)
        {
            var sameTransaction = shown.Transaction != default && state.Write.Transaction == shown.Transaction;
            if (state.Write.IsGiven ? state.Version == shown.Version
                : row.Loose ? sameTransaction || shown.Transaction == default && state.Version == shown.Version
                : state.Write.IsEffective && state.Version == shown.Version
                    && (sameTransaction || shown.Transaction == default || state.Write.Transaction == default))
                made = made is { Counts: true } ? made : state;
        }
        return made;
    }

    private void JudgeAbsence(Call call, Row row, string verb)
    {
        RowsCompared++;
        if (call.Stale || row.Loose && row.TakenBack || FloorAt(row, call.Site, call.Invoke) is not { } floor || floor.Version == State.Deleted)
            return;
        var deletions = row.States.FindAll(s => s.Action == RowAction.Delete);
        if (deletions.Exists(s => s.Write.IsEffective && s.Write.IsTakenBack) || deletions.Count > 0 && MayHaveBeenLost(row, call))
            Excused++;
        else if (deletions.Find(s => s.Counts && s.Write.Invoke < call.Complete) is { } deletion)
            Raise(row, call.Site, new(call.Complete, State.Deleted, call.Line, call.Client, call.Process, false, deletion, null));
        else
            CheckFloor(call, row, 0, $"{verb}");
    }

    private void CheckFloor(Call call, Row row, int version, string what)
    {
        if (FloorAt(row, call.Site, call.Invoke) is not { } floor || version >= floor.Version)
            return;
        var rule = floor.Version == State.Deleted ? Rule.CameBack
            : !floor.IsWrite ? Rule.WentBack
            : floor.Client == call.Client ? Rule.OwnWriteMissed : Rule.StaleRead;
        findings.Add(rule, rule switch
        {
            Rule.CameBack => $"A call {what} {symbols.Text(row)}, which is deleted, {Told(floor, call)}.",
            Rule.WentBack => $"A call {what} {symbols.Text(row)}, which goes back: the site had shown version {floor.Version}, {Told(floor, call)}.",
            Rule.OwnWriteMissed => $"A call {what} {symbols.Text(row)} and misses its own client's write of version {floor.Version}, {Told(floor, call)}.",
            _ => $"A call {what} {symbols.Text(row)} and misses another client's write of version {floor.Version}, {Told(floor, call)}.",
        }, floor.Line, call.Line);
    }

    private string Told(Floor floor, Call call)
    {
        var told = floor.IsWrite ? "acknowledged" : "shown";
        return $"{told} {call.Invoke - floor.Time} µs before by {symbols.Processes[floor.Process]} (this is {symbols.Processes[call.Process]})";
    }

    private Floor? FloorAt(Row row, int site, long time)
    {
        if (site >= row.Floors.Length)
            return null;
        for (var floor = row.Floors[site]; floor is not null; floor = floor.Before)
        {
            if (floor.Time < time && !MayBeAppliedAgain(floor, site, time))
                return floor;
        }
        return null;
    }

    /// <summary>After a failover main lacks for a while what another site's log will apply again.</summary>
    private bool MayBeAppliedAgain(Floor floor, int site, long time) => ledger.Failovers.Count > 0 && floor.State is { } state && state.Write.Site != site
        && ledger.Failovers.Any(f => floor.Time < f.End && time > f.Begin);

    /// <summary>A try of unknown outcome may have been in the log, and shown, before entries were lost.</summary>
    private bool MayHaveBeenLost(Row row, Call call) => ledger.HasLost(call.Site) && row.States.Exists(s => s.Write.Unknown && s.Write.Invoke < call.Complete);

    private static bool MayChange(Row row, Call call) => row.States.Exists(s => s.Write.Invoke < call.Complete && s.Write.Acknowledged > call.Invoke);

    private void Acknowledge(long until)
    {
        for (; acknowledged < histories.Acknowledgements.Count && histories.Acknowledgements[acknowledged].Acknowledged <= until; acknowledged++)
        {
            var write = histories.Acknowledgements[acknowledged];
            foreach (var state in write.States.Concat(write.Left).Where(s => s.Counts && !(s.Row.Loose && s.Row.TakenBack)))
            {
                for (var site = 0; site < (write.IsGiven ? symbols.Sites.Count : 0); site++)
                    Raise(state.Row, site, Of(write, state));
                if (!write.IsGiven)
                    Raise(state.Row, write.Site, Of(write, state));
            }
        }

        static Floor Of(Write write, State state) =>
            new(write.Acknowledged, state.Version, write.AcknowledgedLine, write.Client, write.Process, true, state, null);
    }

    private void Raise(Row row, int site, Floor floor)
    {
        if (site >= row.Floors.Length)
            Array.Resize(ref row.Floors, site + 1);
        var before = row.Floors[site];
        // An acknowledgement says more than a read that saw the same before it.
        var saysMore = before is not null && before.Version == floor.Version && floor.IsWrite && !before.IsWrite;
        if (before is not null && before.Version >= floor.Version && !saysMore && !MayBeAppliedAgain(before, site, floor.Time))
            return;
        row.Floors[site] = floor with { Before = before };
        foreach (var index in indexesOf[row.Entity])
            index.Move(site, row, before?.State, floor.State);
    }
}
