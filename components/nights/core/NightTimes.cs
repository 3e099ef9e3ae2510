using OpsDb.Executions;
using OpsDb.Visibility;

namespace OpsDb.Nights;

/// <summary>Sums the hours of a night.</summary>
internal static class NightTimes
{
    public static double Hours(DateTimeOffset from, DateTimeOffset to) => Math.Round(Math.Max(0, (to - from).TotalHours), 4);

    public static NightTime Of(Night night, IReadOnlyList<PlannedSlot> plan, IReadOnlyList<DoneExecution> done, DateTimeOffset now)
    {
        var (from, to) = Dark(night);
        var dark = Hours(from, to);
        // Idle is what is dark, over, and in no execution; two of them at once count once.
        var until = now < to ? now : to;
        var (idle, at) = (0.0, from);
        foreach (var e in done)
        {
            if (e.StartTime > at)
                idle += Hours(at, e.StartTime < until ? e.StartTime : until);
            var end = e.EndTime ?? now;
            at = end > at ? end : at;
        }
        idle += Hours(at, until);
        return new(dark, Sum(plan.Select(p => Hours(p.StartTime, p.EndTime))),
            Of(ExecutionStatus.Completed), Of(ExecutionStatus.Aborted, ExecutionStatus.Failed), Of(ExecutionStatus.Running), Math.Round(idle, 3));

        double Of(params ExecutionStatus[] states) => Sum(done.Where(d => states.Contains(d.Status)).Select(d => d.Hours));
    }

    public static IReadOnlyList<LostTime> Lost(IReadOnlyList<DoneExecution> done) =>
    [
        .. done.Where(d => d.Status is ExecutionStatus.Aborted or ExecutionStatus.Failed).GroupBy(d => d.Reason)
            .Select(g => new LostTime(g.Key, Sum(g.Select(d => d.Hours)), g.Count())).OrderByDescending(l => l.Hours),
    ];

    private static (DateTimeOffset From, DateTimeOffset To) Dark(Night night) => night.Astronomical.Extent switch
    {
        DarkExtent.Never => (night.Begin, night.Begin),
        DarkExtent.AllNight => (night.Begin, night.End),
        _ => (night.Astronomical.Begin ?? night.Begin, night.Astronomical.End ?? night.End),
    };

    private static double Sum(IEnumerable<double> hours) => Math.Round(hours.Sum(), 3);
}
