using System.Runtime.CompilerServices;
using static OpsDb.Visibility.Angles;

namespace OpsDb.Visibility;

/// <summary>The sky of a place at an instant, for any number of targets.</summary>
public sealed class SkyAt
{
    private readonly Place place;
    private readonly Rotation toLocal;
    private Held? sun, moon;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal SkyAt(Place place, SkySpan span, double days)
    {
        (this.place, Span, Days) = (place, span, days);
        var (toTrueEquator, greenwich) = span.Orientation(days);
        // The meridian, the east and the pole; then east, north and up.
        var axes = Rotation.AboutZ(greenwich + (place.LongitudeDeg * Degree)) * toTrueEquator;
        toLocal = new(axes.Second, (place.CosLatitude * axes.Third) - (place.SinLatitude * axes.First),
            (place.CosLatitude * axes.First) + (place.SinLatitude * axes.Third));
        Velocity = span.Velocity(days);
    }

    /// <summary>When.</summary>
    public DateTimeOffset At => TimeScale.Instant(Days);

    /// <summary>Of the Sun's centre, without refraction, degrees.</summary>
    public double SunAltitudeDeg => AltitudeOf(Sun);

    /// <summary>Of the Moon's centre, without refraction, degrees.</summary>
    public double MoonAltitudeDeg => AltitudeOf(Moon);

    /// <summary>The share of the Moon's disc that is lit.</summary>
    public double MoonIlluminatedFraction
    {
        get
        {
            var (sun, moon) = (Span.Apparent(Body.Sun, Days), Span.Apparent(Body.Moon, Days));
            return (1 + Math.Cos((-1 * moon).AngleTo(sun - moon))) / 2;
        }
    }

    internal SkySpan Span { get; }

    internal double Days { get; }

    internal Vector Velocity { get; }

    internal Vector Sun => (sun ??= new(LocalOfBody(Span.Apparent(Body.Sun, Days)))).Direction;

    internal Vector Moon => (moon ??= new(LocalOfBody(Span.Apparent(Body.Moon, Days)))).Direction;

    /// <summary>The sky of a place at an instant.</summary>
    public static SkyAt Of(Place place, DateTimeOffset instant)
    {
        var days = TimeScale.Days(instant);
        return new(place, new(days - 0.05, days + 0.05), days);
    }

    /// <summary>Where a target is.</summary>
    public Sighting See(Target target) => See(target.AimIn(Span)(this));

    internal Sighting See(Vector local)
    {
        var (sinHour, cosHour) = (-local.X, (local.Z * place.CosLatitude) - (local.Y * place.SinLatitude));
        var sinDeclination = (local.Y * place.CosLatitude) + (local.Z * place.SinLatitude);
        var altitude = AltitudeOf(local);
        return new()
        {
            At = At,
            AltitudeDeg = Round(altitude),
            AzimuthDeg = Round(Positive(Math.Atan2(local.X, local.Y)) / Degree) % 360,
            Airmass = altitude < 0 ? null : Round(Visibility.Airmass.At(altitude)),
            HourAngleH = SignedHours(sinHour, cosHour),
            ParallacticAngleDeg = Round(Signed(Math.Atan2(sinHour * place.CosLatitude, place.SinLatitude - (sinDeclination * local.Z))) / Degree),
            SunDistanceDeg = Round(local.AngleTo(Sun) / Degree),
            MoonDistanceDeg = Round(local.AngleTo(Moon) / Degree),
        };
    }

    /// <summary>East, north and up, of a direction along the axes of the ICRS.</summary>
    internal Vector LocalOf(Vector direction) => Turned((toLocal * direction).Unit);

    /// <summary>East, north and up, of a body that the Earth's centre sees there.</summary>
    internal Vector LocalOfBody(Vector body) => Turned(((toLocal * body) - place.FromCentre).Unit);

    internal static double AltitudeOf(Vector local) => Math.Atan2(local.Z, Math.Sqrt((local.X * local.X) + (local.Y * local.Y))) / Degree;

    /// <summary>The hour angle in turns, -0.5 to below 0.5.</summary>
    internal double HourAngleOf(Vector local) =>
        Signed(Math.Atan2(-local.X, (local.Z * place.CosLatitude) - (local.Y * place.SinLatitude))) / Turn;

    /// <summary>Aberration by the Earth's rotation.</summary>
    private Vector Turned(Vector local) => new Vector(local.X + place.EastwardSpeed, local.Y, local.Z).Unit;

    private static double SignedHours(double sin, double cos)
    {
        var hours = Math.Round(Signed(Math.Atan2(sin, cos)) / Turn * 24, 6);
        return hours < 12 ? hours : -12;
    }

    private static double Round(double value) => Math.Round(value, 5);

    /// <summary>What is computed when it is first wanted, by whichever thread.</summary>
    private sealed record Held(Vector Direction);
}
