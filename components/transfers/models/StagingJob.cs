using FluentValidation;
using OpsDb.Kernel;

namespace OpsDb.Transfers;

/// <summary>Somebody wants packages of the archive unpacked where they are worked on. While it is not released, nothing that it needs is deleted.</summary>
public sealed record StagingJob : WorkRow, IRow<StagingJob>, IRestartable<StagingJob>
{
    public static Table<StagingJob> Table { get; } = new("staging_job")
    {
        IsTold = true,
        SeenWith = [],
        SeenBy = Field.ColumnOf((StagingJob j) => j.RequestedBy),
        Filters =
        [
            Field.OneOf((StagingJob j) => j.DestinationLocationId, "to these locations"),
            Field.OneOf((StagingJob j) => j.RequestedBy, "that one of these users asked for"),
            Field.OneOf((StagingJob j) => j.Status, "in one of these states"),
            Field.Has((StagingJob j) => j.RawDataPackageIds, "with one of these raw data packages"),
            Field.IsSet("released", (StagingJob j) => j.ReleasedAt, "that were released, or with false those whose data are kept"),
            Field.From("since_from", (StagingJob j) => j.Since, "in their state since then or later"),
            Field.Before("since_before", (StagingJob j) => j.Since, "in their state since before then"),
        ],
        Sorts = [Field.Sort((StagingJob j) => j.Since), Field.Sort((StagingJob j) => j.SizeBytes)],
        DefaultSort = "-id",
        Patchable = ["next_step", "deadline"],
    };

    public static Transitions<WorkStatus> Transitions { get; } = Work.Transitions("staging job");

    /// <summary>What is staged.</summary>
    public required Guid[] RawDataPackageIds { get; init; }

    /// <summary>From which location; null until a worker has chosen it.</summary>
    /// <example>6</example>
    public int? OriginLocationId { get; init; }

    /// <summary>Where it is unpacked: a location of type processing.</summary>
    /// <example>8</example>
    public required int DestinationLocationId { get; init; }

    /// <summary>Who asked for it.</summary>
    /// <example>observer</example>
    public required string RequestedBy { get; init; }

    /// <summary>What the packages will take, bytes: their sizes together.</summary>
    /// <example>160000000000</example>
    public required long SizeBytes { get; init; }

    /// <summary>How far it is.</summary>
    /// <example>completed</example>
    public WorkStatus Status { get; init; }

    /// <summary>When the data were no longer needed there, UTC; null while they are.</summary>
    public DateTimeOffset? ReleasedAt { get; init; }

    /// <summary>Whether it takes up room, and keeps data from being deleted.</summary>
    public bool TakesRoom() => ReleasedAt is null && Status != WorkStatus.Failed;

    string IRestartable<StagingJob>.StateText => ReleasedAt is null ? EnumText.Of(Status) : "released";

    StagingJob? IRestartable<StagingJob>.Retried() => ReleasedAt is null && Status == WorkStatus.Failed ? Anew(this) : null;

    StagingJob? IRestartable<StagingJob>.Begun() => ReleasedAt is null && Status.IsBegun() ? Anew(this) : null;

    private static StagingJob Anew(StagingJob job) => job with { Status = WorkStatus.Pending, NextStep = "staging", OriginLocationId = null };
}

internal sealed class StagingJobRules : WorkRules<StagingJob>
{
    public const int MaxPackages = 1000;

    public StagingJobRules() => RuleFor(j => j.RawDataPackageIds).Must(p => p.Length is > 0 and <= MaxPackages && p.Distinct().Count() == p.Length)
        .WithMessage($"has 1 to {MaxPackages} packages, each once");
}
