namespace OpsDb.Verify;

/// <summary>
/// Judges sums of how long rows last: an answer is at least what those states add up to that its site has to show, or something newer of each
/// row, and at most what may have been there before it was answered.
/// </summary>
internal sealed class SumRules(SymbolTable symbols, RowHistories histories, Ledger ledger, Findings findings)
{
    // What is summed is rounded to millionths of an hour, for each of a few programmes.
    private const double Tolerance = 0.05, MicrosecondsPerSecond = 1e6;

    public int Judged { get; private set; }

    /// <param name="floorOf">What the call's site had to show of a row when the call was made; null where that may be nothing.</param>
    public void Judge(Call call, Func<Row, Floor?> floorOf)
    {
        if (call.Stale || call.Seconds is not { } told)
            return;
        var (least, most) = (0.0, 0.0);
        foreach (var row in histories.Rows)
        {
            if (row.Entity != call.Entity)
                continue;
            if (Of(row, call, floorOf(row)) is not var (low, high))
                return;
            (least, most) = (least + low, most + high);
        }
        Judged++;
        if (told < least - Tolerance || told > most + Tolerance)
        {
            var said = FormattableString.Invariant($"A call at {symbols.Processes[call.Process]} sums {told:0.###} s of {call.Entity.Name}");
            findings.Add(Rule.Sum, FormattableString.Invariant($"{said}, which is not from {least:0.###} to {most:0.###} s."), call.Line);
        }
    }

    /// <returns>Null when it is not known.</returns>
    private (double Least, double Most)? Of(Row row, Call call, Floor? floor)
    {
        var isLoose = row.Loose || row.TakenBack || row.HasGhost && ledger.HasLost(call.Site);
        // Without a floor the row need not be there.
        (double Least, double Most)? sum = isLoose || floor is null ? (0, 0) : null;
        // What was refused is shown on top of what main has: such a row may begin as one write says, and end as another does.
        var (first, last, mayCount) = (long.MaxValue, long.MinValue, false);
        foreach (var state in row.States)
        {
            var isSeen = state.Write.Invoke < call.Complete && (isLoose || floor is null || state.Version >= floor.Version || state.Version == 0);
            // What is of unknown outcome and not there never was, unless entries were lost.
            if (!isSeen || !state.Write.IsEffective && !(state.Write.Unknown && ledger.HasLost(call.Site)))
                continue;
            if (state.Fields is not { } fields || Seconds(fields, call) is not { } seconds)
                return null;
            sum = sum is var (low, high) ? (Math.Min(low, seconds), Math.Max(high, seconds)) : (seconds, seconds);
            mayCount |= call.Filter.TrueForAll(c => c.Holds(fields) == true);
            first = Value(fields, call.FromField) is >= 0 and var begins ? Math.Min(first, begins) : first;
            last = Value(fields, call.ToField) is >= 0 and var ends ? Math.Max(last, ends) : last;
        }
        return isLoose && mayCount && first < last ? (0, (last - first) / MicrosecondsPerSecond) : sum ?? (0, 0);
    }

    private static double? Seconds(long[] fields, Call call)
    {
        foreach (var condition in call.Filter)
        {
            if (condition.Holds(fields) is not { } holds)
                return null;
            if (!holds)
                return 0;
        }
        return (Value(fields, call.FromField), Value(fields, call.ToField)) switch
        {
            (Code.Unlogged, _) or (_, Code.Unlogged) => null,
            (Code.Null, _) or (_, Code.Null) => 0,
            var (from, to) => (to - from) / MicrosecondsPerSecond,
        };
    }

    private static long Value(long[] fields, int field) => field >= 0 && field < fields.Length ? fields[field] : Code.Unlogged;
}
