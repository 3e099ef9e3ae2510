using FluentValidation;
using OpsDb.Kernel;

namespace OpsDb.Transfers;

/// <summary>
/// A data transfer package goes from one buffer to another. Copying and unpacking are told apart, so that what failed to be unpacked is
/// unpacked again without being copied again.
/// </summary>
public sealed record DataTransfer : WorkRow, IRow<DataTransfer>, IRestartable<DataTransfer>
{
    public static Table<DataTransfer> Table { get; } = new("data_transfer")
    {
        IsTold = true,
        SeenWith = [],
        Filters =
        [
            Field.OneOf((DataTransfer t) => t.DataTransferPackageId, "of these data transfer packages"),
            Field.OneOf((DataTransfer t) => t.RouteId, "on these routes"),
            Field.OneOf((DataTransfer t) => t.OriginLocationId, "from these locations"),
            Field.OneOf((DataTransfer t) => t.DestinationLocationId, "to these locations"),
            Field.OneOf((DataTransfer t) => t.FirstHop, "that leave the site of the package's origin, or with false those between archives"),
            Field.OneOf((DataTransfer t) => t.Status, "with this state of being copied"),
            Field.OneOf((DataTransfer t) => t.UnpackStatus, "with this state of being unpacked"),
            Field.From("since_from", (DataTransfer t) => t.Since, "in their state since then or later"),
            Field.Before("since_before", (DataTransfer t) => t.Since, "in their state since before then"),
        ],
        Sorts = [Field.Sort((DataTransfer t) => t.Since), Field.Sort((DataTransfer t) => t.StartedAt), Field.Sort((DataTransfer t) => t.EndedAt)],
        DefaultSort = "-id",
        Patchable = ["next_step", "deadline"],
    };

    /// <summary>How far the copying can move.</summary>
    public static Transitions<WorkStatus> CopyTransitions { get; } = Work.Transitions("data transfer");

    /// <summary>How far the unpacking can move.</summary>
    public static Transitions<WorkStatus> UnpackTransitions { get; } = Work.Transitions("unpacking of the data transfer");

    /// <summary>What is moved.</summary>
    public required Guid DataTransferPackageId { get; init; }

    /// <summary>By which way; null when none was chosen.</summary>
    /// <example>1</example>
    public int? RouteId { get; init; }

    /// <summary>The buffer from which.</summary>
    /// <example>2</example>
    public required int OriginLocationId { get; init; }

    /// <summary>The buffer to which.</summary>
    /// <example>5</example>
    public required int DestinationLocationId { get; init; }

    /// <summary>Whether it leaves the site of the package's origin, which each package does once.</summary>
    /// <example>true</example>
    public required bool FirstHop { get; init; }

    /// <summary>How far the copying is.</summary>
    /// <example>completed</example>
    public WorkStatus Status { get; init; }

    /// <summary>How far the unpacking is, which begins when the copying is done.</summary>
    /// <example>in_progress</example>
    public WorkStatus UnpackStatus { get; init; }

    /// <summary>How often the unpacking was tried; <c>attempt</c> counts the copying.</summary>
    /// <example>1</example>
    public int UnpackAttempt { get; init; }

    /// <summary>When the last try of copying began, UTC.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When the copying was done, UTC.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Copied so far, bytes.</summary>
    /// <example>12000000000000</example>
    public long? CopiedBytes { get; init; }

    /// <summary>How fast it was copied last, bytes/s; null while nothing is.</summary>
    /// <example>120000000</example>
    public long? BytesPerSecond { get; init; }

    /// <summary>When the copying is done if it stays so fast, UTC; null while nobody can tell.</summary>
    public DateTimeOffset? ExpectedEndAt { get; init; }

    string IRestartable<DataTransfer>.StateText => Status == WorkStatus.Completed ? $"unpacking {EnumText.Of(UnpackStatus)}" : EnumText.Of(Status);

    DataTransfer? IRestartable<DataTransfer>.Retried() => Status == WorkStatus.Failed ? Anew(this)
        : UnpackStatus == WorkStatus.Failed ? this with { UnpackStatus = WorkStatus.Pending, NextStep = "unpacking" }
        : null;

    DataTransfer? IRestartable<DataTransfer>.Begun() => Status.IsBegun() ? Anew(this)
        : UnpackStatus.IsBegun() ? this with { UnpackStatus = WorkStatus.Pending, UnpackAttempt = 0, NextStep = "unpacking" }
        : null;

    private static DataTransfer Anew(DataTransfer transfer) => transfer with
    {
        Status = WorkStatus.Pending,
        NextStep = "copying",
        StartedAt = null,
        EndedAt = null,
        CopiedBytes = null,
        BytesPerSecond = null,
        ExpectedEndAt = null,
    };
}

internal sealed class DataTransferRules : WorkRules<DataTransfer>
{
    public DataTransferRules()
    {
        RuleFor(t => t.DestinationLocationId).NotEqual(t => t.OriginLocationId).WithMessage("is another location than the origin");
        RuleFor(t => t.CopiedBytes).GreaterThanOrEqualTo(0).WithMessage("is in bytes, at least 0");
    }
}
