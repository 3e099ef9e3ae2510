namespace OpsDb.Verify;

/// <summary>
/// Judges what answers say of transactions: once any answer of a site has said that one is settled (applied, a duplicate or discarded),
/// no process of that site says otherwise in a call made later, neither of the transaction nor in a list, a count or a row.
/// </summary>
internal sealed class AnswerRules(SymbolTable symbols, RowHistories histories, Ledger ledger, Findings findings)
{
    private readonly Dictionary<(int Site, Guid Transaction), Told> settled = [];
    private readonly Lazy<IReadOnlyList<Guid>> everFailed = new(() => [.. ledger.EverFailed]);

    /// <summary>Where a transaction is.</summary>
    public int Said { get; private set; }

    /// <summary>The same of one that was settled before.</summary>
    public int Again { get; private set; }

    public int Counts { get; private set; }

    public void Judge(Call call)
    {
        // An answer that says it is old binds nobody, and is not bound.
        if (call.Stale)
            return;
        foreach (var (transaction, standing) in call.States)
            Judge(call, transaction, standing, "says that a transaction is", isRow: false);
        for (var i = 0; i < call.Rows.Count; i++)
        {
            if (call.Rows[i] is { Standing: not Standing.None } row)
                Judge(call, row.Transaction, row.Standing, $"shows {call.Entity.Name}/{row.Id} with a newest change that is", isRow: true);
        }
        if (call.AsksForOne && call.States.Count == 0 && Before(call, call.Asked) is { } known)
            Find(known, call, "knows nothing of a transaction");
        if (call.Failed >= 0)
            JudgeCount(call);
    }

    /// <summary>What was said must be what the ledger says.</summary>
    public void JudgeEnd()
    {
        foreach (var ((site, transaction), told) in settled)
        {
            if (histories.ByTransaction(transaction) is not { IsGiven: false, DeclaredLost: false } write || ledger.Failovers.Any(f => told.Time < f.End))
                continue;
            if (IsAsSaid(told.Standing, write.Fate))
                continue;
            var recorded = write.Fate == Fate.None ? "not there" : write.Fate.ToString().ToLowerInvariant();
            findings.Add(Rule.Contradicted,
                $"A call at {symbols.Sites[site]} was told that a transaction is {Text(told.Standing)}, and in the ledger it is {recorded}.",
                [write.Line, told.Line], [write.LedgerLine]);
        }
    }

    private void Judge(Call call, Guid transaction, Standing standing, string what, bool isRow)
    {
        Said++;
        if (Before(call, transaction) is { } told)
        {
            Again++;
            // What was given up is nobody's newest change.
            if (standing != told.Standing || isRow && standing != Standing.Applied)
                Find(told, call, $"{what} {Text(standing)}");
        }
        if (standing is Standing.Applied or Standing.Duplicate or Standing.Discarded && !settled.ContainsKey((call.Site, transaction)))
            settled[(call.Site, transaction)] = new(standing, call.Complete, call.Line, call.Process);
    }

    /// <summary>Failed ones that are counted must be among those that can be failed at that time.</summary>
    private void JudgeCount(Call call)
    {
        Counts++;
        var isMain = symbols.Sites[call.Site] == "main";
        var most = 0;
        Told? newest = null;
        foreach (var transaction in everFailed.Value)
        {
            if (histories.ByTransaction(transaction) is { } write && (!isMain && write.Site != call.Site || write.Invoke >= call.Complete))
                continue;
            if (Before(call, transaction) is not { } told)
                most++;
            else if (newest is null || told.Time > newest.Time)
                newest = told;
        }
        if (call.Failed > most && newest is not null)
            findings.Add(Rule.Contradicted,
                $"A call counts {call.Failed} failed transactions, and at most {most} can be: the others were settled, the last of them {When(newest, call)}.",
                newest.Line, call.Line);
    }

    /// <summary>What the site had said before the call was made; null also where it may have become untrue.</summary>
    private Told? Before(Call call, Guid transaction)
    {
        if (!settled.TryGetValue((call.Site, transaction), out var told) || told.Time >= call.Invoke - call.Age)
            return null;
        if (!ledger.Failovers.Any(f => told.Time < f.End && call.Complete > f.Begin) && histories.ByTransaction(transaction) is not { DeclaredLost: true })
            return told;
        settled.Remove((call.Site, transaction));
        return null;
    }

    private void Find(Told told, Call call, string what) =>
        findings.Add(Rule.Contradicted, $"A call {what}, which the site had said is {Text(told.Standing)}, {When(told, call)}.", told.Line, call.Line);

    private string When(Told told, Call call) =>
        $"said {call.Invoke - told.Time} µs before by {symbols.Processes[told.Process]} (this is {symbols.Processes[call.Process]})";

    private static bool IsAsSaid(Standing said, Fate recorded) => (said, recorded)
        is (Standing.Applied, Fate.Applied) or (Standing.Duplicate, Fate.Duplicate) or (Standing.Discarded, Fate.Discarded);

    private static string Text(Standing standing) => standing.ToString().ToLowerInvariant();

    private sealed record Told(Standing Standing, long Time, int Line, int Process);
}
