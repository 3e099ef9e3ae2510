using FluentValidation;
using OpsDb.Kernel;
using OpsDb.Locations;

namespace OpsDb.Jobs;

/// <summary>Where an item of work is.</summary>
public enum WorkItemState
{
    /// <summary>For a worker to take it.</summary>
    Waiting,

    /// <summary>A worker is at it.</summary>
    Claimed,

    /// <summary>Done.</summary>
    Done,

    /// <summary>Given up until a person sets it going again.</summary>
    Quarantined,
}

/// <summary>
/// Something that has to be done with one object at one data location. Its id follows from that, so that there is one item for it, whoever finds
/// that it has to be done and however often. Whoever takes it gets a fencing number, higher each time, without which nothing can be recorded.
/// </summary>
public sealed record WorkItem : WorkRow, IRow<WorkItem>, IRestartable<WorkItem>
{
    public static Table<WorkItem> Table { get; } = new("work_item")
    {
        IsTold = true,
        SeenWith = [],
        Creation = new CriticalAttribute("work_items.create") { Deferrable = true },
        Change = new CriticalAttribute("work_items.change") { Deferrable = true },
        Filters =
        [
            Field.OneOf((WorkItem i) => i.Queue, "in these queues"),
            Field.OneOf((WorkItem i) => i.Operation, "of these operations"),
            Field.OneOf((WorkItem i) => i.DataLocationId, "at these locations"),
            Field.OneOf((WorkItem i) => i.SubjectId, "on these objects"),
            Field.OneOf((WorkItem i) => i.State, "in one of these states"),
            Field.From("since_from", (WorkItem i) => i.Since, "in their state since then or later"),
            Field.Before("since_before", (WorkItem i) => i.Since, "in their state since before then"),
        ],
        Sorts = [Field.Sort((WorkItem i) => i.Since), Field.Sort((WorkItem i) => i.Priority)],
        DefaultSort = "since",
        Patchable = ["priority", "next_step", "deadline"],
    };

    /// <summary>How often an item is tried.</summary>
    public const int MaxAttempts = 5;

    /// <summary>Of the site, the location and the operation; the workers of the location take from it.</summary>
    /// <example>peak_output_buffer_packaging</example>
    public required string Queue { get; init; }

    /// <summary>What is to be done.</summary>
    /// <example>packaging</example>
    public required string Operation { get; init; }

    /// <summary>Where.</summary>
    /// <example>2</example>
    public required int DataLocationId { get; init; }

    /// <summary>With which object: a package, a bundle, a transfer, a copy, whatever the operation is about.</summary>
    public required Guid SubjectId { get; init; }

    /// <summary>0 to 1000; the lowest number is taken first.</summary>
    /// <example>500</example>
    public int Priority { get; init; } = 500;

    /// <summary>Where it is.</summary>
    /// <example>waiting</example>
    public WorkItemState State { get; init; }

    /// <summary>How often it was taken: whoever took it last may record what became of it, nobody else.</summary>
    /// <example>1</example>
    public long Fence { get; init; }

    /// <summary>From when on it can be taken, UTC.</summary>
    /// <example>2026-03-01T03:10:00Z</example>
    public DateTimeOffset NotBefore { get; init; }

    /// <summary>By which process it was last taken.</summary>
    /// <example>buffer-1/4711</example>
    public string? ClaimedBy { get; init; }

    string IRestartable<WorkItem>.StateText => EnumText.Of(State);

    WorkItem? IRestartable<WorkItem>.Retried() => State == WorkItemState.Quarantined ? Anew() : null;

    WorkItem? IRestartable<WorkItem>.Begun() => State is WorkItemState.Quarantined or WorkItemState.Claimed ? Anew() : null;

    /// <summary>The item waits, and whoever still works on it can record nothing any more.</summary>
    internal WorkItem Anew() => this with { State = WorkItemState.Waiting, Fence = Fence + 1, NotBefore = default, NextStep = Operation };

    /// <summary>The id of the item.</summary>
    public static Guid IdOf(string operation, int location, Guid subject) =>
        DerivedId.Of(subject, FormattableString.Invariant($"work\n{operation}\n{location}"));

    /// <summary>The name of a queue.</summary>
    public static string QueueOf(Locations.Site site, DataLocation location, string operation) => $"{site.ShortName}_{location.Name}_{operation}";
}

internal sealed class WorkItemRules : WorkRules<WorkItem>
{
    public WorkItemRules() => RuleFor(i => i.Priority).InclusiveBetween(0, 1000).WithMessage("is 0 to 1000, the lower the sooner");
}
