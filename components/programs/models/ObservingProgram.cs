using FluentValidation;
using OpsDb.Kernel;

namespace OpsDb.Programs;

/// <summary>What a program is for.</summary>
public enum ProgramKind { Science, Technical }

/// <summary>A science or technical programme, to which time is allocated.</summary>
public sealed record ObservingProgram : Row<int>, IRow<ObservingProgram>
{
    public static Table<ObservingProgram> Table { get; } = new("observing_program")
    {
        IsTold = true,
        SeenWith = [],
        Resource = "programs",
        Deletable = true,
        Filters =
        [
            Field.OneOf((ObservingProgram p) => p.ShortName, "with one of these short names"),
            Field.Prefix("short_name_prefix", (ObservingProgram p) => p.ShortName, "whose short name begins with this"),
            Field.OneOf((ObservingProgram p) => p.Name, "with one of these names"),
            Field.OneOf((ObservingProgram p) => p.Kind, "of this kind"),
        ],
        Sorts = [Field.Sort((ObservingProgram p) => p.ShortName), Field.Sort((ObservingProgram p) => p.Name)],
        Patchable = ["name", "lead", "allocated_hours", "proprietary_days", "description"],
    };

    /// <summary>Unique; what files and people call it.</summary>
    /// <example>2026-ORION</example>
    public required string ShortName { get; init; }

    /// <summary>Unique.</summary>
    /// <example>Star formation in Orion</example>
    public required string Name { get; init; }

    /// <summary>What it is for.</summary>
    /// <example>science</example>
    public required ProgramKind Kind { get; init; }

    /// <summary>The person in charge.</summary>
    /// <example>A. Astronomer</example>
    public string? Lead { get; init; }

    /// <summary>Telescope time, hours.</summary>
    /// <example>120</example>
    public double? AllocatedHours { get; init; }

    /// <summary>
    /// How many days after its end an execution is the programme's own; then everybody who may read executions sees it and its data. Null for
    /// always.
    /// </summary>
    /// <example>365</example>
    public int? ProprietaryDays { get; init; }

    /// <summary>In words.</summary>
    public string? Description { get; init; }
}

internal sealed class ObservingProgramRules : AbstractValidator<ObservingProgram>
{
    public ObservingProgramRules()
    {
        RuleFor(p => p.ShortName).IsName();
        RuleFor(p => p.Name).IsName();
        RuleFor(p => p.Kind).IsInEnum();
        RuleFor(p => p.Lead).IsName();
        RuleFor(p => p.AllocatedHours).GreaterThanOrEqualTo(0).WithMessage("is in hours, 0 or more");
        RuleFor(p => p.ProprietaryDays).InclusiveBetween(0, 36_500).WithMessage("is in days, 0 to 36500");
        RuleFor(p => p.Description).IsText(10_000);
    }
}
