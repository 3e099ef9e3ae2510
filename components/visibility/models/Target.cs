using static OpsDb.Visibility.Angles;

namespace OpsDb.Visibility;

/// <summary>What is looked at.</summary>
public abstract record Target
{
    /// <summary>The altitude of its centre, in degrees and without refraction, at which it rises and sets.</summary>
    internal virtual double HorizonDeg => -34 / 60d;

    /// <summary>What tells its direction, a unit vector east, north and up, for the skies of a span.</summary>
    internal abstract Func<SkyAt, Vector> AimIn(SkySpan span);
}

/// <summary>A place among the stars, ICRS, in degrees.</summary>
public sealed record FixedTarget(double RaDeg, double DecDeg) : Target
{
    private const double JulianYear = 365.25, MasPerDegree = 3_600_000;

    /// <summary>Proper motion in right ascension times the cosine of the declination, milliarcseconds a year.</summary>
    public double PmRaMasYr { get; init; }

    /// <summary>Proper motion in declination, milliarcseconds a year.</summary>
    public double PmDecMasYr { get; init; }

    /// <summary>The Julian year that the position is of.</summary>
    public double EpochYr { get; init; } = 2000;

    /// <summary>Annual parallax, milliarcseconds.</summary>
    public double ParallaxMas { get; init; }

    internal override Func<SkyAt, Vector> AimIn(SkySpan span)
    {
        var t = TimeScale.Centuries(span.Middle);
        var seen = Direction(t) - (ParallaxMas / MasPerDegree * Degree * Planets.Position(Body.Earth, t));
        return sky => sky.LocalOf(seen + sky.Velocity);
    }

    /// <summary>As seen from the Sun.</summary>
    private Vector Direction(double t)
    {
        var (ra, dec) = (RaDeg * Degree, DecDeg * Degree);
        var years = (t * TimeScale.DaysPerCentury / JulianYear) + 2000 - EpochYr;
        var east = new Vector(-Math.Sin(ra), Math.Cos(ra), 0);
        var north = Vector.Spherical(ra, dec + (Math.PI / 2));
        var moved = Vector.Spherical(ra, dec) + ((years / MasPerDegree * Degree) * ((PmRaMasYr * east) + (PmDecMasYr * north)));
        return moved.Unit;
    }
}

/// <summary>A body of the solar system.</summary>
public sealed record BodyTarget(Body Body) : Target
{
    internal override double HorizonDeg => Body is Body.Sun or Body.Moon ? -50 / 60d : base.HorizonDeg;

    internal override Func<SkyAt, Vector> AimIn(SkySpan span) => Body switch
    {
        Body.Sun => sky => sky.Sun,
        Body.Moon => sky => sky.Moon,
        _ => sky => sky.LocalOfBody(span.Apparent(Body, sky.Days)),
    };
}

/// <summary>A direction that stays where it is while the sky passes, in degrees: the azimuth from north through east, the altitude above the horizon.</summary>
public sealed record HorizonTarget(double AzimuthDeg, double AltitudeDeg) : Target
{
    internal override Func<SkyAt, Vector> AimIn(SkySpan span)
    {
        var north = Vector.Spherical(AzimuthDeg * Degree, AltitudeDeg * Degree);
        var local = new Vector(north.Y, north.X, north.Z);
        return _ => local;
    }
}
