using System.Collections;
using System.Diagnostics;
using System.Globalization;

namespace OpsDb.Verify;

/// <summary>
/// Proves a run from its files. The first pass over the history collects what was written, the final state tells what
/// became of it, the second pass judges each read; reads are never kept.
/// </summary>
internal sealed class Checker
{
    private readonly SymbolTable symbols = new();
    private readonly Findings findings = new();
    private readonly Dictionary<(int Entity, ulong Equal, int Order), ListIndex> indexes = [];
    private readonly BitArray isRead = new(1 << 20);
    private readonly CallReader calls;
    private readonly RowHistories histories;
    private int count, reads, lists, stale, unanswered, others, asked;

    public Checker()
    {
        calls = new(symbols);
        histories = new(symbols, findings);
    }

    /// <returns>Whether everything is proven.</returns>
    /// <exception cref="UnusableException">A file is missing or is not in the format.</exception>
    public bool Check(string folder, string history, TextWriter output)
    {
        var watch = Stopwatch.StartNew();
        var final = Path.Combine(folder, "final.jsonl");
        Collect(history);
        var faults = Faults.Read(Path.Combine(folder, "faults.jsonl"), out var faultCount);
        var ledger = new Ledger(symbols, histories, findings, faults);
        var finals = new FinalReader(symbols, calls);
        var makers = new VersionMakers(symbols, histories, findings);
        finals.Read(final, ledger.EntityOfAnswer, line =>
        {
            ledger.Take(line);
            makers.Take(line);
        });
        ledger.Judge();
        makers.Judge();
        var rows = new RowRules(symbols, histories, findings);
        rows.Judge();
        new MeetingRules(symbols, histories, ledger, findings).Judge();
        new EachRules(symbols, histories, findings).Judge();
        var judge = new ReadRules(symbols, histories, ledger, findings, indexes);
        var answers = new AnswerRules(symbols, histories, ledger, findings);
        using (var lines = new JsonLines(history))
        {
            while (lines.Next())
            {
                if (!isRead[lines.Number])
                    continue;
                calls.Read(lines);
                if (calls.Call.Kind != CallKind.Ask)
                    judge.Judge(calls.Call);
                answers.Judge(calls.Call);
            }
        }
        answers.JudgeEnd();
        var finalState = new FinalStateCheck(symbols, histories, ledger, findings);
        var (named, packages) = (new NamedRows(symbols, histories, findings), new PackageRules(symbols, findings));
        finals.Read(final, (_, _) => null, line =>
        {
            finalState.TakeMain(line);
            named.Take(line);
            packages.Take(line);
        }, Ledger.Lines);
        finals.Read(final, (_, _) => null, finalState.TakeCopies, Ledger.Lines);
        finalState.Judge();
        named.Judge();
        packages.Judge();

        var writes = histories.All().Where(w => !w.IsGiven).ToList();
        var (absent, memory) = (writes.FindAll(w => !w.IsEffective), Process.GetCurrentProcess().PeakWorkingSet64 >> 20);
        Line("calls", $"{count}, {others} of them not judged; {faultCount} faults");
        Line("writes", $"{writes.Count(w => w.IsAcknowledged)} acknowledged, "
            + $"{writes.Count(w => !w.IsAcknowledged && w.Fate != Fate.None)} unknown and there, "
            + $"{absent.Count(w => w.Unknown)} unknown and absent, {absent.Count(w => !w.Unknown)} refused");
        Line("on main", $"{finalState.RowsOnMain} rows, {finalState.Applied} transactions applied, "
            + $"{Count(Fate.Duplicate)} duplicate, {Count(Fate.Failed)} failed, {Count(Fate.Parked)} parked, {Count(Fate.Discarded)} discarded, "
            + $"{ledger.DeclaredLost} declared lost, {ledger.Foreign} of nobody in the history");
        Line("reads", $"{reads} and {lists} lists with {judge.RowsCompared} rows, {stale} of them stale; {unanswered} unanswered; "
            + $"{judge.Excused} rows and the completeness of {judge.ListsWithoutMissing} lists could not be judged; {judge.Sums} sums");
        Line("answers", $"{asked} about transactions, {answers.Said} times where a transaction is; "
            + $"{answers.Again} said again what the site had said; {answers.Counts} counts");
        Line("rows", $"{rows.Strict} judged by version, {rows.Loose} by transaction");
        Line("named", $"{named.Count} rows that calls name by what they hold; {packages.Count} packages counted and summed");
        Line("copies", $"{finalState.Replicas} tables and {finalState.Counters} counters compared");
        Line("took", string.Create(CultureInfo.InvariantCulture, $"{watch.Elapsed.TotalSeconds:0.0} s, {memory} MiB at most"));
        if (findings.Count > 0)
            findings.Print(output, history, final);
        else
            output.WriteLine("PROVEN");
        return findings.Count == 0;

        int Count(Fate fate) => writes.Count(w => w.Fate == fate);
        void Line(string name, string text) => output.WriteLine($"{name,-8} {text}");
    }

    private void Collect(string history)
    {
        using var lines = new JsonLines(history);
        var latest = long.MinValue;
        while (lines.Next())
        {
            calls.Read(lines);
            var call = calls.Call;
            if (call.Complete < latest)
                throw lines.Unusable("calls are in the order of complete");
            latest = call.Complete;
            count++;
            if (call.Kind == CallKind.Write)
                histories.Add(call);
            else if (call.Kind == CallKind.Other)
                others++;
            else if (call.Outcome != Outcome.Ok)
                unanswered++;
            else if (call.Kind == CallKind.Ask)
                NoteAsk(call);
            else
                NoteRead(call);
        }
        if (count == 0)
            throw new UnusableException("the history is empty");
    }

    private void ReadAgain(Call call)
    {
        if (call.Line >= isRead.Length)
            isRead.Length = Math.Max(isRead.Length * 2, call.Line + 1);
        isRead[call.Line] = true;
    }

    private void NoteAsk(Call call)
    {
        ReadAgain(call);
        asked++;
        foreach (var (transaction, standing) in call.States)
        {
            if (standing == Standing.Failed && histories.ByTransaction(transaction) is { } write && write.FailedLine == 0)
                write.FailedLine = call.Line;
        }
    }

    private void NoteRead(Call call)
    {
        ReadAgain(call);
        stale += call.Stale ? 1 : 0;
        if (call.Kind == CallKind.Sum)
            return;
        if (call.Kind == CallKind.Read)
        {
            reads++;
            return;
        }
        lists++;
        var (equal, order) = ListIndex.ShapeOf(call);
        var key = (call.Entity.Number, equal, order);
        if (!indexes.ContainsKey(key))
            indexes[key] = new(call.Entity, [.. Enumerable.Range(0, Entity.MaxFields).Where(f => (equal >> f & 1) == 1)], order);
    }
}
