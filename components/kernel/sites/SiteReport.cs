namespace OpsDb.Kernel;

/// <summary>Something that is wrong at a site, or to be known of it, for whoever looks at its health.</summary>
/// <param name="Problem">A sentence for everybody; of what is wrong, the same as in docs/alarms.md.</param>
/// <param name="Detail">What only operators are told: what a server said, names of hosts and settings.</param>
public sealed record Finding(string Problem, string? Detail = null)
{
    public override string ToString() => Detail is null ? Problem : $"{Problem} {Detail}";
}

/// <summary>How a measurement goes on.</summary>
public enum MetricKind { Gauge, Counter, Histogram }

/// <summary>One value of a metric.</summary>
/// <param name="Labels">What tells it apart from the others, in their order.</param>
/// <param name="Suffix">Of the metric's name, for the parts of a histogram.</param>
public sealed record Sample(double Value, IReadOnlyList<(string Name, string Value)> Labels, string Suffix = "");

/// <summary>A measurement with its unit in the name, as Prometheus wants it.</summary>
/// <param name="Name">Without the prefix <c>opsdb_</c>.</param>
/// <param name="Help">What is measured, in a sentence.</param>
public sealed record Metric(string Name, string Help, MetricKind Kind, IReadOnlyList<Sample> Samples)
{
    /// <summary>One value of a whole site.</summary>
    public static Metric OfSite(string name, string help, Site site, double value, MetricKind kind = MetricKind.Gauge) =>
        new(name, help, kind, [new(value, [("site", site.Name)])]);
}

/// <summary>What one component tells of how the site is.</summary>
public abstract class SiteReport
{
    /// <summary>What is wrong; empty when nothing is.</summary>
    public virtual IReadOnlyList<Finding> Findings => [];

    /// <summary>What is as somebody wants it, and to be known all the same; empty when there is nothing.</summary>
    public virtual IReadOnlyList<Finding> Notices => [];

    /// <summary>Whether the site takes requests, as far as this component is concerned.</summary>
    public virtual bool TakesRequests => true;

    public virtual IEnumerable<Metric> Metrics => [];
}

/// <summary>A component that has something to tell of how the site is. What it tells joins what the others do; nobody keeps a list of them.</summary>
public interface ISiteReporter
{
    Task<SiteReport> ReportAsync(CancellationToken ct);
}

/// <summary>How the site is, as all components see it.</summary>
public sealed record SiteState(IReadOnlyList<SiteReport> Reports)
{
    public IEnumerable<Finding> Findings => Reports.SelectMany(r => r.Findings);

    public IEnumerable<Finding> Notices => Reports.SelectMany(r => r.Notices);

    public bool TakesRequests => Reports.All(r => r.TakesRequests);

    /// <summary>The report of one kind; each program that asks has the component which makes it.</summary>
    public T Of<T>() where T : SiteReport => Reports.OfType<T>().First();
}

/// <summary>Asks all components how the site is.</summary>
public interface ISiteStates
{
    Task<SiteState> ReadAsync(CancellationToken ct);

    /// <summary>The same, read once for all who ask within a moment: for what anybody may ask.</summary>
    Task<SiteState> RecentAsync(CancellationToken ct);

    /// <summary>Something has happened that no earlier reading knows of.</summary>
    void Forget();
}
