namespace OpsDb.Visibility;

/// <summary>A place on the Earth: geodetic, WGS 84, degrees, north and east positive, metres of height.</summary>
public sealed record Place
{
    // Equatorial radius and flattening of WGS 84; the angular speed of the Earth.
    private const double Radius = 6_378_137, Flattening = 1 / 298.257223563, RadiansPerSecond = 7.292115855e-5;
    private const double MetresPerAu = 149_597_870_700, MetresPerSecond = 299_792_458;

    public Place(double latitudeDeg, double longitudeDeg, double heightM = 0)
    {
        if (!(Math.Abs(latitudeDeg) <= 90))
            throw new ArgumentOutOfRangeException(nameof(latitudeDeg), latitudeDeg, "A latitude is -90 to 90 degrees.");
        if (!(Math.Abs(longitudeDeg) <= 360))
            throw new ArgumentOutOfRangeException(nameof(longitudeDeg), longitudeDeg, "A longitude is -360 to 360 degrees.");
        (LatitudeDeg, LongitudeDeg, HeightM) = (latitudeDeg, longitudeDeg, heightM);
        (SinLatitude, CosLatitude) = Math.SinCos(latitudeDeg * Angles.Degree);
        var flat = (1 - Flattening) * (1 - Flattening);
        var curvature = Radius / Math.Sqrt((CosLatitude * CosLatitude) + (flat * SinLatitude * SinLatitude));
        var (axis, pole) = ((curvature + heightM) * CosLatitude, ((flat * curvature) + heightM) * SinLatitude);
        FromCentre = new Vector(0, (pole * CosLatitude) - (axis * SinLatitude), (axis * CosLatitude) + (pole * SinLatitude)) / MetresPerAu;
        EastwardSpeed = RadiansPerSecond * axis / MetresPerSecond;
    }

    public double LatitudeDeg { get; }

    public double LongitudeDeg { get; }

    public double HeightM { get; }

    internal double SinLatitude { get; }

    internal double CosLatitude { get; }

    /// <summary>East, north and up from the Earth's centre, in astronomical units.</summary>
    internal Vector FromCentre { get; }

    /// <summary>By the Earth's rotation, in units of the speed of light.</summary>
    internal double EastwardSpeed { get; }
}
