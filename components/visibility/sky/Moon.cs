using static OpsDb.Visibility.Angles;

namespace OpsDb.Visibility;

/// <summary>
/// The Moon as seen from the Earth's centre: ELP-2000/82 (Chapront-Touzé &amp; Chapront, A&amp;A 124, 50, 1983) in the terms that Meeus tabulates
/// (Astronomical Algorithms, 2nd ed., ch. 47), about 10″. They contain the light time.
/// </summary>
internal static class Moon
{
    private const double KilometresPerAu = 149_597_870.7;

    private static readonly IReadOnlyDictionary<string, double[][]> Terms = TheoryFile.Read("moon.txt");

    /// <summary>Along the axes of the ICRS, in astronomical units.</summary>
    /// <param name="t">Julian centuries TT.</param>
    /// <param name="toTrueEquator">The rotation of the same instant.</param>
    public static Vector Apparent(double t, Vector nutation, Rotation toTrueEquator)
    {
        var mean = Polynomial(t, 218.3164477, 481267.88123421, -0.0015786, 1 / 538841d, -1 / 65194000d) * Degree;
        var d = Polynomial(t, 297.8501921, 445267.1114034, -0.0018819, 1 / 545868d, -1 / 113065000d) * Degree;
        var sun = Polynomial(t, 357.5291092, 35999.0502909, -0.0001536, 1 / 24490000d) * Degree;
        var moon = Polynomial(t, 134.9633964, 477198.8675055, 0.0087414, 1 / 69699d, -1 / 14712000d) * Degree;
        var f = Polynomial(t, 93.2720950, 483202.0175233, -0.0036539, -1 / 3526000d, 1 / 863310000d) * Degree;
        var venus = (119.75 + (131.849 * t)) * Degree;
        var jupiter = (53.09 + (479264.290 * t)) * Degree;
        var flattening = (313.45 + (481266.484 * t)) * Degree;
        // The Earth's orbit becomes rounder, and with it what the Sun's anomaly does.
        var e = Polynomial(t, 1, -0.002516, -0.0000074);
        var longitude = (3958 * Math.Sin(venus)) + (1962 * Math.Sin(mean - f)) + (318 * Math.Sin(jupiter));
        var latitude = (-2235 * Math.Sin(mean)) + (382 * Math.Sin(flattening)) + (175 * Math.Sin(venus - f)) + (175 * Math.Sin(venus + f))
            + (127 * Math.Sin(mean - moon)) - (115 * Math.Sin(mean + moon));
        double distance = 0;
        foreach (var c in Terms["longitude"])
        {
            var (sin, cos) = Math.SinCos((c[0] * d) + (c[1] * sun) + (c[2] * moon) + (c[3] * f));
            var share = Share(c[1], e);
            longitude += c[4] * share * sin;
            distance += c[5] * share * cos;
        }
        foreach (var c in Terms["latitude"])
            latitude += c[4] * Share(c[1], e) * Math.Sin((c[0] * d) + (c[1] * sun) + (c[2] * moon) + (c[3] * f));
        var ecliptic = Vector.Spherical(mean + (longitude * 1e-6 * Degree) + nutation.X, latitude * 1e-6 * Degree,
            (385_000.56 + (distance / 1000)) / KilometresPerAu);
        return toTrueEquator.Inverse * (Rotation.AboutX(-(EarthOrientation.Obliquity(t) + nutation.Y)) * ecliptic);
    }

    private static double Share(double multiple, double e) => Math.Abs(multiple) switch { 1 => e, 2 => e * e, _ => 1 };
}
