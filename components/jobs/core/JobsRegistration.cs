using Microsoft.Extensions.DependencyInjection;
using OpsDb.Kernel;

namespace OpsDb.Jobs;

public static class JobsRegistration
{
    /// <summary>What is known of the site's jobs, and the items of their work.</summary>
    public static IServiceCollection AddJobs(this IServiceCollection services) => services
        .AddProblems(typeof(JobProblems))
        .AddHandlersAndRules(typeof(WorkItem).Assembly)
        .AddWork<WorkItem>()
        .AddScoped<WorkBook>()
        .AddSingleton<JobBook>()
        .AddSingleton<ISiteReporter, JobReporter>();

    /// <summary>What runs them. A site whose changes go by its log claims its work there; others need <see cref="IWorkClaims"/>.</summary>
    public static IServiceCollection AddJobRunner(this IServiceCollection services, JobOptions options, WorkOptions work, Site site)
    {
        if (site.Buffering)
            services.AddSingleton<IWorkClaims, LogClaims>();
        return services
            .AddSingleton(options)
            .AddSingleton(work)
            .AddSingleton<JobRunner>()
            .AddScoped<WorkPlacesReader>()
            .AddJob<PurgeJob>()
            .AddJob<FindStuckJob>();
    }
}
