using FluentValidation;
using OpsDb.Kernel;

namespace OpsDb.ObsUnits;

/// <summary>A planned observation: what should be observed, how, with what and under which conditions.</summary>
public sealed record ObsUnit : Row, IRow<ObsUnit>
{
    public static Table<ObsUnit> Table { get; } = new("obs_unit")
    {
        Filters =
        [
            Field.OneOf((ObsUnit u) => u.Name, "with one of these names"),
            Field.OneOf((ObsUnit u) => u.ObservingProgramId, "of these programs"),
            Field.OneOf((ObsUnit u) => u.SourceId, "of these sources"),
            Field.OneOf((ObsUnit u) => u.ObsModeId, "in these observing modes"),
            Field.OneOf((ObsUnit u) => u.InstrumentId, "with these instruments"),
            Field.OneOf((ObsUnit u) => u.LineId, "of these lines"),
            Field.OneOf((ObsUnit u) => u.Available, "to be scheduled or not"),
        ],
        Sorts = [Field.Sort((ObsUnit u) => u.Name), Field.Sort((ObsUnit u) => u.Priority)],
        Patchable = ["line_id", "priority", "requested_minutes", "min_elevation_deg", "max_elevation_deg", "max_pwv_mm", "available", "comment"],
    };

    public required int Id { get; init; }
    public required string Name { get; init; }
    public required int ObservingProgramId { get; init; }
    public required int SourceId { get; init; }
    public required int ObsModeId { get; init; }
    public required int InstrumentId { get; init; }

    /// <summary>The spectral line; null for continuum.</summary>
    public string? LineId { get; init; }

    /// <summary>0 to 100, the higher the sooner.</summary>
    public required int Priority { get; init; }

    public int? RequestedMinutes { get; init; }
    public double? MinElevationDeg { get; init; }
    public double? MaxElevationDeg { get; init; }

    /// <summary>Precipitable water vapour above which it should not be observed, mm.</summary>
    public double? MaxPwvMm { get; init; }

    /// <summary>Read by the scheduler; an execution may be recorded all the same, because it records a fact.</summary>
    public required bool Available { get; init; }

    public string? Comment { get; init; }

    protected override object GetKey() => Id;
}

internal sealed class ObsUnitRules : AbstractValidator<ObsUnit>
{
    public ObsUnitRules()
    {
        RuleFor(u => u.Name).IsName();
        RuleFor(u => u.LineId).IsName();
        RuleFor(u => u.Priority).InclusiveBetween(0, 100).WithMessage("is 0 to 100, the higher the sooner");
        RuleFor(u => u.RequestedMinutes).GreaterThan(0).WithMessage("is in minutes, above 0");
        RuleFor(u => u.MinElevationDeg).InclusiveBetween(0, 90).WithMessage("is in degrees, 0 to 90");
        RuleFor(u => u.MaxElevationDeg).InclusiveBetween(0, 90).WithMessage("is in degrees, 0 to 90");
        RuleFor(u => u.MaxElevationDeg).GreaterThanOrEqualTo(u => u.MinElevationDeg).When(u => u.MinElevationDeg is not null)
            .WithMessage(u => FormattableString.Invariant($"is in degrees, at least min_elevation_deg, {u.MinElevationDeg}"));
        RuleFor(u => u.MaxPwvMm).GreaterThan(0).WithMessage("is in millimetres, above 0");
        RuleFor(u => u.Comment).IsText(10_000);
    }
}
