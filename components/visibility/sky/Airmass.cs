using static OpsDb.Visibility.Angles;

namespace OpsDb.Visibility;

/// <summary>What the air does to light.</summary>
public static class Airmass
{
    /// <summary>Air passed through, in units of that towards the zenith: Pickering, DIO 12, 3 (2002); right down to the horizon, where it is 38.</summary>
    public static double At(double altitudeDeg) => 1 / Math.Sin((altitudeDeg + (244 / (165 + (47 * Math.Pow(altitudeDeg, 1.1))))) * Degree);
}

/// <summary>How much higher a target is seen than it is.</summary>
public static class Refraction
{
    /// <summary>
    /// In degrees, of visible light: Saemundsson, Sky &amp; Telescope 72, 70 (1986), which is right to 0.1′ above the horizon; nothing below -1°.
    /// </summary>
    /// <param name="altitudeDeg">Without refraction.</param>
    /// <param name="pressureHPa">At the place.</param>
    public static double At(double altitudeDeg, double pressureHPa = 1010, double temperatureC = 10) => altitudeDeg < -1 ? 0
        : Math.Max(0, 1.02 / 60 / Math.Tan((altitudeDeg + (10.3 / (altitudeDeg + 5.11))) * Degree) * (pressureHPa / 1010) * (283 / (273 + temperatureC)));
}
