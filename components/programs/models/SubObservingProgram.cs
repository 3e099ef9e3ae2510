using FluentValidation;
using OpsDb.Kernel;

namespace OpsDb.Programs;

/// <summary>A part of a programme. Its names are unique within the programme.</summary>
public sealed record SubObservingProgram : Row<int>, IRow<SubObservingProgram>
{
    public static Table<SubObservingProgram> Table { get; } = new("sub_observing_program")
    {
        SeenWith = [Field.With((SubObservingProgram p) => p.ObservingProgramId, ObservingProgram.Table)],
        Noun = "sub-program",
        Resource = "sub_programs",
        Deletable = true,
        Filters =
        [
            Field.OneOf((SubObservingProgram p) => p.ObservingProgramId, "of these programs"),
            Field.OneOf((SubObservingProgram p) => p.ShortName, "with one of these short names"),
        ],
        Sorts = [Field.Sort((SubObservingProgram p) => p.ShortName), Field.Sort((SubObservingProgram p) => p.ObservingProgramId)],
        References = [Field.Refers<SubObservingProgram, ObservingProgram, int>(p => p.ObservingProgramId)],
        Patchable = ["name", "allocated_hours", "description"],
    };

    /// <summary>The program that it is a part of.</summary>
    /// <example>3</example>
    public required int ObservingProgramId { get; init; }

    /// <summary>What files and people call it.</summary>
    /// <example>ORION-A</example>
    public required string ShortName { get; init; }

    /// <example>The filaments of Orion A</example>
    public required string Name { get; init; }

    /// <summary>Telescope time, hours; a part of what the programme has.</summary>
    /// <example>40</example>
    public double? AllocatedHours { get; init; }

    /// <summary>In words.</summary>
    public string? Description { get; init; }
}

internal sealed class SubObservingProgramRules : AbstractValidator<SubObservingProgram>
{
    public SubObservingProgramRules()
    {
        RuleFor(p => p.ShortName).IsName();
        RuleFor(p => p.Name).IsName();
        RuleFor(p => p.AllocatedHours).GreaterThanOrEqualTo(0).WithMessage("is in hours, 0 or more");
        RuleFor(p => p.Description).IsText(10_000);
    }
}
