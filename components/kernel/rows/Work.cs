using FluentValidation;

namespace OpsDb.Kernel;

/// <summary>How far a piece of work is.</summary>
public enum WorkStatus
{
    /// <summary>Waits to be taken.</summary>
    Pending,

    /// <summary>In a queue.</summary>
    Scheduled,

    /// <summary>Somebody is at it.</summary>
    InProgress,

    /// <summary>Done.</summary>
    Completed,

    /// <summary>Given up until somebody retries it.</summary>
    Failed,
}

/// <summary>Something that goes through states for hours or days: it says why it is where it is, and what comes next.</summary>
public abstract record WorkRow : Row<Guid>
{
    /// <summary>How often the present step was tried.</summary>
    /// <example>0</example>
    public int Attempt { get; init; }

    /// <summary>When it came into its present state, UTC.</summary>
    /// <example>2026-03-01T03:10:00Z</example>
    public DateTimeOffset Since { get; init; }

    /// <summary>Why it is in this state.</summary>
    public string? Reason { get; init; }

    /// <summary>What has to happen next.</summary>
    /// <example>transfer</example>
    public string? NextStep { get; init; }

    /// <summary>When the present step should be done, UTC.</summary>
    public DateTimeOffset? Deadline { get; init; }
}

/// <summary>Work that a person can set going again.</summary>
public interface IRestartable<T> where T : WorkRow, IRow<T>
{
    /// <summary>The row with what has failed waiting again; null when nothing has failed.</summary>
    T? Retried();

    /// <summary>The row with what is not done waiting again, as if it had never been tried; null when there is nothing to begin anew.</summary>
    T? Begun();

    /// <summary>The state in a word, as the columns have it.</summary>
    string StateText { get; }
}

/// <summary>What all kinds of work have in common.</summary>
public static class Work
{
    /// <summary>How the status of work moves. Whatever is not done yet can be put back by a person; what is done stays done.</summary>
    /// <param name="subject">What is worked on, as a sentence has it.</param>
    public static Transitions<WorkStatus> Transitions(string subject) => new(subject, new Dictionary<WorkStatus, WorkStatus[]>
    {
        [WorkStatus.Pending] = [WorkStatus.Scheduled],
        [WorkStatus.Scheduled] = [WorkStatus.InProgress, WorkStatus.Failed, WorkStatus.Pending],
        [WorkStatus.InProgress] = [WorkStatus.Completed, WorkStatus.Failed, WorkStatus.Pending],
        [WorkStatus.Failed] = [WorkStatus.Pending],
    });

    /// <summary>Whether it has been taken and is not done.</summary>
    public static bool IsBegun(this WorkStatus status) => status is WorkStatus.Scheduled or WorkStatus.InProgress or WorkStatus.Failed;

    /// <summary>The row in its new state: since now, and for the reason given.</summary>
    public static T Moved<T>(this T row, DateTimeOffset now, WorkMove move) where T : WorkRow =>
        row with { Since = now, Reason = move.Reason, NextStep = move.NextStep, Deadline = move.Deadline };
}

/// <summary>The rules of what all work has.</summary>
public abstract class WorkRules<T> : AbstractValidator<T> where T : WorkRow
{
    protected WorkRules()
    {
        RuleFor(w => w.Reason).IsText(2000);
        RuleFor(w => w.NextStep).IsText(2000);
    }
}

/// <summary>What is said of a move besides the state.</summary>
public abstract record WorkMove
{
    /// <summary>Why; has to be said when something has failed.</summary>
    public string? Reason { get; init; }

    /// <summary>What has to happen next.</summary>
    public string? NextStep { get; init; }

    /// <summary>When the present step should be done, UTC.</summary>
    public DateTimeOffset? Deadline { get; init; }
}
