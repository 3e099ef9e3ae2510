using OpsDb.Kernel;

namespace OpsDb.Platform;

internal sealed class MaintenanceReporter(KnownMaintenance maintenance, Site site, TimeProvider time) : ISiteReporter
{
    public async Task<SiteReport> ReportAsync(CancellationToken ct) =>
        new Report(site, await maintenance.FindAsync() is { } known && known.IsOn(site, time.GetUtcNow()) ? known : null);

    private sealed class Report(Site site, Maintenance? now) : SiteReport
    {
        public override IReadOnlyList<Finding> Notices => now is null ? [] : [new("The site is in maintenance and refuses writes.", now.Reason)];

        public override IEnumerable<Metric> Metrics =>
            [Metric.OfSite("maintenance", "Whether the site refuses writes for maintenance.", site, now is null ? 0 : 1)];
    }
}
