namespace OpsDb.Verify;

/// <summary>What a call changes of all rows that some conditions match, it changes of each that matched since before it was made.</summary>
internal sealed class EachRules(SymbolTable symbols, RowHistories histories, Findings findings)
{
    public void Judge()
    {
        var newest = histories.Rows.Where(r => r is { Entity.IsOfMany: true, Loose: false }).Select(r => r.States.FindLast(s => s.Counts))
            .OfType<State>().Where(s => s.Write.IsAcknowledged && s.Fields is not null).ToLookup(s => s.Row.Entity);
        foreach (var write in histories.All().Where(w => w is { Fate: Fate.Applied, Edited: false }))
        {
            foreach (var request in write.Requests.Where(r => r is { Action: RowAction.Each, Where.Count: > 0 }))
                Judge(write, request, newest[request.Entity]);
        }
    }

    /// <param name="newest">What rows are at the end, which they have been since it was acknowledged.</param>
    private void Judge(Write write, RequestedWrite request, IEnumerable<State> newest)
    {
        foreach (var state in newest)
        {
            if (state.Write.Acknowledged < write.Invoke && state.Write.Site == write.Site && request.Where.TrueForAll(c => c.Holds(state.Fields) == true))
            {
                findings.Add(Rule.HalfTransaction, $"A call has changed all rows that match, and not {symbols.Text(state.Row)}, which did.",
                    [write.Line, state.Write.Line], [write.LedgerLine]);
            }
        }
    }
}
