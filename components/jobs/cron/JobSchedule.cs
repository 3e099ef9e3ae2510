using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpsDb.Kernel;
using Quartz;

namespace OpsDb.Jobs.Cron;

/// <summary>
/// Runs the jobs of this process by their schedules, and when somebody asks for one. A job that still runs when its time comes again is left alone;
/// times that have passed while nobody was there are not made up for.
/// </summary>
internal sealed partial class JobSchedule(
    IReadOnlyList<(Kernel.IJob Job, string? Schedule)> jobs, ISchedulerFactory schedulers, JobRunner runner, JobBook book, TimeProvider time,
    Stopping stopping, ILogger<JobSchedule> logger) : BackgroundService
{
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(2), Announcement = JobBook.Gone / 6;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await using var told = stoppingToken.Register(stopping.Stop);
        var scheduler = await schedulers.GetScheduler(CancellationToken.None);
        foreach (var (job, schedule) in jobs)
        {
            var detail = JobBuilder.Create<ScheduledJob>().WithIdentity(job.Name).StoreDurably().Build();
            await scheduler.AddJob(detail, cancellationToken: CancellationToken.None);
            if (schedule is null)
                continue;
            await scheduler.ScheduleJob(TriggerBuilder.Create().ForJob(detail)
                .WithCronSchedule(schedule, c => c.InTimeZone(TimeZoneInfo.Utc).WithMisfireInstruction(CronTriggerMisfireInstruction.DoNothing)).Build(),
                cancellationToken: CancellationToken.None);
        }
        await scheduler.Start(CancellationToken.None);
        LogServing(jobs.Count, runner.Process);
        var names = jobs.Select(j => j.Job.Name).ToHashSet();
        long? announced = null;
        using var timer = new PeriodicTimer(Poll, time);
        do
        {
            try
            {
                if (announced is null || time.GetElapsedTime(announced.Value) > Announcement)
                {
                    await book.AnnounceAsync(runner.Process, Planned(), stoppingToken);
                    announced = time.GetTimestamp();
                }
                foreach (var (job, user) in await book.TakeAskedAsync(names, stoppingToken))
                    await scheduler.TriggerJob(new(job), new JobDataMap { [ScheduledJob.Cause] = $"asked by {user}" }, stoppingToken);
            }
            catch (OutageException e)
            {
                // The schedule goes on; what was asked for is still there afterwards.
                LogAway(e.Message);
            }
        }
        while (!stoppingToken.IsCancellationRequested && await Next(timer, stoppingToken));
        await scheduler.Shutdown(waitForJobsToComplete: true, CancellationToken.None);
    }

    private List<PlannedJob> Planned() =>
    [
        .. jobs.Select(j => new PlannedJob(j.Job.Name, j.Job.Description, j.Schedule,
            j.Schedule is null ? null : new CronExpressions().NextAfter(j.Schedule, time.GetUtcNow()))),
    ];

    private static async Task<bool> Next(PeriodicTimer timer, CancellationToken ct)
    {
        try
        {
            return await timer.WaitForNextTickAsync(ct);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Count} jobs are served by {Process}")]
    private partial void LogServing(int count, string process);

    [LoggerMessage(Level = LogLevel.Warning, Message = "What the site remembers of its jobs cannot be reached: {Reason}")]
    private partial void LogAway(string reason);
}

/// <summary>What all jobs of the process are told when it ends.</summary>
internal sealed class Stopping : IDisposable
{
    private readonly CancellationTokenSource source = new();

    public CancellationToken Token => source.Token;

    public void Stop() => source.Cancel();

    public void Dispose() => source.Dispose();
}

[DisallowConcurrentExecution]
internal sealed class ScheduledJob(JobRunner runner, Stopping stopping) : global::Quartz.IJob
{
    public const string Cause = "cause";

    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken)
    {
        var cause = context.MergedJobDataMap.TryGetValue(Cause, out var asked) ? $"{asked}" : "schedule";
        await runner.RunAsync(context.JobDetail.Key.Name, cause, stopping.Token, stays: true);
    }
}

internal sealed class CronExpressions : ICronExpressions
{
    public bool IsOne(string text) => CronExpression.TryParse(text, out _);

    public DateTimeOffset? NextAfter(string expression, DateTimeOffset after) =>
        CronExpression.TryParse(expression, out var cron) ? cron.WithTimeZone(TimeZoneInfo.Utc).GetNextValidTimeAfter(after) : null;
}

public static class CronRegistration
{
    /// <summary>What cron expressions mean.</summary>
    public static IServiceCollection AddCron(this IServiceCollection services) => services.AddSingleton<ICronExpressions, CronExpressions>();

    /// <summary>Runs jobs by their schedules while the program is hosted.</summary>
    public static IServiceCollection AddJobSchedule(this IServiceCollection services, IReadOnlyList<(Kernel.IJob Job, string? Schedule)> jobs) => services
        .AddQuartz(q => q.UseDefaultThreadPool(Math.Max(1, jobs.Count)))
        .AddSingleton<Stopping>()
        .AddHostedService(p => ActivatorUtilities.CreateInstance<JobSchedule>(p, jobs));
}
