using Microsoft.Extensions.DependencyInjection;
using OpsDb.Kernel;

namespace OpsDb.Jobs;

public static class JobsRegistration
{
    /// <summary>What is known of the site's jobs.</summary>
    public static IServiceCollection AddJobs(this IServiceCollection services) => services
        .AddSingleton<JobBook>()
        .AddSingleton<ISiteReporter, JobReporter>();

    /// <summary>What runs them.</summary>
    public static IServiceCollection AddJobRunner(this IServiceCollection services, JobOptions options) => services
        .AddSingleton(options)
        .AddSingleton<JobRunner>()
        .AddJob<PurgeJob>();
}
