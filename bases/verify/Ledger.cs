namespace OpsDb.Verify;

/// <summary>An epoch of a site's log that follows another one, because entries were lost.</summary>
internal sealed record EpochChange(string Site, int Epoch, int Previous, long Fork, long Applied, long Missing, bool Acknowledged, int Line)
{
    /// <summary>The first position that the product says may be missing.</summary>
    public long FirstMissing => Missing >= 0 ? Missing : Math.Max(Fork, Math.Max(Applied, 0)) + 1;

    /// <summary>Up to what the process knew that noticed the loss it is certain; another one may have stored more, and the alarm says so.</summary>
    public bool Names(long position) => position >= FirstMissing;
}

/// <summary>
/// What main says of each transaction at the end, set against what was acknowledged: who is there, once, as what, and
/// which loss the product has given notice of.
/// </summary>
internal sealed class Ledger(SymbolTable symbols, RowHistories histories, Findings findings, IReadOnlyList<Fault> faults)
{
    private readonly Dictionary<int, EpochChange> changes = [];
    private readonly Dictionary<int, List<EpochChange>> following = [];
    private readonly Dictionary<(string At, string Site, int Epoch), (long Position, Guid Transaction, int Line)> watermarks = [];
    private readonly Dictionary<(string Site, int Epoch), (long Position, Guid Transaction)> newest = [];
    private readonly Dictionary<string, (int Epoch, long Last)> streams = [];
    private readonly Dictionary<Guid, (Fate Fate, string Site, int Line)> held = [];
    private readonly HashSet<Guid> discarded = [], dealtWith = [];
    private readonly Dictionary<string, string> health = [];

    /// <summary>How the lines of the ledger begin as the runner writes them.</summary>
    public static ReadOnlySpan<byte> Lines => "{\"t\":\"applied\","u8;

    public int Foreign { get; private set; }

    public int DeclaredLost { get; private set; }

    /// <summary>Failovers of main, within and across which another site's writes may be missing for a while.</summary>
    public IReadOnlyList<Fault> Failovers { get; } = [.. faults.Where(f => f.Loses == "main")];

    /// <summary>Whether a site's log has lost entries, so that what was never acknowledged may have been seen.</summary>
    public bool HasLost(int site) => changes.Values.Any(c => c.Site == symbols.Sites[site]) || Failovers.Count > 0;

    public Entity? EntityOfAnswer(FinalLine line, int index) =>
        Match(line) is { } write && index < write.States.Count ? write.States[index].Row.Entity : line.Entity;

    public void Take(FinalLine line)
    {
        switch (line.Type)
        {
            case "applied":
                TakeApplied(line);
                break;
            case "watermark":
                watermarks[(line.At, line.Site, line.Epoch)] = (line.Position, line.Transaction, line.Number);
                if (line.At == "main" && line.PreviousEpoch >= 0)
                    AddChange(new(line.Site, line.Epoch, line.PreviousEpoch, line.Fork, line.Applied, line.Missing, line.Acknowledged, line.Number));
                break;
            case "stream":
                streams[line.Site] = (line.Epoch, line.Last);
                break;
            case "held":
                held[line.Id] = (line.Fate, line.Site, line.Number);
                break;
            case "health":
                health[line.Site] = line.Status;
                break;
            case "intervention":
                dealtWith.Add(line.Transaction);
                if (line.Action == "discard")
                    discarded.Add(line.Transaction);
                if (line.Action == "edit" && histories.ByTransaction(line.Transaction) is { } edited)
                    edited.Edited = true;
                break;
        }
    }

    /// <summary>Held transactions of a site; of all sites for null.</summary>
    public int CountHeld(Fate fate, string? site) => held.Values.Count(h => h.Fate == fate && (site is null || h.Site == site));

    /// <summary>All transactions that can ever have been failed: those that still are, and those that a person has dealt with.</summary>
    public IEnumerable<Guid> EverFailed => held.Where(h => h.Value.Fate == Fate.Failed).Select(h => h.Key).Union(dealtWith.Where(t => t != default));

    /// <summary>What a site's log holds beyond main's watermark; null when the site has no log.</summary>
    public long? Pending(string site) => streams.TryGetValue(site, out var stream)
        ? Math.Max(0, stream.Last - watermarks.GetValueOrDefault(("main", site, stream.Epoch)).Position)
        : null;

    /// <summary>Judges everything that needs the whole ledger, before any read is looked at.</summary>
    public void Judge()
    {
        foreach (var write in histories.All())
        {
            if (write.IsAcknowledged && write.Fate == Fate.None && !write.IsGiven)
                write.DeclaredLost = IsDeclared(write);
            if (write.DeclaredLost)
                DeclaredLost++;
            CheckPlace(write);
            CheckHeld(write);
        }
        foreach (var change in changes.Values.Where(c => !c.Acknowledged && health.GetValueOrDefault(c.Site) == "healthy"))
            findings.Add(Rule.LossNotNamed,
                $"The log of {change.Site} began anew, nobody has acknowledged it, and the site calls itself healthy.", [], [change.Line]);
        CheckWatermarks();
        CheckPositions();
    }

    /// <summary>Why an acknowledged write that main does not have is no declared loss.</summary>
    public string WhyNotDeclared(Write write)
    {
        if (write.Position < 0)
            return "";
        if (Pending(symbols.Sites[write.Site]) is { } pending && pending > 0)
            return $" (the log still held {pending} entries when the run ended)";
        return faults.Any(f => f.Loses == "log" && f.Site == symbols.Sites[write.Site])
            ? $" (a fault may have lost it, but no epoch change names its position {write.Position})"
            : "";
    }

    private void CheckWatermarks()
    {
        foreach (var ((at, site, epoch), mark) in watermarks)
        {
            if (at != "main")
            {
                var main = watermarks.GetValueOrDefault(("main", site, epoch));
                if ((main.Position, main.Transaction) != (mark.Position, mark.Transaction))
                    findings.Add(Rule.Replica, $"The watermark of {site} is {mark.Position} at {at} and {main.Position} at main.", [], [main.Line, mark.Line]);
                continue;
            }
            if (!newest.TryGetValue((site, epoch), out var last))
                continue;
            if (last.Position > mark.Position)
                findings.Add(Rule.Ledger, $"Main has applied position {last.Position} of {site} and its watermark says {mark.Position}.", [], [mark.Line]);
            if (last.Position == mark.Position && mark.Transaction != default && last.Transaction != mark.Transaction)
                findings.Add(Rule.Ledger,
                    $"The watermark of {site} names another transaction than was applied at its position {mark.Position}.", [], [mark.Line]);
        }
    }

    private void AddChange(EpochChange change)
    {
        changes[change.Epoch] = change;
        if (!following.TryGetValue(change.Previous, out var after))
            following[change.Previous] = after = [];
        after.Add(change);
    }

    private Write? Match(FinalLine line)
    {
        if (histories.ByTransaction(line.Id) is { } write)
            return write;
        return line.Key is { } key ? histories.ByKey(symbols.Sites.Of(System.Text.Encoding.UTF8.GetBytes(line.Site)), key) : null;
    }

    private void TakeApplied(FinalLine line)
    {
        if (line.Position >= 0 && line.Epoch >= 0 && line.Position > newest.GetValueOrDefault((line.Site, line.Epoch)).Position)
            newest[(line.Site, line.Epoch)] = (line.Position, line.Id);
        if (Match(line) is not { } write)
        {
            Foreign++;
            return;
        }
        if (write.Transaction == default && write.LedgerLine == 0)
            histories.Identify(write, line.Id);
        if (write.Transaction != line.Id)
            write = histories.AddSameKey(write, line.Id);
        else if (write.LedgerLine > 0)
            findings.Add(Rule.AppliedTwice, "One transaction is in the ledger twice.", [write.Line], [write.LedgerLine, line.Number]);
        (write.Fate, write.LedgerLine, write.LedgerEpoch) = (line.Fate, line.Number, line.Epoch);
        if (write.Position >= 0 && line.Position >= 0 && write.Position != line.Position)
            findings.Add(Rule.Order, $"A write was acknowledged at position {write.Position} and recorded at {line.Position}.", [write.Line], [line.Number]);
        if (write.Position < 0)
            (write.Position, write.Epoch) = (line.Position, line.Epoch);
        if (write is { IsAcknowledged: false, Unknown: false } && write.RefusedLine > 0)
            findings.Add(Rule.RefusedPresent, "A call was refused each time it was made, and its transaction is on main.", [write.RefusedLine], [line.Number]);
        if (!write.IsAcknowledged)
            Complete(write, line);
    }

    /// <summary>What a write of unknown outcome has made, as its transaction's first answer tells.</summary>
    private void Complete(Write write, FinalLine line)
    {
        var first = line.Key is { } key && histories.ByKey(write.Site, key) is { } one && one != write ? one : null;
        for (var i = 0; i < line.Answer.Count; i++)
        {
            var shown = line.Answer[i];
            var same = first is not null && i < first.States.Count ? first.States[i] : null;
            if (i >= write.States.Count && (same?.Row.Entity ?? line.Entity) is { } entity)
            {
                var action = same?.Action ?? (shown.Version == 1 ? RowAction.Create : RowAction.Update);
                histories.AddState(write, entity, shown.Id, action).Touched = ulong.MaxValue;
            }
            if (i < write.States.Count)
                RowHistories.Show(write.States[i], shown);
        }
    }

    private bool IsDeclared(Write write)
    {
        var site = symbols.Sites[write.Site];
        var mayBeLost = faults.Any(f => f.Loses == "log" && f.Site == site && write.Acknowledged < f.End);
        // No answer tells the position of one that changed nothing, and is kept for its key alone, nor of one that wrote many rows.
        if (write.Position < 0)
            return Failovers.Any(f => write.Acknowledged < f.End)
                || mayBeLost && write.States.TrueForAll(s => s.Version == 0) && changes.Values.Any(c => c.Site == site);
        if (!mayBeLost)
            return false;
        return write.Epoch < 0 ? changes.Values.Any(c => c.Site == site && c.Names(write.Position)) : IsNamed(write.Epoch, write.Position, site, 0);
    }

    /// <summary>Whether a change of this epoch, or of one that still held the position, names it as missing.</summary>
    private bool IsNamed(int epoch, long position, string site, int depth) => depth <= changes.Count
        && following.GetValueOrDefault(epoch, []).Exists(
            c => c.Site == site && (c.Names(position) || position <= c.Fork && IsNamed(c.Epoch, position, site, depth + 1)));

    private void CheckPlace(Write write)
    {
        if (write.Epoch < 0 || write.LedgerEpoch < 0)
            return;
        for (var (epoch, steps) = (write.LedgerEpoch, 0); epoch != write.Epoch; epoch = changes[epoch].Previous, steps++)
        {
            if (steps <= changes.Count && changes.ContainsKey(epoch))
                continue;
            findings.Add(Rule.Ledger, "A write was recorded under an epoch that does not follow the one it was acknowledged in.",
                [write.Line], [write.LedgerLine]);
            return;
        }
    }

    private void CheckHeld(Write write)
    {
        if (write.Fate is Fate.Failed or Fate.Parked && (!held.TryGetValue(write.Transaction, out var place) || place.Fate != write.Fate))
            findings.Add(Rule.LostWrite, $"A write is {write.Fate.ToString().ToLowerInvariant()} in the ledger, but is not held for anybody to resolve.",
                [write.Line], [write.LedgerLine]);
        if (write.Fate == Fate.Discarded && !discarded.Contains(write.Transaction))
            findings.Add(Rule.LostWrite, "A write was discarded, and no audit tells by whom.", [write.Line], [write.LedgerLine]);
    }

    /// <summary>
    /// No position is used twice in an epoch, but for one whose write is named as missing, and positions follow the order in which
    /// calls were acknowledged.
    /// </summary>
    private void CheckPositions()
    {
        var places = new List<(int Site, int Epoch, long Position, Write Write)>();
        foreach (var write in histories.All().Where(w => w.Position >= 0 && !w.DeclaredLost))
        {
            if (write.Epoch >= 0)
                places.Add((write.Site, write.Epoch, write.Position, write));
            if (write.LedgerEpoch >= 0 && write.LedgerEpoch != write.Epoch)
                places.Add((write.Site, write.LedgerEpoch, write.Position, write));
        }
        places.Sort((a, b) => (a.Site, a.Epoch, a.Position).CompareTo((b.Site, b.Epoch, b.Position)));
        Write? earliest = null, reported = null;
        for (var i = places.Count - 1; i >= 0; i--)
        {
            var (site, epoch, position, write) = places[i];
            var next = i + 1 < places.Count ? places[i + 1] : places[i];
            if ((next.Site, next.Epoch) != (site, epoch))
                earliest = null;
            if ((next.Site, next.Epoch, next.Position) == (site, epoch, position) && next.Write != write)
                findings.Add(Rule.PositionReused,
                    $"Position {position} of epoch {symbols.Epochs[epoch]} of {symbols.Sites[site]} was given to two transactions: "
                    + "a log that came back shorter must begin a new epoch.",
                    [write.Line, next.Write.Line], [write.LedgerLine, next.Write.LedgerLine]);
            else if (earliest is not null && earliest != reported && earliest.Acknowledged < write.Invoke)
            {
                reported = earliest;
                findings.Add(Rule.PositionOrder,
                    $"A write called after another was acknowledged has an earlier position in the log: {position} and {earliest.Position}.",
                    earliest.Line, write.Line);
            }
            if (earliest is null || write.Acknowledged < earliest.Acknowledged)
                earliest = write;
        }
    }
}
