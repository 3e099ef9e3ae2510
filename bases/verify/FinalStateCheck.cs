namespace OpsDb.Verify;

/// <summary>Sets the tables at the end against the calls, the replicas against main, and the counters against the rows.</summary>
internal sealed class FinalStateCheck(SymbolTable symbols, RowHistories histories, Ledger ledger, Findings findings)
{
    private readonly Dictionary<(string At, Entity Entity), (long Rows, string Digest, int Line)> tables = [];
    private readonly Dictionary<(string At, Entity Entity), long> listed = [];

    public int RowsOnMain { get; private set; }

    public int Replicas { get; private set; }

    public int Counters { get; private set; }

    public int Applied { get; private set; }

    public void TakeMain(FinalLine line)
    {
        if (line.Type == "table" && line.Entity is not null)
            tables[(line.At, line.Entity)] = (line.Rows, line.Digest, line.Number);
        if (line.Type != "row" || line.At != "main" || line.Entity is not { } entity)
            return;
        Count(line);
        if (histories.Find(entity, line.Row.Id) is not { } row)
        {
            if (entity.Written)
                findings.Add(Rule.AppliedTwice, $"Main has {entity.Name}/{line.Row.Id}, which no call has made.", [], [line.Number]);
            return;
        }
        if (row.MainVersion > 0)
            findings.Add(Rule.AppliedTwice, $"Main has {symbols.Text(row)} twice.", [], [row.MainLine, line.Number]);
        RowsOnMain++;
        (row.MainVersion, row.MainLine, row.MainContent) = (line.Row.Version, line.Number, Digest(line.Row));
        if (row.Loose)
            CompareLoose(row, line);
        else
            CompareStrict(row, line);
    }

    public void TakeCopies(FinalLine line)
    {
        if (line.Type == "counter")
            CompareCounter(line);
        if (line.Type != "row" || line.At is "main" || line.Entity is not { Written: true } entity)
            return;
        Count(line);
        var row = histories.Find(entity, line.Row.Id);
        if (row is not { MainVersion: > 0 })
            findings.Add(Rule.Replica, $"{line.At} has {entity.Name}/{line.Row.Id}, and main does not.", [], [line.Number]);
        else if (row.MainContent != Digest(line.Row))
            findings.Add(Rule.Replica,
                $"{symbols.Text(row)} at {line.At} is not as on main: version {line.Row.Version} there, {row.MainVersion} on main.",
                [], [row.MainLine, line.Number]);
    }

    /// <summary>Judges what needs all rows.</summary>
    public void Judge()
    {
        foreach (var ((at, entity), table) in tables)
        {
            if (listed.TryGetValue((at, entity), out var rows) && rows != table.Rows && (at == "main" || table.Digest.Length == 0))
                throw new UnusableException($"final.jsonl lists {rows} rows of {entity.Name} at {at} and says that there are {table.Rows}");
            if (at == "main" || !tables.TryGetValue(("main", entity), out var main))
                continue;
            Replicas++;
            if (table.Rows != main.Rows)
                findings.Add(Rule.Replica, $"{entity.Name} has {table.Rows} rows at {at} and {main.Rows} on main.", [], [main.Line, table.Line]);
            else if (table.Digest != main.Digest && (table.Digest.Length > 0 || !listed.ContainsKey((at, entity))))
                findings.Add(Rule.Replica, $"{entity.Name} at {at} is not as on main: its digest differs.", [], [main.Line, table.Line]);
        }
        foreach (var first in histories.Writes)
            Account(first);
    }

    private static ulong Digest(Shown row)
    {
        var digest = Code.Mix((ulong)row.Version) + Code.Hash(row.Transaction.ToByteArray());
        for (var i = 0; i < row.FieldCount; i++)
            digest += row.Fields[i] is Code.Unlogged or Code.Null ? 0 : Code.Mix((ulong)i ^ Code.Mix((ulong)row.Fields[i]));
        return digest;
    }

    private void Count(FinalLine line) => listed[(line.At, line.Entity!)] = listed.GetValueOrDefault((line.At, line.Entity!)) + 1;

    private void CompareStrict(Row row, FinalLine line)
    {
        var newest = row.States.FindLast(s => s.Counts && s.Version != State.Deleted && (s.Write.IsGiven || s.Write.Fate == Fate.Applied));
        if (newest is null || row.States.Exists(s => s.Action == RowAction.Delete && s.Write.Fate == Fate.Applied))
            findings.Add(newest is null ? Rule.Ledger : Rule.CameBack, newest is null
                ? $"Main has {symbols.Text(row)}, and no write of it is in the ledger as applied."
                : $"Main has {symbols.Text(row)}, whose deletion was applied.", [.. row.States.Select(s => s.Write.Line)], [line.Number]);
        else if (line.Row.Version > newest.Version)
            findings.Add(Rule.AppliedTwice,
                $"Main has version {line.Row.Version} of {symbols.Text(row)}, whose writes end with version {newest.Version}: something was applied twice.",
                [newest.Write.Line], [line.Number]);
        else if (line.Row.Version == newest.Version && newest.Fields is { } fields && Content.Difference(fields, line.Row.Logged) is var field and >= 0)
            findings.Add(Rule.OtherContent,
                $"Main has {symbols.Text(row)} with another {row.Entity.Fields[field]} than was acknowledged for version {newest.Version}.",
                [newest.Write.Line], [line.Number]);
        else if (line.Row.Version == newest.Version && !newest.Write.IsGiven
            && line.Row.Transaction != default && line.Row.Transaction != newest.Write.Transaction)
            findings.Add(Rule.OtherContent,
                $"Version {newest.Version} of {symbols.Text(row)} on main names another transaction than the one acknowledged for it.",
                [newest.Write.Line], [line.Number]);
    }

    /// <summary>Where sites have met, or a person decided, the acknowledged versions say little, but each write still counts once.</summary>
    private void CompareLoose(Row row, FinalLine line)
    {
        var expected = row.States.Where(s => s.Write.IsGiven).Sum(s => s.Version)
            + row.States.Count(s => s.Write.Fate == Fate.Applied && s.Action != RowAction.Delete);
        if (line.Row.Version != expected)
            findings.Add(line.Row.Version > expected ? Rule.AppliedTwice : Rule.LostWrite,
                $"Main has version {line.Row.Version} of {symbols.Text(row)}, which {expected} writes have made by the ledger.",
                [.. row.States.Take(5).Select(s => s.Write.Line)], [line.Number]);
        else if (line.Row.Transaction != default && !row.States.Exists(s => IsMadeBy(s.Write, line.Row.Transaction)))
            findings.Add(Rule.OtherContent,
                $"{symbols.Text(row)} on main was made by a transaction that no call knows, or that was not applied.", [], [line.Number]);
    }

    private static bool IsMadeBy(Write write, Guid transaction) => write.IsGiven || write.Fate == Fate.Applied && write.Transaction == transaction;

    private static bool IsPresent(State state) => state.Action == RowAction.Delete ? state.Row.MainVersion == 0
        : state.Row.MainVersion == 0 ? state.Row.States.Exists(s => s.Action == RowAction.Delete && s.Write.Fate == Fate.Applied)
        : state.Row.Loose || state.Row.MainVersion >= state.Version;

    private void Account(Write first)
    {
        var applied = 0;
        for (var write = first; write is not null; write = write.Next)
            applied += write.Fate == Fate.Applied ? 1 : 0;
        Applied += applied;
        if (applied > 1)
            findings.Add(Rule.AppliedTwice, $"The transactions of one key were applied {applied} times.",
                [first.Line, first.Next!.Line], [first.LedgerLine, first.Next.LedgerLine]);
        for (var write = first; write is not null; write = write.Next)
            AccountOne(write, applied);
    }

    private void AccountOne(Write write, int applied)
    {
        if (write.IsGiven || write.DeclaredLost || write.Fate is Fate.Failed or Fate.Parked or Fate.Discarded)
            return;
        if (write.Fate == Fate.Duplicate)
        {
            if (applied == 0)
                findings.Add(Rule.LostWrite, "A write is the duplicate of a first one that is not on main.", [write.Line], [write.LedgerLine]);
            return;
        }
        // What was never acknowledged may be absent; an update of it would show as a version that nobody made.
        var states = write.IsEffective ? write.States : write.States.FindAll(IsOnlyCreation);
        var present = states.Count(IsPresent);
        var rows = string.Join(", ", states.Where(s => !IsPresent(s)).Take(3).Select(s => $"{symbols.Text(s.Row)} {s.VersionText}"));
        if (present > 0 && present < states.Count)
            findings.Add(Rule.HalfTransaction,
                $"A transaction is half on main: {rows} is not there, and {states.Count - present} of {states.Count} rows are missing.",
                [write.Line], [write.LedgerLine, .. states.Take(3).Select(s => s.Row.MainLine)]);
        else if (write.IsEffective && present == 0 && states.Count > 0)
            findings.Add(Rule.LostWrite, write.IsAcknowledged
                ? $"An acknowledged write is not on main: {rows} is not there{WhyNotThere(write)}."
                : $"A write is in the ledger as applied, and {rows} is not on main.", [write.Line], [write.LedgerLine, .. states.Select(s => s.Row.MainLine)]);
        else if (write.Fate == Fate.None && (present > 0 || write.IsAcknowledged && states.Count == 0 && write.Transaction != default))
            findings.Add(Rule.Ledger, "A write is on main and not in its ledger, or changed nothing and is not noted there.",
                [write.Line], [.. states.Select(s => s.Row.MainLine)]);
    }

    private string WhyNotThere(Write write) => write.Fate == Fate.Applied ? ", though the ledger has it as applied" : ledger.WhyNotDeclared(write);

    private static bool IsOnlyCreation(State state) => state.Action == RowAction.Create
        && !state.Row.States.Exists(other => other != state && other.Action == RowAction.Create && other.Counts);

    private void CompareCounter(FinalLine line)
    {
        var site = line.At == "main" ? null : line.At;
        long? expected = line.Name switch
        {
            "pending" => site is null ? 0 : ledger.Pending(site),
            "failed" => ledger.CountHeld(Fate.Failed, site),
            "parked" => ledger.CountHeld(Fate.Parked, site),
            "rows" when line.Entity is { } entity && tables.TryGetValue(("main", entity), out var table) => table.Rows,
            _ => null,
        };
        if (expected is null)
            return;
        Counters++;
        var of = line.Entity is null ? "" : $" of {line.Entity.Name}";
        if (expected != line.Value)
            findings.Add(Rule.Counter, $"The counter {line.Name}{of} at {line.At} says {line.Value}, and there are {expected}.", [], [line.Number]);
    }
}
