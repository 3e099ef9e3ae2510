using System.Text;

namespace OpsDb.Verify;

/// <summary>
/// Judges what became of writes that met others: what rests on nothing that anybody else has touched is not refused, and what was
/// decided on one creation of a row does not change another one that got the same id.
/// </summary>
internal sealed class MeetingRules(SymbolTable symbols, RowHistories histories, Ledger ledger, Findings findings)
{
    public void Judge()
    {
        foreach (var row in histories.Rows.Where(r => r.Loose))
        {
            JudgeCreations(row);
            foreach (var state in row.States.Where(s => s.Action == RowAction.Update && (s.Write.Fate == Fate.Failed || s.Write.FailedLine > 0)))
                JudgeCause(row, state);
        }
        foreach (var site in histories.Writes.Where(w => w.Fate == Fate.Parked).GroupBy(w => w.Site))
        {
            if (ledger.CountHeld(Fate.Failed, symbols.Sites[site.Key]) == 0)
                findings.Add(Rule.FailedWithoutCause,
                    $"{site.Count()} writes of {symbols.Sites[site.Key]} are parked, and none is failed that they could wait behind.",
                    [site.First().Line], [site.First().LedgerLine]);
        }
    }

    private void JudgeCreations(Row row)
    {
        var creations = row.States.FindAll(s => s.Action == RowAction.Create && s.Write.IsEffective);
        var field = row.Entity.Field(Encoding.UTF8.GetBytes("created_at"));
        if (creations.Count < 2 || creations.Exists(c => At(c, field) == Code.Unlogged))
            return;
        foreach (var state in row.States.Where(s => s.Action == RowAction.Update && s.Write is { Fate: Fate.Applied, Edited: false }))
        {
            if (At(state, field) != Code.Unlogged && creations.Find(c => At(c, field) == At(state, field)) is { Write: { Fate: not Fate.Applied } loser })
                findings.Add(Rule.OtherCreation,
                    $"A write of {symbols.Text(row)} was applied that had been made to a row which main has never had: the id was given twice.",
                    [loser.Line, state.Write.Line], [loser.LedgerLine, state.Write.LedgerLine]);
        }
    }

    private void JudgeCause(Row row, State state)
    {
        var write = state.Write;
        if (write.DeclaredLost || write.Edited || state.Touched == ulong.MaxValue || ledger.HasLost(write.Site) || write.States.Count != 1)
            return;
        var rests = state.Touched & ~row.Entity.Stamps | (state.FromField >= 0 ? 1UL << state.FromField : 0);
        if (!row.States.Exists(other => other != state && IsCause(other, write.Site, rests)))
            findings.Add(Rule.FailedWithoutCause, $"A write of {symbols.Text(row)} was refused by main, and nobody else has changed what it rests on.",
                [write.Line, write.FailedLine], [write.LedgerLine]);
    }

    /// <summary>Whether a state can be why main has refused a write.</summary>
    /// <param name="site">Where that write was made.</param>
    /// <param name="rests">The fields that it rests on.</param>
    private static bool IsCause(State state, int site, ulong rests)
    {
        var write = state.Write;
        if (!write.IsEffective && !write.Unknown)
            return false;
        var isAsMade = write.Fate == Fate.Applied && write.Site == site;
        return state.Action == RowAction.Update
            ? (state.Touched & rests) != 0 && (!isAsMade || write.Edited)
            : !write.IsGiven && !isAsMade;
    }

    private static long At(State state, int field) => state.Fields is { } fields && field < fields.Length ? fields[field] : Code.Unlogged;
}
