using Microsoft.Extensions.DependencyInjection;

namespace OpsDb.Kernel;

/// <summary>Work that is done in the background again and again: each run finds by itself what there is to do, and can be ended at any moment.</summary>
public interface IJob
{
    /// <summary>At the command line and in addresses: lower-case words with hyphens.</summary>
    string Name { get; }

    /// <summary>What it does, in a sentence.</summary>
    string Description { get; }

    /// <summary>When it runs unless the settings say otherwise: a cron expression in UTC whose first field is seconds.</summary>
    string Schedule { get; }

    /// <summary>Whether there is anything for it to do at a site of this type.</summary>
    bool RunsAt(SiteType site);

    /// <summary>Whether several processes of a site may run it at once, because each item has a claim of its own.</summary>
    bool IsShared => false;

    /// <summary>One process of those that share a lease runs it at a time.</summary>
    string Lease => Name;

    /// <exception cref="OutageException">Something that it needs is away; the next run goes on.</exception>
    /// <exception cref="NoAnswerException">The same of a service of others.</exception>
    Task<JobResult> RunAsync(CancellationToken ct);
}

/// <summary>A job that a serving process stays at for a while instead of coming back to it, because others wait for what it does.</summary>
public interface IStayingJob : IJob
{
    /// <summary>Ends when there may be something to do again.</summary>
    Task WaitAsync(CancellationToken ct);
}

/// <summary>What a run has done.</summary>
/// <param name="Done">Items that are done.</param>
/// <param name="Failed">Items that have failed; later runs may do them.</param>
public sealed record JobResult(int Done, int Failed = 0)
{
    /// <summary>What is to be known besides the numbers: why something has failed, or waits. Without anything secret.</summary>
    public string? Reason { get; init; }

    /// <summary>Whether something was left because what it needs is away.</summary>
    public bool Waits { get; init; }

    public static JobResult Of(int done, IReadOnlyCollection<string> failures) =>
        new(done, failures.Count) { Reason = failures.Count == 0 ? null : string.Join("; ", failures.Take(3)) };
}

/// <summary>Something of which a component keeps no more than some time of the past.</summary>
public interface IPurge
{
    /// <summary>Deletes what is too old: some of it, so that a run can be ended soon.</summary>
    /// <returns>How many rows are gone; 0 when there is no more.</returns>
    Task<int> PurgeAsync(CancellationToken ct);
}

public static class JobRegistration
{
    /// <summary>Adds a job to those that a program for background work runs.</summary>
    public static IServiceCollection AddJob<T>(this IServiceCollection services) where T : class, IJob => services.AddScoped<IJob, T>();
}
