using FluentValidation;
using OpsDb.Kernel;
using OpsDb.Observatories;
using OpsDb.Programs;
using OpsDb.Sources;

namespace OpsDb.ObsUnits;

/// <summary>A planned observation: what should be observed, how, with what and under which conditions.</summary>
public sealed record ObsUnit : Row<int>, IRow<ObsUnit>, IAvailable<ObsUnit>
{
    public static Table<ObsUnit> Table { get; } = new("obs_unit")
    {
        IsTold = true,
        SeenWith = [],
        Deletable = true,
        Filters =
        [
            Field.OneOf((ObsUnit u) => u.Name, "with one of these names"),
            Field.Prefix("name_prefix", (ObsUnit u) => u.Name, "whose name begins with this"),
            Field.OneOf((ObsUnit u) => u.ObservingProgramId, "of these programs"),
            Field.OneOf((ObsUnit u) => u.SubObservingProgramId, "of these sub-programs"),
            Field.OneOf((ObsUnit u) => u.SourceId, "of these sources"),
            Field.OneOf((ObsUnit u) => u.ObsModeId, "in these observing modes"),
            Field.OneOf((ObsUnit u) => u.InstrumentId, "with these instruments"),
            Field.OneOf((ObsUnit u) => u.LineId, "of these lines"),
            Field.OneOf((ObsUnit u) => u.Available, "to be scheduled or not"),
        ],
        Sorts = [Field.Sort((ObsUnit u) => u.Name), Field.Sort((ObsUnit u) => u.Priority)],
        References = [
            Field.Refers<ObsUnit, ObservingProgram, int>(r => r.ObservingProgramId),
            Field.Refers<ObsUnit, SubObservingProgram, int>(r => r.SubObservingProgramId),
            Field.Refers<ObsUnit, ObservationConfiguration, int>(r => r.ObservationConfigurationId),
            Field.Refers<ObsUnit, Source, int>(r => r.SourceId),
            Field.Refers<ObsUnit, ObsMode, int>(r => r.ObsModeId),
            Field.Refers<ObsUnit, Instrument, int>(r => r.InstrumentId),
        ],
        Facts = [Field.Fact((ObsUnit u) => u.AvailabilitySince)],
        Patchable =
        [
            "sub_observing_program_id", "observation_configuration_id", "line_id", "priority", "requested_minutes", "min_elevation_deg", "max_elevation_deg",
            "max_pwv_mm", "min_hour_angle_h", "max_hour_angle_h", "min_sun_distance_deg", "min_moon_distance_deg", "phase_epoch_mjd", "phase_period_days",
            "min_phase", "max_phase", "comment",
        ],
    };

    /// <summary>Unique.</summary>
    /// <example>orion-kl map</example>
    public required string Name { get; init; }

    /// <summary>The program that it belongs to.</summary>
    /// <example>3</example>
    public required int ObservingProgramId { get; init; }

    /// <summary>The part of the program that it belongs to; null for none.</summary>
    public int? SubObservingProgramId { get; init; }

    /// <summary>What is observed.</summary>
    /// <example>7</example>
    public required int SourceId { get; init; }

    /// <summary>How.</summary>
    /// <example>2</example>
    public required int ObsModeId { get; init; }

    /// <summary>With what.</summary>
    /// <example>1</example>
    public required int InstrumentId { get; init; }

    /// <summary>The settings with which it is observed; null for those of the instrument.</summary>
    public int? ObservationConfigurationId { get; init; }

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

    /// <summary>Hour angle before which it should not be observed, hours, west positive.</summary>
    /// <example>-4</example>
    public double? MinHourAngleH { get; init; }

    /// <summary>Hour angle after which it should not be observed, hours, west positive.</summary>
    /// <example>4</example>
    public double? MaxHourAngleH { get; init; }

    /// <summary>Nearer to the Sun it should not be observed, degrees.</summary>
    /// <example>30</example>
    public double? MinSunDistanceDeg { get; init; }

    /// <summary>Nearer to the Moon it should not be observed, degrees.</summary>
    /// <example>10</example>
    public double? MinMoonDistanceDeg { get; init; }

    /// <summary>Of what repeats itself: when its phase is 0, as a modified Julian date, UTC.</summary>
    /// <example>61000.5</example>
    public double? PhaseEpochMjd { get; init; }

    /// <summary>Of what repeats itself: how long that takes, days.</summary>
    /// <example>2.867</example>
    public double? PhasePeriodDays { get; init; }

    /// <summary>The phase from which on it should be observed, 0 to 1.</summary>
    /// <example>0.9</example>
    public double? MinPhase { get; init; }

    /// <summary>The phase up to which it should be observed, 0 to 1; a smaller one than min_phase is of the next period.</summary>
    /// <example>0.1</example>
    public double? MaxPhase { get; init; }

    /// <summary>Read by the scheduler; an execution may be recorded all the same, because it records a fact.</summary>
    /// <example>true</example>
    public required bool Available { get; init; }

    /// <summary>Why it is not in service; null while it is.</summary>
    /// <example>cryostat is warming up</example>
    public string? UnavailableReason { get; init; }

    /// <summary>Since when it is in service or is not, UTC; null for as long as it is known.</summary>
    public DateTimeOffset? AvailabilitySince { get; init; }

    /// <summary>Remarks.</summary>
    public string? Comment { get; init; }

    ObsUnit IAvailable<ObsUnit>.WithAvailability(bool available, string? reason, DateTimeOffset? since) =>
        this with { Available = available, UnavailableReason = reason, AvailabilitySince = since };
}

internal sealed class ObsUnitRules : AbstractValidator<ObsUnit>
{
    public ObsUnitRules()
    {
        RuleFor(u => u.Name).IsName();
        this.AreOfService();
        RuleFor(u => u.LineId).IsName();
        RuleFor(u => u.Priority).InclusiveBetween(0, 100).WithMessage("is 0 to 100, the higher the sooner");
        RuleFor(u => u.RequestedMinutes).GreaterThan(0).WithMessage("is in minutes, above 0");
        RuleFor(u => u.MinElevationDeg).InclusiveBetween(0, 90).WithMessage("is in degrees, 0 to 90");
        RuleFor(u => u.MaxElevationDeg).InclusiveBetween(0, 90).WithMessage("is in degrees, 0 to 90");
        RuleFor(u => u.MaxElevationDeg).GreaterThanOrEqualTo(u => u.MinElevationDeg).When(u => u.MinElevationDeg is not null)
            .WithMessage(u => FormattableString.Invariant($"is in degrees, at least min_elevation_deg, {u.MinElevationDeg}"));
        RuleFor(u => u.MaxPwvMm).GreaterThan(0).WithMessage("is in millimetres, above 0");
        RuleFor(u => u.MinHourAngleH).InclusiveBetween(-12, 12).WithMessage("is in hours, -12 to 12");
        RuleFor(u => u.MaxHourAngleH).InclusiveBetween(-12, 12).WithMessage("is in hours, -12 to 12");
        RuleFor(u => u.MaxHourAngleH).GreaterThanOrEqualTo(u => u.MinHourAngleH).When(u => u.MinHourAngleH is not null)
            .WithMessage(u => FormattableString.Invariant($"is in hours, at least min_hour_angle_h, {u.MinHourAngleH}"));
        RuleFor(u => u.MinSunDistanceDeg).InclusiveBetween(0, 180).WithMessage("is in degrees, 0 to 180");
        RuleFor(u => u.MinMoonDistanceDeg).InclusiveBetween(0, 180).WithMessage("is in degrees, 0 to 180");
        RuleFor(u => u.PhaseEpochMjd).InclusiveBetween(0, 100_000).WithMessage("is a modified Julian date, 0 to 100000");
        RuleFor(u => u.PhasePeriodDays).InclusiveBetween(0.0001, 100_000).WithMessage("is in days, 0.0001 to 100000");
        RuleFor(u => u.MinPhase).InclusiveBetween(0, 1).WithMessage("is a phase, 0 to 1");
        RuleFor(u => u.MaxPhase).InclusiveBetween(0, 1).WithMessage("is a phase, 0 to 1");
        RuleFor(u => u.PhaseEpochMjd).Must(HasWholePhase).WithMessage("comes with phase_period_days, min_phase and max_phase, or none of the four is there");
        RuleFor(u => u.Comment).IsText(10_000);
    }

    private static bool HasWholePhase(ObsUnit unit, double? epoch) =>
        ((double?[])[epoch, unit.PhasePeriodDays, unit.MinPhase, unit.MaxPhase]).Count(v => v is null) is 0 or 4;
}
