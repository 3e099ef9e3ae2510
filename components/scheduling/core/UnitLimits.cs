using System.Globalization;
using OpsDb.ObsUnits;
using OpsDb.Visibility;

namespace OpsDb.Scheduling;

/// <summary>Compares where a source is, and the weather, with what a unit asks for.</summary>
internal static class UnitLimits
{
    private const double UnixEpochMjd = 40_587;

    /// <param name="pwv">Millimetres; null when it is not known, and then it excludes nothing.</param>
    public static IEnumerable<Exclusion> Of(ObsUnit unit, Sighting seen, double? pwv, DateTimeOffset at)
    {
        if (seen.AltitudeDeg < (unit.MinElevationDeg ?? 0))
            yield return Out(Obstacle.TooLow, $"the source is at {seen.AltitudeDeg:0.0} degrees, and at least {unit.MinElevationDeg ?? 0:0.#} are asked for");
        if (seen.AltitudeDeg > unit.MaxElevationDeg)
            yield return Out(Obstacle.TooHigh, $"the source is at {seen.AltitudeDeg:0.0} degrees, and at most {unit.MaxElevationDeg:0.#} are asked for");
        if (seen.HourAngleH < unit.MinHourAngleH || seen.HourAngleH > unit.MaxHourAngleH)
        {
            yield return Out(Obstacle.HourAngle,
                $"the hour angle is {seen.HourAngleH:0.0} h, and {unit.MinHourAngleH ?? -12:0.#} to {unit.MaxHourAngleH ?? 12:0.#} are asked for");
        }
        if (seen.SunDistanceDeg < unit.MinSunDistanceDeg)
            yield return Out(Obstacle.NearSun, $"the Sun is {seen.SunDistanceDeg:0.0} degrees away, and at least {unit.MinSunDistanceDeg:0.#} are asked for");
        if (seen.MoonDistanceDeg < unit.MinMoonDistanceDeg)
            yield return Out(Obstacle.NearMoon,
                $"the Moon is {seen.MoonDistanceDeg:0.0} degrees away, and at least {unit.MinMoonDistanceDeg:0.#} are asked for");
        if (pwv > unit.MaxPwvMm)
            yield return Out(Obstacle.TooWet, $"there is {pwv:0.00} mm of water vapour, and at most {unit.MaxPwvMm:0.##} is asked for");
        if (PhaseOf(unit, at) is { } phase && !IsIn(phase, unit.MinPhase!.Value, unit.MaxPhase!.Value))
            yield return Out(Obstacle.Phase, $"the phase is {phase:0.000}, and {unit.MinPhase:0.###} to {unit.MaxPhase:0.###} are asked for");
    }

    /// <summary>0 to below 1, of what repeats itself; null for everything else.</summary>
    internal static double? PhaseOf(ObsUnit unit, DateTimeOffset at)
    {
        if (unit is not { PhaseEpochMjd: { } epoch, PhasePeriodDays: { } period })
            return null;
        var mjd = (at - DateTimeOffset.UnixEpoch).TotalDays + UnixEpochMjd;
        var turns = (mjd - epoch) / period;
        return turns - Math.Floor(turns);
    }

    // From 0.9 to 0.1 leads over the end of a period.
    private static bool IsIn(double phase, double from, double to) => from <= to ? phase >= from && phase <= to : phase >= from || phase <= to;

    private static Exclusion Out(Obstacle obstacle, FormattableString detail) => new(obstacle, detail.ToString(CultureInfo.InvariantCulture));
}
