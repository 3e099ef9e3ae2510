using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpsDb.Kernel;

namespace OpsDb.Jobs;

/// <summary>Runs jobs: each by one process of the site at a time, and notes how it went.</summary>
public sealed partial class JobRunner(IServiceScopeFactory scopes, ISiteMemory memory, JobBook book, TimeProvider time, ILogger<JobRunner> logger)
{
    /// <summary>How long a job that is told to stop may go on.</summary>
    internal static readonly TimeSpan Grace = TimeSpan.FromSeconds(8);

    /// <summary>How long a serving process stays at a job that is one of those.</summary>
    private static readonly TimeSpan Stay = TimeSpan.FromMinutes(5);

    private const int MaxReason = 1000;

    private readonly JobLeases leases = new(memory, time);

    /// <summary>This process, for people.</summary>
    public string Process { get; } = FormattableString.Invariant($"{Environment.MachineName}/{Environment.ProcessId}");

    /// <param name="cause">Why it runs now.</param>
    /// <param name="stays">Whether to stay at it, if it is an <see cref="IStayingJob"/>.</param>
    /// <returns>How it went; when another process runs it, that it has to be tried later, which is not noted.</returns>
    public async Task<JobRun> RunAsync(string job, string cause, CancellationToken ct, bool stays = false)
    {
        var (began, clock) = (Instant.Round(time.GetUtcNow()), time.GetTimestamp());
        await using var scope = scopes.CreateAsyncScope();
        var work = scope.ServiceProvider.GetServices<IJob>().First(j => j.Name == job);
        JobLease? lease = null;
        try
        {
            if (!work.IsShared)
                lease = await leases.TakeAsync(work.Lease, Process, ct);
        }
        catch (OutageException e)
        {
            return Run(new(0), JobOutcome.TryLater, e.Message);
        }
        if (lease is null && !work.IsShared)
            return Run(new(0), JobOutcome.TryLater, "another process of the site runs it");
        JobRun run;
        await using (lease)
        {
            run = await RunAsync(lease?.Lost ?? CancellationToken.None);
            await NoteAsync(job, run);
        }
        return run;

        async Task<JobRun> RunAsync(CancellationToken lost)
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct, lost);
            try
            {
                var result = await Bounded(stays && work is IStayingJob staying ? StayAsync(staying, stop.Token) : work.RunAsync(stop.Token), stop.Token);
                return Run(result, result.Failed > 0 ? JobOutcome.SomeFailed : result.Waits ? JobOutcome.TryLater : JobOutcome.Done, result.Reason);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return lost.IsCancellationRequested && !ct.IsCancellationRequested
                    ? Run(new(0), JobOutcome.TryLater, "its lease could not be renewed")
                    : Run(new(0), JobOutcome.Cancelled, null);
            }
            catch (Exception e) when (e is OutageException or NoAnswerException)
            {
                return Run(new(0), JobOutcome.TryLater, e.Message);
            }
            catch (Exception e)
            {
                LogFailed(e, job);
                return Run(new(0), JobOutcome.Failed, e.GetBaseException().Message);
            }
        }

        JobRun Run(JobResult result, JobOutcome outcome, string? reason)
        {
            var seconds = Math.Round(time.GetElapsedTime(clock).TotalSeconds, 3);
            return new(began, Instant.Round(time.GetUtcNow()), outcome, result.Done, result.Failed, cause, Process)
            {
                Reason = reason is { Length: > MaxReason } ? reason[..MaxReason] : reason,
                DurationSeconds = seconds,
            };
        }
    }

    private async Task<JobResult> StayAsync(IStayingJob job, CancellationToken ct)
    {
        var (began, done) = (time.GetTimestamp(), 0);
        while (true)
        {
            var result = await job.RunAsync(ct);
            done += result.Done;
            if (result.Failed > 0 || result.Waits || time.GetElapsedTime(began) > Stay)
                return result with { Done = done };
            try
            {
                await job.WaitAsync(ct);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return result with { Done = done };
            }
        }
    }

    /// <summary>What does not listen is left to itself, so that the process can end.</summary>
    private async Task<JobResult> Bounded(Task<JobResult> running, CancellationToken stop)
    {
        var stopped = new TaskCompletionSource();
        await using var registration = stop.Register(stopped.SetResult);
        if (await Task.WhenAny(running, stopped.Task) == running)
            return await running;
        try
        {
            return await running.WaitAsync(Grace, time, CancellationToken.None);
        }
        catch (TimeoutException)
        {
            throw new OperationCanceledException($"It did not stop within {Grace.TotalSeconds} s.", stop);
        }
    }

    private async Task NoteAsync(string job, JobRun run)
    {
        try
        {
            await book.AddAsync(job, run, CancellationToken.None);
        }
        catch (OutageException e)
        {
            LogUnnoted(job, run.Outcome, e.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The job {Job} has failed")]
    private partial void LogFailed(Exception e, string job);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The job {Job} ended {Outcome}, which could not be noted: {Reason}")]
    private partial void LogUnnoted(string job, JobOutcome outcome, string reason);
}
