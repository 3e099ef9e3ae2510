using FluentValidation;
using OpsDb.Kernel;
using OpsDb.Observatories;
using OpsDb.Programs;
using OpsDb.Sources;

namespace OpsDb.ObsUnits;

/// <summary>A planned observation: what should be observed, how, with what and under which conditions.</summary>
public sealed record ObsUnit : Row<int>, IRow<ObsUnit>
{
    public static Table<ObsUnit> Table { get; } = new("obs_unit")
    {
        Deletable = true,
        Filters =
        [
            Field.OneOf((ObsUnit u) => u.Name, "with one of these names"),
            Field.Prefix("name_prefix", (ObsUnit u) => u.Name, "whose name begins with this"),
            Field.OneOf((ObsUnit u) => u.ObservingProgramId, "of these programs"),
            Field.OneOf((ObsUnit u) => u.SourceId, "of these sources"),
            Field.OneOf((ObsUnit u) => u.ObsModeId, "in these observing modes"),
            Field.OneOf((ObsUnit u) => u.InstrumentId, "with these instruments"),
            Field.OneOf((ObsUnit u) => u.LineId, "of these lines"),
            Field.OneOf((ObsUnit u) => u.Available, "to be scheduled or not"),
        ],
        Sorts = [Field.Sort((ObsUnit u) => u.Name), Field.Sort((ObsUnit u) => u.Priority)],
        References = [
            Field.Refers<ObsUnit, ObservingProgram, int>(r => r.ObservingProgramId),
            Field.Refers<ObsUnit, Source, int>(r => r.SourceId),
            Field.Refers<ObsUnit, ObsMode, int>(r => r.ObsModeId),
            Field.Refers<ObsUnit, Instrument, int>(r => r.InstrumentId),
        ],
        Patchable = ["line_id", "priority", "requested_minutes", "min_elevation_deg", "max_elevation_deg", "max_pwv_mm", "available", "comment"],
    };

    /// <summary>Unique.</summary>
    /// <example>orion-kl map</example>
    public required string Name { get; init; }

    /// <summary>The program that it belongs to.</summary>
    /// <example>3</example>
    public required int ObservingProgramId { get; init; }

    /// <summary>What is observed.</summary>
    /// <example>7</example>
    public required int SourceId { get; init; }

    /// <summary>How.</summary>
    /// <example>2</example>
    public required int ObsModeId { get; init; }

    /// <summary>With what.</summary>
    /// <example>1</example>
    public required int InstrumentId { get; init; }

    /// <summary>The spectral line; null for continuum.</summary>
    /// <example>CO 2-1</example>
    public string? LineId { get; init; }

    /// <summary>0 to 100, the higher the sooner.</summary>
    /// <example>80</example>
    public required int Priority { get; init; }

    /// <summary>Time asked for, minutes.</summary>
    /// <example>45</example>
    public int? RequestedMinutes { get; init; }

    /// <summary>Below this it should not be observed, degrees.</summary>
    /// <example>30</example>
    public double? MinElevationDeg { get; init; }

    /// <summary>Above this it should not be observed, degrees.</summary>
    /// <example>75</example>
    public double? MaxElevationDeg { get; init; }

    /// <summary>Precipitable water vapour above which it should not be observed, mm.</summary>
    /// <example>1.2</example>
    public double? MaxPwvMm { get; init; }

    /// <summary>Read by the scheduler; an execution may be recorded all the same, because it records a fact.</summary>
    /// <example>true</example>
    public required bool Available { get; init; }

    /// <summary>Remarks.</summary>
    public string? Comment { get; init; }
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
