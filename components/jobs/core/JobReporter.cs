using OpsDb.Kernel;

namespace OpsDb.Jobs;

/// <summary>Tells how the site's jobs are.</summary>
internal sealed class JobReporter(JobBook book, Site site, TimeProvider time) : ISiteReporter
{
    public async Task<SiteReport> ReportAsync(CancellationToken ct)
    {
        try
        {
            return new JobReport(await book.ListAsync(ct), await book.StuckAsync(ct), site, time.GetUtcNow());
        }
        catch (OutageException)
        {
            // What is away is told by the component whose it is.
            return new JobReport([], [], site, time.GetUtcNow());
        }
    }
}

internal sealed class JobReport(IReadOnlyList<JobState> jobs, IReadOnlyList<StuckWork> stuck, Site site, DateTimeOffset now) : SiteReport
{
    public override IReadOnlyList<Finding> Findings =>
    [
        .. jobs.Where(j => j.LastRun?.Outcome == JobOutcome.Failed)
            .Select(j => new Finding("A background job fails.", $"{j.Name}, at {Instant.Format(j.LastRun!.EndedAt)}: {j.LastRun.Reason}")),
        .. jobs.Where(j => j.Schedule is not null && now - j.SeenAt > JobBook.Gone)
            .Select(j => new Finding("A background job has no process that runs it.", $"{j.Name}: none was seen since {Instant.Format(j.SeenAt)}.")),
        .. stuck.Select(s => new Finding("Work does not go on by itself.", $"{s.Queue}: {s.Items} {s.What}, the oldest since {Instant.Format(s.Since)}.")),
    ];

    public override IEnumerable<Metric> Metrics => jobs.Count == 0 ? [] :
    [
        Of("job_runs_total", "Runs of background jobs that are over.", MetricKind.Counter, j => j.Totals.Runs),
        Of("job_failed_runs_total", "Runs of background jobs that have failed, or in which items have.", MetricKind.Counter, j => j.Totals.FailedRuns),
        Of("job_items_done_total", "Items that background jobs have done.", MetricKind.Counter, j => j.Totals.Done),
        Of("job_items_failed_total", "Times that an item of a background job has failed.", MetricKind.Counter, j => j.Totals.Failed),
        Of("job_seconds_total", "Time that runs of background jobs have taken.", MetricKind.Counter, j => j.Totals.Seconds),
        Of("job_last_end_age_seconds", "Time since the last run of a background job ended.", MetricKind.Gauge,
            j => j.LastRun is { } run ? (now - run.EndedAt).TotalSeconds : double.NaN),
    ];

    private Metric Of(string name, string help, MetricKind kind, Func<JobState, double> value) =>
        new(name, help, kind, [.. jobs.Select(j => new Sample(value(j), [("site", site.Name), ("job", j.Name)]))]);
}
