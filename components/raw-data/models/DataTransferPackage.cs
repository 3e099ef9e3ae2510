using FluentValidation;
using OpsDb.Kernel;

namespace OpsDb.RawData;

/// <summary>A bundle of raw data packages, large enough for a long way: it leaves the site of its origin once.</summary>
public sealed record DataTransferPackage : WorkRow, IRow<DataTransferPackage>, IRestartable<DataTransferPackage>
{
    public static Table<DataTransferPackage> Table { get; } = new("data_transfer_package")
    {
        IsTold = true,
        SeenWith = [],
        Filters =
        [
            Field.OneOf((DataTransferPackage p) => p.OriginLocationId, "bundled at these locations"),
            Field.OneOf((DataTransferPackage p) => p.Status, "with this state of being bundled"),
            Field.From("since_from", (DataTransferPackage p) => p.Since, "in their state since then or later"),
            Field.Before("since_before", (DataTransferPackage p) => p.Since, "in their state since before then"),
        ],
        Sorts = [Field.Sort((DataTransferPackage p) => p.Since), Field.Sort((DataTransferPackage p) => p.SizeBytes)],
        Patchable = ["next_step", "deadline"],
    };

    /// <summary>How far the bundling can move.</summary>
    public static Transitions<WorkStatus> Transitions { get; } = Work.Transitions("data transfer package");

    /// <summary>The buffer in which it is bundled, from which it leaves.</summary>
    /// <example>2</example>
    public required int OriginLocationId { get; init; }

    /// <summary>How many raw data packages it has.</summary>
    /// <example>240</example>
    public required int PackageCount { get; init; }

    /// <summary>Of its raw data packages together, bytes.</summary>
    /// <example>12000000000000</example>
    public required long SizeBytes { get; init; }

    /// <summary>How far the bundling is.</summary>
    /// <example>completed</example>
    public WorkStatus Status { get; init; }

    /// <summary>Of the bundle as one file, below its origin, once there is one.</summary>
    public string? FileName { get; init; }

    /// <summary>Of the bundle as one file, once there is one; lower-case hexadecimal digits.</summary>
    public byte[]? Checksum { get; init; }

    /// <summary>How the checksum was computed.</summary>
    public ChecksumAlgorithm? ChecksumAlgorithm { get; init; }

    string IRestartable<DataTransferPackage>.StateText => EnumText.Of(Status);

    DataTransferPackage? IRestartable<DataTransferPackage>.Retried() =>
        Status == WorkStatus.Failed ? this with { Status = WorkStatus.Pending, NextStep = "bundling" } : null;

    DataTransferPackage? IRestartable<DataTransferPackage>.Begun() =>
        Status.IsBegun() ? this with { Status = WorkStatus.Pending, NextStep = "bundling" } : null;
}

internal sealed class DataTransferPackageRules : WorkRules<DataTransferPackage>
{
    public DataTransferPackageRules()
    {
        RuleFor(p => p.FileName).IsName();
        RuleFor(p => p.Checksum).Must((p, c) => c is null || p.ChecksumAlgorithm is { } by && c.Length == Checksums.Length(by))
            .WithMessage(p => p.ChecksumAlgorithm is { } by ? Checksums.Form(by) : "comes with its checksum_algorithm");
        RuleFor(p => p.ChecksumAlgorithm).Null().When(p => p.Checksum is null).WithMessage("comes with a checksum");
    }
}
