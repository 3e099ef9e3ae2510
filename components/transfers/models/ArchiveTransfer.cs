using OpsDb.Kernel;
using OpsDb.RawData;

namespace OpsDb.Transfers;

/// <summary>A raw data package goes from a buffer into the long-term archive of the same or of another site.</summary>
public sealed record ArchiveTransfer : WorkRow, IRow<ArchiveTransfer>, IRestartable<ArchiveTransfer>
{
    public static Table<ArchiveTransfer> Table { get; } = new("long_term_archive_transfer")
    {
        IsTold = true,
        SeenWith = [Field.With((ArchiveTransfer t) => t.RawDataPackageId, RawDataPackage.Table)],
        Noun = "archive transfer",
        Resource = "archive_transfers",
        Filters =
        [
            Field.OneOf((ArchiveTransfer t) => t.RawDataPackageId, "of these raw data packages"),
            Field.OneOf((ArchiveTransfer t) => t.OriginLocationId, "from these locations"),
            Field.OneOf((ArchiveTransfer t) => t.DestinationLocationId, "to these archives"),
            Field.OneOf((ArchiveTransfer t) => t.Status, "in one of these states"),
            Field.From("since_from", (ArchiveTransfer t) => t.Since, "in their state since then or later"),
            Field.Before("since_before", (ArchiveTransfer t) => t.Since, "in their state since before then"),
        ],
        Sorts = [Field.Sort((ArchiveTransfer t) => t.Since)],
        DefaultSort = "-id",
        Patchable = ["next_step", "deadline"],
    };

    public static Transitions<WorkStatus> Transitions { get; } = Work.Transitions("archive transfer");

    /// <summary>What is archived.</summary>
    public required Guid RawDataPackageId { get; init; }

    /// <summary>From where.</summary>
    /// <example>5</example>
    public required int OriginLocationId { get; init; }

    /// <summary>The long-term archive.</summary>
    /// <example>6</example>
    public required int DestinationLocationId { get; init; }

    /// <summary>How far it is; completed when the archive has a verified copy.</summary>
    /// <example>completed</example>
    public WorkStatus Status { get; init; }

    string IRestartable<ArchiveTransfer>.StateText => EnumText.Of(Status);

    ArchiveTransfer? IRestartable<ArchiveTransfer>.Retried() => Status == WorkStatus.Failed ? Anew(this) : null;

    ArchiveTransfer? IRestartable<ArchiveTransfer>.Begun() => Status.IsBegun() ? Anew(this) : null;

    private static ArchiveTransfer Anew(ArchiveTransfer transfer) => transfer with { Status = WorkStatus.Pending, NextStep = "archiving" };
}

internal sealed class ArchiveTransferRules : WorkRules<ArchiveTransfer>;
