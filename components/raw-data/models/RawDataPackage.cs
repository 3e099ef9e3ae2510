using System.Globalization;
using System.Text.Json;
using FluentValidation;
using OpsDb.Executions;
using OpsDb.Kernel;

namespace OpsDb.RawData;

/// <summary>Where a package is on its way from the instrument to the archive.</summary>
public enum Whereabouts
{
    /// <summary>At its first location alone.</summary>
    Waiting,

    /// <summary>In a bundle that is moved.</summary>
    Transferring,

    /// <summary>Safe in a long-term archive.</summary>
    Archived,

    /// <summary>Lost its way: moving or archiving it has failed.</summary>
    Failed,
}

/// <summary>Files of one execution and one instrument module that are packed, moved and archived together.</summary>
public sealed record RawDataPackage : WorkRow, IRow<RawDataPackage>, IRestartable<RawDataPackage>
{
    public static Table<RawDataPackage> Table { get; } = new("raw_data_package")
    {
        IsTold = true,
        SeenWith = [Field.With((RawDataPackage p) => p.ExecutedObsUnitId, Execution.Table)],
        IsLarge = true,
        Creation = new CriticalAttribute("raw_data_packages.create"),
        Change = new CriticalAttribute("raw_data_packages.change") { Deferrable = true },
        Filters =
        [
            Field.OneOf((RawDataPackage p) => p.ExecutedObsUnitId, "of these executions"),
            Field.OneOf((RawDataPackage p) => p.InstrumentModuleId, "of these modules"),
            Field.OneOf((RawDataPackage p) => p.DataTransferPackageId, "in these data transfer packages"),
            Field.OneOf((RawDataPackage p) => p.BuildStatus, "with this state of being packed"),
            Field.OneOf((RawDataPackage p) => p.State, "in one of these whereabouts"),
            Field.IsSet("finalized", (RawDataPackage p) => p.FinalizedAt, "to which no more files come, or with false those that wait for some"),
            Field.From("since_from", (RawDataPackage p) => p.Since, "in their state since then or later"),
            Field.Before("since_before", (RawDataPackage p) => p.Since, "in their state since before then"),
            Field.Contains((RawDataPackage p) => p.Metadata, "whose metadata contain this"),
        ],
        Sorts = [Field.Sort((RawDataPackage p) => p.Since), Field.Sort((RawDataPackage p) => p.PartNumber), Field.Sort((RawDataPackage p) => p.SizeBytes)],
        Facts = [Field.Fact((RawDataPackage p) => p.FinalizedAt)],
        Patchable = ["metadata", "next_step", "deadline"],
    };

    /// <summary>How far the packing can move.</summary>
    public static Transitions<WorkStatus> BuildTransitions { get; } = Work.Transitions("build status of the package");

    /// <summary>How the whereabouts can move; into <c>archived</c> only archiving moves them.</summary>
    public static Transitions<Whereabouts> StateTransitions { get; } = new("state of the package", new Dictionary<Whereabouts, Whereabouts[]>
    {
        [Whereabouts.Waiting] = [Whereabouts.Transferring, Whereabouts.Archived, Whereabouts.Failed],
        [Whereabouts.Transferring] = [Whereabouts.Archived, Whereabouts.Failed],
        [Whereabouts.Failed] = [Whereabouts.Waiting, Whereabouts.Transferring],
    });

    /// <summary>The execution that its files are from.</summary>
    public required Guid ExecutedObsUnitId { get; init; }

    /// <summary>The module that made them.</summary>
    /// <example>1</example>
    public required int InstrumentModuleId { get; init; }

    /// <summary>From 1: what is too large for one package goes into several.</summary>
    /// <example>1</example>
    public required int PartNumber { get; init; }

    /// <summary>When it was said that no more files come, UTC; null while some may.</summary>
    public DateTimeOffset? FinalizedAt { get; init; }

    /// <summary>How many files it has, counted when it was finalized.</summary>
    /// <example>1200</example>
    public int? FileCount { get; init; }

    /// <summary>Of its files together, bytes, counted when it was finalized.</summary>
    /// <example>32212254720</example>
    public long? SizeBytes { get; init; }

    /// <summary>Of the packed file, once it is built; lower-case hexadecimal digits.</summary>
    public byte[]? Checksum { get; init; }

    /// <summary>How the checksum was computed.</summary>
    public ChecksumAlgorithm? ChecksumAlgorithm { get; init; }

    /// <summary>How far the packing is.</summary>
    /// <example>pending</example>
    public WorkStatus BuildStatus { get; init; }

    /// <summary>Where it is on its way to the archive.</summary>
    /// <example>waiting</example>
    public Whereabouts State { get; init; }

    /// <summary>The data transfer package in which it leaves its first site; null until it is in one.</summary>
    public Guid? DataTransferPackageId { get; init; }

    /// <summary>What the instrument says of the data.</summary>
    public JsonElement? Metadata { get; init; }

    string IRestartable<RawDataPackage>.StateText => BuildStatus == WorkStatus.Completed ? EnumText.Of(State) : EnumText.Of(BuildStatus);

    RawDataPackage? IRestartable<RawDataPackage>.Retried() =>
        BuildStatus == WorkStatus.Failed ? this with { BuildStatus = WorkStatus.Pending, NextStep = "packing" }
        : State == Whereabouts.Failed ? this with { State = Whereabouts.Waiting, NextStep = "transfer" }
        : null;

    RawDataPackage? IRestartable<RawDataPackage>.Begun() => BuildStatus.IsBegun() ? this with { BuildStatus = WorkStatus.Pending, NextStep = "packing" }
        : ((IRestartable<RawDataPackage>)this).Retried();

    /// <summary>The range that every registration for the package touches, and its finalization claims.</summary>
    internal static string FilesOf(Guid package) => $"raw_data_package/{package}/files";

    /// <summary>The id of the package, which follows from what it is of.</summary>
    public static Guid IdOf(Guid execution, int module, int part) =>
        DerivedId.Of(execution, string.Create(CultureInfo.InvariantCulture, $"package\n{module}\n{part}"));
}

internal sealed class RawDataPackageRules : WorkRules<RawDataPackage>
{
    public const int MaxParts = 100_000;

    public RawDataPackageRules()
    {
        RuleFor(p => p.PartNumber).InclusiveBetween(1, MaxParts).WithMessage($"is a number from 1 to {MaxParts}");
        RuleFor(p => p.Checksum).Must((p, c) => c is null || p.ChecksumAlgorithm is { } by && c.Length == Checksums.Length(by))
            .WithMessage(p => p.ChecksumAlgorithm is { } by ? Checksums.Form(by) : "comes with its checksum_algorithm");
        RuleFor(p => p.ChecksumAlgorithm).Null().When(p => p.Checksum is null).WithMessage("comes with a checksum");
        RuleFor(p => p.Metadata).Must(m => m is null or { ValueKind: JsonValueKind.Object }).WithMessage("is an object");
    }
}
