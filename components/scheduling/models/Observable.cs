using OpsDb.Visibility;

namespace OpsDb.Scheduling;

/// <summary>Why an obs unit cannot be observed at an instant.</summary>
public enum Obstacle
{
    /// <summary>The unit itself is out of service.</summary>
    UnitUnavailable,

    /// <summary>Its telescope is out of service.</summary>
    TelescopeUnavailable,

    /// <summary>Its instrument is out of service.</summary>
    InstrumentUnavailable,

    /// <summary>A module that takes part is out of service.</summary>
    ModuleUnavailable,

    /// <summary>The place of its source cannot be computed.</summary>
    PlaceUnknown,

    /// <summary>Its source is lower than it may be.</summary>
    TooLow,

    /// <summary>Its source is higher than it may be.</summary>
    TooHigh,

    /// <summary>The hour angle is none of those at which it should be observed.</summary>
    HourAngle,

    /// <summary>Its source is too near to the Sun.</summary>
    NearSun,

    /// <summary>Its source is too near to the Moon.</summary>
    NearMoon,

    /// <summary>There is more water vapour than it can bear.</summary>
    TooWet,

    /// <summary>What repeats itself is in another phase.</summary>
    Phase,
}

/// <summary>What can be observed at an instant, the best first.</summary>
/// <param name="At">The instant, UTC.</param>
/// <param name="Weather">The water vapour that was reckoned with at each telescope.</param>
/// <param name="ObservableCount">How many units can be observed.</param>
/// <param name="ExcludedCount">How many cannot.</param>
/// <param name="Items">Those that can: by priority, and of the same priority those first whose source is seen through less air.</param>
/// <param name="Excluded">Those that cannot, and why, in the order of their ids.</param>
public sealed record ObservableUnits(
    DateTimeOffset At, IReadOnlyList<TelescopeWeather> Weather, int ObservableCount, int ExcludedCount,
    IReadOnlyList<ObservableUnit> Items, IReadOnlyList<ExcludedUnit> Excluded);

/// <summary>The water vapour at a telescope.</summary>
/// <param name="TelescopeId">The telescope.<example>1</example></param>
/// <param name="PwvMm">Precipitable water vapour towards the zenith, mm; null when nobody has measured it in the hour before.<example>0.42</example></param>
/// <param name="MeasuredAt">When it was measured; null when the caller has given it.</param>
public sealed record TelescopeWeather(int TelescopeId, double? PwvMm, DateTimeOffset? MeasuredAt);

/// <summary>A unit that can be observed.</summary>
/// <param name="Rank">1 for the best.<example>1</example></param>
/// <param name="ObsUnitId">The unit.<example>17</example></param>
/// <param name="Name">Of the unit.<example>orion-kl map</example></param>
/// <param name="Priority">0 to 100, the higher the sooner.<example>80</example></param>
/// <param name="TelescopeId">The telescope with which.<example>1</example></param>
/// <param name="Source">Where its source is.</param>
public sealed record ObservableUnit(int Rank, int ObsUnitId, string Name, int Priority, int TelescopeId, Sighting Source);

/// <summary>A unit that cannot be observed.</summary>
/// <param name="ObsUnitId">The unit.<example>17</example></param>
/// <param name="Name">Of the unit.<example>orion-kl map</example></param>
/// <param name="Reasons">Everything that stands in the way.</param>
public sealed record ExcludedUnit(int ObsUnitId, string Name, IReadOnlyList<Exclusion> Reasons);

/// <summary>What stands in the way.</summary>
/// <param name="Obstacle">In a word.<example>too_low</example></param>
/// <param name="Detail">In a sentence.<example>the source is at 12.3 degrees, and at least 30 are asked for</example></param>
public sealed record Exclusion(Obstacle Obstacle, string Detail);
