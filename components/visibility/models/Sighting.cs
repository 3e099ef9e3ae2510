namespace OpsDb.Visibility;

/// <summary>Where a target is on the sky of a place at an instant. Altitudes are without refraction.</summary>
public readonly record struct Sighting
{
    /// <summary>When.</summary>
    /// <example>2026-03-01T02:15:00Z</example>
    public required DateTimeOffset At { get; init; }

    /// <summary>Above the horizon, degrees, -90 to 90, without refraction.</summary>
    /// <example>61.2</example>
    public required double AltitudeDeg { get; init; }

    /// <summary>From north through east, degrees, 0 to below 360.</summary>
    /// <example>12.5</example>
    public required double AzimuthDeg { get; init; }

    /// <summary>Air passed through, in units of that towards the zenith; null below the horizon.</summary>
    /// <example>1.14</example>
    public required double? Airmass { get; init; }

    /// <summary>Hours since the upper transit, sidereal, -12 to below 12.</summary>
    /// <example>-1.5</example>
    public required double HourAngleH { get; init; }

    /// <summary>Between the directions to the north celestial pole and to the zenith, degrees, -180 to below 180, positive west of the meridian.</summary>
    /// <example>-140.2</example>
    public required double ParallacticAngleDeg { get; init; }

    /// <summary>Angular distance from the Sun's centre, degrees.</summary>
    /// <example>160.3</example>
    public required double SunDistanceDeg { get; init; }

    /// <summary>Angular distance from the Moon's centre, degrees.</summary>
    /// <example>48.7</example>
    public required double MoonDistanceDeg { get; init; }
}
