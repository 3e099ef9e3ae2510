using System.Runtime.CompilerServices;
using static OpsDb.Visibility.Angles;

namespace OpsDb.Visibility;

/// <summary>
/// How the Earth's axis and its rotation lie among the stars. Precession and frame bias: IAU 2006, angles of Fukushima and Williams (Hilton et al.,
/// Celest. Mech. Dyn. Astron. 94, 351, 2006). Nutation: IAU 2000B (McCarthy &amp; Luzum, Celest. Mech. Dyn. Astron. 85, 37, 2003), its 50 largest
/// terms, 2 mas. Rotation: Earth rotation angle (Capitaine, Guinot &amp; McCarthy, A&amp;A 355, 398, 2000) and sidereal time of IAU 2006 (Capitaine,
/// Wallace &amp; Chapront, A&amp;A 412, 567, 2003). The pole of rotation is taken as the Earth's pole: polar motion is below 0.5″.
/// </summary>
internal static class EarthOrientation
{
    private static readonly double[][] Terms = TheoryFile.Read("nutation.txt")[""];

    /// <summary>Nutation in longitude and in obliquity, and the equation of the equinoxes' share of the Moon's node; radians.</summary>
    /// <param name="t">Julian centuries TT.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Vector Nutation(double t)
    {
        // Delaunay's arguments, in arc seconds: Simon et al., A&A 282, 663 (1994), as IAU 2000B abridges them.
        var l = (485868.249036 + (1717915923.2178 * t)) * ArcSecond;
        var sun = (1287104.79305 + (129596581.0481 * t)) * ArcSecond;
        var f = (335779.526232 + (1739527262.8478 * t)) * ArcSecond;
        var d = (1072260.70369 + (1602961601.2090 * t)) * ArcSecond;
        var node = (450160.398036 - (6962890.5431 * t)) * ArcSecond;
        double longitude = 0, obliquity = 0;
        foreach (var c in Terms)
        {
            var (sin, cos) = Math.SinCos((c[0] * l) + (c[1] * sun) + (c[2] * f) + (c[3] * d) + (c[4] * node));
            longitude += ((c[5] + (c[6] * t)) * sin) + (c[7] * cos);
            obliquity += ((c[8] + (c[9] * t)) * cos) + (c[10] * sin);
        }
        // What stands for the terms of the planets.
        const double Unit = 1e-7 * ArcSecond;
        return new((longitude - 1350) * Unit, (obliquity + 3880) * Unit,
            ((0.00264096 * Math.Sin(node)) + (0.00006352 * Math.Sin(2 * node))) * ArcSecond);
    }

    /// <summary>The mean obliquity of the ecliptic, radians.</summary>
    public static double Obliquity(double t) =>
        Polynomial(t, 84381.406, -46.836769, -0.0001831, 0.00200340, -0.000000576, -0.0000000434) * ArcSecond;

    /// <summary>From the axes of the ICRS to the true equator and equinox of date.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Rotation ToTrueEquator(double t, Vector nutation)
    {
        var gamma = Polynomial(t, -0.052928, 10.556378, 0.4932044, -0.00031238, -0.000002788, 0.0000000260) * ArcSecond;
        var phi = Polynomial(t, 84381.412819, -46.811016, 0.0511268, 0.00053289, -0.000000440, -0.0000000176) * ArcSecond;
        var psi = Polynomial(t, -0.041775, 5038.481484, 1.5584175, -0.00018522, -0.000026452, -0.0000000148) * ArcSecond;
        return Rotation.AboutX(-(Obliquity(t) + nutation.Y)) * Rotation.AboutZ(-(psi + nutation.X)) * Rotation.AboutX(phi) * Rotation.AboutZ(gamma);
    }

    /// <summary>Greenwich apparent sidereal time, radians.</summary>
    /// <param name="days">Days UT1 from J2000.0.</param>
    public static double SiderealTime(double days, double t, Vector nutation)
    {
        // Whole days turn by whole turns and a rest: what is left keeps all its digits.
        var rotation = (days % 1) + 0.7790572732640 + (0.00273781191135448 * days);
        var mean = Polynomial(t, 0.014506, 4612.156534, 1.3915817, -0.00000044, -0.000029956, -0.0000000368) * ArcSecond;
        return Positive((rotation * Turn) + mean + (nutation.X * Math.Cos(Obliquity(t))) + nutation.Z);
    }
}
