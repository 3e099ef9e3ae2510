using FluentValidation;
using OpsDb.Kernel;
using OpsDb.RawData;

namespace OpsDb.Copies;

/// <summary>Somebody wants data to stay: nothing that is held is deleted.</summary>
public sealed record Hold : Row<Guid>, IRow<Hold>
{
    public static Table<Hold> Table { get; } = new("data_hold")
    {
        SeenWith = [Field.With((Hold h) => h.PhysicalCopyId, PhysicalCopy.Table), Field.With((Hold h) => h.RawDataPackageId, RawDataPackage.Table)],
        Noun = "hold",
        Resource = "holds",
        Filters =
        [
            Field.OneOf((Hold h) => h.PhysicalCopyId, "on these copies"),
            Field.OneOf((Hold h) => h.RawDataPackageId, "on these raw data packages"),
            Field.IsSet("released", (Hold h) => h.ReleasedAt, "that were released, or with false those that were not"),
            Field.From("until_from", (Hold h) => h.Until, "that end by themselves then or later"),
            Field.Before("until_before", (Hold h) => h.Until, "that end by themselves before then"),
        ],
        Sorts = [Field.Sort((Hold h) => h.Until), Field.Sort((Hold h) => h.CreatedAt)],
        Patchable = ["reason", "until"],
    };

    /// <summary>On this copy alone; null for a hold on a package.</summary>
    public Guid? PhysicalCopyId { get; init; }

    /// <summary>On every copy of this raw data package and of its files; null for a hold on one copy.</summary>
    public Guid? RawDataPackageId { get; init; }

    /// <summary>Why.</summary>
    /// <example>reprocessing with the new beam map</example>
    public required string Reason { get; init; }

    /// <summary>When it ends by itself, UTC; null for when it is released.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>When it was released, UTC.</summary>
    public DateTimeOffset? ReleasedAt { get; init; }

    /// <summary>Whether it keeps anything from being deleted at the instant.</summary>
    public bool IsActive(DateTimeOffset at) => ReleasedAt is null && (Until is null || Until > at);
}

internal sealed class HoldRules : AbstractValidator<Hold>
{
    public HoldRules()
    {
        RuleFor(h => h.Reason).NotEmpty().WithMessage("says why").IsText(2000);
        RuleFor(h => h.PhysicalCopyId).Null().When(h => h.RawDataPackageId is not null).WithMessage("is given, or raw_data_package_id is, not both");
        RuleFor(h => h.PhysicalCopyId).NotNull().When(h => h.RawDataPackageId is null).WithMessage("is given, or raw_data_package_id is");
    }
}
