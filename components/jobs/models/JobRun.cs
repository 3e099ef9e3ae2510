namespace OpsDb.Jobs;

/// <summary>How a run of a job has ended.</summary>
public enum JobOutcome
{
    /// <summary>All that there was to do is done.</summary>
    Done,

    /// <summary>Some items have failed.</summary>
    SomeFailed,

    /// <summary>Something that it needs is away, or another process does it: a later run goes on.</summary>
    TryLater,

    /// <summary>A mistake of the program, or of what it works on.</summary>
    Failed,

    /// <summary>It was told to stop.</summary>
    Cancelled,
}

/// <summary>One run of a job, or several one after the other that had nothing to do.</summary>
/// <param name="StartedAt">When it began, UTC; of several the first one.</param>
/// <param name="EndedAt">When it was over, UTC; of several the last one.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Done">Items that were done.</param>
/// <param name="Failed">Items that have failed.</param>
/// <param name="Cause">Why it ran: <c>schedule</c>, <c>command line</c>, or who asked for it.</param>
/// <param name="Process">Which process it was, as machine and process id.</param>
public sealed record JobRun(DateTimeOffset StartedAt, DateTimeOffset EndedAt, JobOutcome Outcome, int Done, int Failed, string Cause, string Process)
{
    /// <summary>Why it ended so, or why some items have failed.</summary>
    public string? Reason { get; init; }

    /// <summary>How many runs these were.</summary>
    /// <example>1</example>
    public int Runs { get; init; } = 1;

    /// <summary>Seconds; of several the longest one.</summary>
    /// <example>0.52</example>
    public double DurationSeconds { get; init; }

    /// <summary>Whether there was nothing to do.</summary>
    internal bool IsIdle => this is { Outcome: JobOutcome.Done, Done: 0, Failed: 0, Reason: null };
}

/// <summary>A job as it is planned by a process that serves.</summary>
/// <param name="Name">Lower-case words with hyphens.</param>
/// <param name="Description">What it does.</param>
/// <param name="Schedule">The cron expression by which it runs, seconds first, UTC; null when it runs only when somebody asks.</param>
/// <param name="NextRunAt">When it runs next by itself, UTC.</param>
public sealed record PlannedJob(string Name, string Description, string? Schedule, DateTimeOffset? NextRunAt);

/// <summary>A job that runs now.</summary>
/// <param name="Process">Which process, as machine and process id.</param>
/// <param name="Since">When it began, UTC.</param>
/// <param name="Id">Of this run.</param>
public sealed record RunningJob(string Process, DateTimeOffset Since, Guid Id);

/// <summary>What is known at a site of one of its jobs.</summary>
/// <param name="Name">At the command line and in addresses.</param>
/// <param name="Description">What it does.</param>
public sealed record JobState(string Name, string Description)
{
    /// <summary>The cron expression by which it runs, seconds first, UTC; null when it runs only when somebody asks.</summary>
    /// <example>0/30 * * * * ?</example>
    public string? Schedule { get; init; }

    /// <summary>When it runs next by itself, UTC; null when it does not, or no process is there that would run it.</summary>
    public DateTimeOffset? NextRunAt { get; init; }

    /// <summary>When a process that would run it was last seen, UTC.</summary>
    public DateTimeOffset SeenAt { get; init; }

    /// <summary>The run that goes on now.</summary>
    public RunningJob? Running { get; init; }

    /// <summary>The last run that is over.</summary>
    public JobRun? LastRun { get; init; }

    /// <summary>Since the beginning, of all runs together.</summary>
    public JobTotals Totals { get; init; } = new();
}

/// <summary>Of all runs together.</summary>
public sealed record JobTotals
{
    /// <summary>How many runs there were.</summary>
    public long Runs { get; init; }

    /// <summary>How many of them have not ended as they should.</summary>
    public long FailedRuns { get; init; }

    /// <summary>Items that were done.</summary>
    public long Done { get; init; }

    /// <summary>Items that have failed.</summary>
    public long Failed { get; init; }

    /// <summary>Seconds of all runs.</summary>
    public double Seconds { get; init; }

    internal JobTotals With(JobRun run) => new()
    {
        Runs = Runs + 1,
        FailedRuns = FailedRuns + (run.Outcome is JobOutcome.Failed or JobOutcome.SomeFailed ? 1 : 0),
        Done = Done + run.Done,
        Failed = Failed + run.Failed,
        Seconds = Seconds + run.DurationSeconds,
    };
}
