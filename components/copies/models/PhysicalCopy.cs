using System.Globalization;
using FluentValidation;
using OpsDb.Kernel;
using OpsDb.Locations;
using OpsDb.RawData;

namespace OpsDb.Copies;

/// <summary>Whether a copy is there.</summary>
public enum CopyStatus
{
    /// <summary>It can be read.</summary>
    Present,

    /// <summary>It was unpacked where it is worked on, and the packed file is gone.</summary>
    Staged,

    /// <summary>A raw file whose package is safe elsewhere, so that it may go.</summary>
    DeletionPossible,

    /// <summary>Its deletion is in a queue.</summary>
    DeletionScheduled,

    /// <summary>Somebody deletes it.</summary>
    DeletionInProgress,

    /// <summary>It is gone.</summary>
    Deleted,

    /// <summary>It could not be deleted.</summary>
    DeletionFailed,
}

/// <summary>
/// That an object is at a data location: a raw data file, a raw data package, or a data transfer package. Its id follows from both, so
/// that there is one row for each place, whoever tells of it and however often.
/// </summary>
public sealed record PhysicalCopy : WorkRow, IRow<PhysicalCopy>, IRestartable<PhysicalCopy>
{
    public static Table<PhysicalCopy> Table { get; } = new("physical_copy")
    {
        IsTold = true,
        SeenWith =
        [
            Field.With((PhysicalCopy c) => c.RawDataFileId, RawDataFile.Table),
            Field.With((PhysicalCopy c) => c.RawDataPackageId, RawDataPackage.Table),
        ],
        Filters =
        [
            Field.OneOf((PhysicalCopy c) => c.DataLocationId, "at these locations"),
            Field.OneOf((PhysicalCopy c) => c.LocationType, "at locations for one of these purposes"),
            Field.OneOf((PhysicalCopy c) => c.RawDataFileId, "of these files"),
            Field.OneOf((PhysicalCopy c) => c.RawDataPackageId, "of these raw data packages"),
            Field.OneOf((PhysicalCopy c) => c.DataTransferPackageId, "of these data transfer packages"),
            Field.OneOf((PhysicalCopy c) => c.Status, "in one of these states"),
            Field.IsSet("verified", (PhysicalCopy c) => c.VerifiedAt, "whose content was found to be right, or with false those that nobody has looked at"),
            Field.From("since_from", (PhysicalCopy c) => c.Since, "in their state since then or later"),
            Field.Before("since_before", (PhysicalCopy c) => c.Since, "in their state since before then"),
        ],
        Sorts = [Field.Sort((PhysicalCopy c) => c.Since), Field.Sort((PhysicalCopy c) => c.DataLocationId), Field.Sort((PhysicalCopy c) => c.VerifiedAt)],
        Patchable = ["next_step", "deadline"],
    };

    /// <summary>How a copy comes to be, and goes. One that is gone may come back.</summary>
    public static Transitions<CopyStatus> Transitions { get; } = new("copy", new Dictionary<CopyStatus, CopyStatus[]>
    {
        [CopyStatus.Present] = [CopyStatus.Staged, CopyStatus.DeletionPossible, CopyStatus.DeletionScheduled],
        [CopyStatus.Staged] = [CopyStatus.DeletionScheduled],
        [CopyStatus.DeletionPossible] = [CopyStatus.DeletionScheduled, CopyStatus.Present],
        [CopyStatus.DeletionScheduled] = [CopyStatus.DeletionInProgress, CopyStatus.Present, CopyStatus.Staged],
        [CopyStatus.DeletionInProgress] = [CopyStatus.Deleted, CopyStatus.DeletionFailed],
        [CopyStatus.DeletionFailed] = [CopyStatus.DeletionScheduled, CopyStatus.Present, CopyStatus.Staged],
        [CopyStatus.Deleted] = [CopyStatus.Present, CopyStatus.Staged],
    });

    /// <summary>Where it is.</summary>
    /// <example>3</example>
    public required int DataLocationId { get; init; }

    /// <summary>What that location is for.</summary>
    /// <example>long_term_archive</example>
    public required LocationType LocationType { get; init; }

    /// <summary>Of this file; null for a copy of something else.</summary>
    public Guid? RawDataFileId { get; init; }

    /// <summary>Of this raw data package; null for a copy of something else.</summary>
    public Guid? RawDataPackageId { get; init; }

    /// <summary>Of this data transfer package; null for a copy of something else.</summary>
    public Guid? DataTransferPackageId { get; init; }

    /// <summary>Whether it is there.</summary>
    /// <example>present</example>
    public CopyStatus Status { get; init; }

    /// <summary>When its content was last found to be what it should be, UTC; null when nobody has looked, or it was not.</summary>
    /// <example>2026-03-01T06:00:00Z</example>
    public DateTimeOffset? VerifiedAt { get; init; }

    /// <summary>By which checksum, lower-case hexadecimal digits.</summary>
    public byte[]? VerifiedChecksum { get; init; }

    /// <summary>How that was computed.</summary>
    public ChecksumAlgorithm? VerifiedAlgorithm { get; init; }

    string IRestartable<PhysicalCopy>.StateText => EnumText.Of(Status);

    PhysicalCopy? IRestartable<PhysicalCopy>.Retried() => Status == CopyStatus.DeletionFailed
        ? this with { Status = CopyStatus.DeletionScheduled, NextStep = "deletion" }
        : IsWrong() ? this with { NextStep = CopyAgain } : null;

    PhysicalCopy? IRestartable<PhysicalCopy>.Begun() => Status is CopyStatus.DeletionFailed or CopyStatus.DeletionScheduled or CopyStatus.DeletionPossible
        ? this with { Status = Kept(), NextStep = null }
        : null;

    /// <summary>What has to be done with one whose content is not what it should be.</summary>
    internal const string CopyAgain = "copy again";

    /// <summary>Whether its content was found to be another than it should be, or gone; of one at which nobody has looked nobody knows.</summary>
    public bool IsWrong() => Status == CopyStatus.Present && VerifiedAt is null && NextStep == CopyAgain;

    /// <summary>What it is when nobody deletes it.</summary>
    public CopyStatus Kept() => LocationType == LocationType.Processing && RawDataPackageId is not null ? CopyStatus.Staged : CopyStatus.Present;

    /// <summary>The copy, of whose content nothing is known.</summary>
    public PhysicalCopy Unverified() => this with { VerifiedAt = null, VerifiedChecksum = null, VerifiedAlgorithm = null };

    /// <summary>A copy that somebody has found, of one object.</summary>
    public static PhysicalCopy At(DataLocation location, DateTimeOffset now, Guid? file = null, Guid? package = null, Guid? bundle = null) => new()
    {
        Id = IdOf((file ?? package ?? bundle)!.Value, location.Id),
        DataLocationId = location.Id,
        LocationType = location.LocationType,
        RawDataFileId = file,
        RawDataPackageId = package,
        DataTransferPackageId = bundle,
        Since = now,
    };

    /// <summary>The id of the copy of an object at a location.</summary>
    public static Guid IdOf(Guid item, int location) => DerivedId.Of(item, string.Create(CultureInfo.InvariantCulture, $"copy\n{location}"));
}

internal sealed class PhysicalCopyRules : WorkRules<PhysicalCopy>
{
    public PhysicalCopyRules()
    {
        RuleFor(c => c.Status).NotEqual(CopyStatus.Staged).When(c => c.LocationType != LocationType.Processing || c.RawDataPackageId is null)
            .WithMessage("can be staged for a raw data package at a location of type processing alone");
        RuleFor(c => c.Status).NotEqual(CopyStatus.DeletionPossible).When(c => c.RawDataFileId is null)
            .WithMessage("can be deletion_possible for a raw data file alone");
        RuleFor(c => c.Status).Equal(CopyStatus.Present).When(c => c.LocationType == LocationType.LongTermArchive)
            .WithMessage("is present for ever in a long-term archive: nothing is deleted from there");
    }
}
