namespace OpsDb.Sources;

/// <summary>Places of older frames in the ICRS.</summary>
internal static class Frames
{
    private const double Radian = Math.PI / 180;

    /// <summary>Radians, of the aberration that the eccentricity of the Earth's orbit makes and that FK4 positions contain.</summary>
    private static readonly double[] Elliptic = [-1.62557e-6, -0.31919e-6, -0.13843e-6];

    /// <summary>From B1950 in FK4 to J2000 in FK5: Standish (1982), Aoki and others (1983), Astron. Astrophys. 128, 263.</summary>
    private static readonly double[][] Fk4ToFk5 =
    [
        [0.9999256782, -0.0111820611, -0.0048579477],
        [0.0111820610, 0.9999374784, -0.0000271765],
        [0.0048579479, -0.0000271474, 0.9999881997],
    ];

    /// <summary>What the rotation of FK4 against FK5 has made of it, arcsec a century.</summary>
    private static readonly double[][] Fk4Rotation =
    [
        [-0.000551, -0.238565, 0.435739],
        [0.238514, -0.002667, -0.008541],
        [-0.435623, 0.012254, 0.002117],
    ];

    /// <summary>From galactic coordinates: the transpose of what The Hipparcos and Tycho Catalogues (1997), volume 1, section 1.5.3, gives.</summary>
    private static readonly double[][] GalacticToIcrs =
    [
        [-0.0548755604, 0.4941094279, -0.8676661490],
        [-0.8734370902, -0.4448296300, -0.1980763734],
        [-0.4838350155, 0.7469822445, 0.4559837762],
    ];

    /// <summary>Of a place that does not move, observed about 1950, B1950 in FK4.</summary>
    public static (double RaDeg, double DecDeg) OfB1950(double raDeg, double decDeg)
    {
        var place = Vector(raDeg, decDeg);
        var along = place.Zip(Elliptic, (p, e) => p * e).Sum();
        var without = place.Select((p, i) => p - Elliptic[i] + along * p).ToArray();
        const double centuries = (1949.9997904 - 2000) / 100, arcsec = Radian / 3600;
        var rotated = Times(Fk4ToFk5, without);
        var drift = Times(Fk4Rotation, without);
        return Angles([.. rotated.Select((r, i) => r + drift[i] * arcsec * centuries)]);
    }

    /// <summary>Of galactic longitude and latitude.</summary>
    public static (double RaDeg, double DecDeg) OfGalactic(double lDeg, double bDeg) => Angles(Times(GalacticToIcrs, Vector(lDeg, bDeg)));

    private static double[] Vector(double lonDeg, double latDeg)
    {
        var (lon, lat) = (lonDeg * Radian, latDeg * Radian);
        return [Math.Cos(lat) * Math.Cos(lon), Math.Cos(lat) * Math.Sin(lon), Math.Sin(lat)];
    }

    private static double[] Times(double[][] matrix, double[] vector) => [.. matrix.Select(row => row.Zip(vector, (m, v) => m * v).Sum())];

    private static (double, double) Angles(double[] v)
    {
        var ra = Math.Atan2(v[1], v[0]) / Radian;
        ra = ra < 0 ? ra + 360 : ra;
        return (ra >= 360 ? 0 : ra, Math.Atan2(v[2], Math.Sqrt(v[0] * v[0] + v[1] * v[1])) / Radian);
    }
}
