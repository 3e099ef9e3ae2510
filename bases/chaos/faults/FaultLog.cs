using System.Globalization;

namespace OpsDb.Chaos;

/// <summary>faults.jsonl: what was done to the installation. For several threads.</summary>
internal sealed class FaultLog(string path, RunClock clock, Tally tally) : IDisposable
{
    private static readonly TimeSpan Aftermath = TimeSpan.FromSeconds(3);

    private readonly StreamWriter file = new(path);
    private readonly Dictionary<PlannedFault, long> active = [];
    private readonly SortedDictionary<string, int> counts = new(StringComparer.Ordinal);
    private readonly Lock turn = new();
    private long changes;

    public IReadOnlyDictionary<string, int> Counts => counts;

    public void Begin(PlannedFault fault)
    {
        lock (turn)
        {
            changes++;
            active[fault] = clock.Now;
            tally.IsQuiet = false;
        }
    }

    public void End(PlannedFault fault)
    {
        lock (turn)
        {
            if (!active.Remove(fault, out var began))
                return;
            counts[fault.Kind.Name] = counts.GetValueOrDefault(fault.Kind.Name) + 1;
            var loss = fault.Kind.MayLose is { } what ? $",\"may_lose\":\"{what}\"" : "";
            file.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $$"""{"fault":"{{fault.Kind.Name}}","target":"{{fault.Kind.Target(fault.Number)}}","begin":{{began}},"end":{{clock.Now}}{{loss}}}"""));
            file.Flush();
            var change = ++changes;
            _ = Task.Delay(Aftermath).ContinueWith(_ => BeQuiet(change), TaskScheduler.Default);
        }
    }

    public void Dispose() => file.Dispose();

    private void BeQuiet(long change)
    {
        lock (turn)
            tally.IsQuiet |= change == changes && active.Count == 0;
    }
}
