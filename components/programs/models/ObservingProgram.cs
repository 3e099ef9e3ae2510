using FluentValidation;
using OpsDb.Kernel;

namespace OpsDb.Programs;

public enum ProgramKind { Science, Technical }

/// <summary>A science or technical programme, to which time is allocated.</summary>
public sealed record ObservingProgram : Row, IRow<ObservingProgram>
{
    public static Table<ObservingProgram> Table { get; } = new("observing_program")
    {
        Filters =
        [
            Field.OneOf((ObservingProgram p) => p.ShortName, "with one of these short names"),
            Field.OneOf((ObservingProgram p) => p.Name, "with one of these names"),
            Field.OneOf((ObservingProgram p) => p.Kind, "of this kind"),
        ],
        Sorts = [Field.Sort((ObservingProgram p) => p.ShortName), Field.Sort((ObservingProgram p) => p.Name)],
        Patchable = ["name", "lead", "allocated_hours", "description"],
    };

    public required int Id { get; init; }

    /// <summary>Unique; what files and people call it.</summary>
    public required string ShortName { get; init; }

    public required string Name { get; init; }
    public required ProgramKind Kind { get; init; }

    /// <summary>The person in charge.</summary>
    public string? Lead { get; init; }

    /// <summary>Telescope time, hours.</summary>
    public double? AllocatedHours { get; init; }

    public string? Description { get; init; }

    protected override object GetKey() => Id;
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
        RuleFor(p => p.Description).IsText(10_000);
    }
}
