using OpsDb.Kernel;

namespace OpsDb.ObsUnits;

/// <summary>An observation is planned.</summary>
public sealed record CreateObsUnit(string Name, int ObservingProgramId, int SourceId, int ObsModeId, int InstrumentId, int Priority) : ICreate<ObsUnit>
{
    /// <summary>The part of the program that it belongs to.</summary>
    public int? SubObservingProgramId { get; init; }

    /// <summary>The settings with which it is observed; absent for those of the instrument.</summary>
    public int? ObservationConfigurationId { get; init; }

    /// <summary>The spectral line; absent for continuum.</summary>
    public string? LineId { get; init; }

    public int? RequestedMinutes { get; init; }

    public double? MinElevationDeg { get; init; }

    public double? MaxElevationDeg { get; init; }

    /// <summary>Precipitable water vapour above which it should not be observed, mm.</summary>
    public double? MaxPwvMm { get; init; }

    /// <summary>Hour angle before which it should not be observed, hours, west positive.</summary>
    public double? MinHourAngleH { get; init; }

    /// <summary>Hour angle after which it should not be observed, hours, west positive.</summary>
    public double? MaxHourAngleH { get; init; }

    public double? MinSunDistanceDeg { get; init; }

    public double? MinMoonDistanceDeg { get; init; }

    /// <summary>Of what repeats itself: when its phase is 0, as a modified Julian date, UTC.</summary>
    public double? PhaseEpochMjd { get; init; }

    /// <summary>Of what repeats itself: how long that takes, days.</summary>
    public double? PhasePeriodDays { get; init; }

    public double? MinPhase { get; init; }

    /// <summary>A smaller one than the least phase is of the next period.</summary>
    public double? MaxPhase { get; init; }

    /// <summary>Whether it may be scheduled.</summary>
    public bool Available { get; init; } = true;

    public string? Comment { get; init; }
}
