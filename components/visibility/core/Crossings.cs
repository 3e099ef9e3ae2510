namespace OpsDb.Visibility;

/// <summary>When a target crosses the meridian and an altitude.</summary>
internal sealed class Crossings(Place place, SkySpan span, Func<SkyAt, Vector> aim)
{
    // A transit is where the hour angle is that small: 0.01 s.
    private const double EnoughTurns = 1e-7, EnoughDays = 1e-7;
    private const double HalfTurn = 0.5;

    /// <summary>The upper transit that is nearest to an instant, in days.</summary>
    public double TransitNear(double days) => MeridianNear(days, 0);

    /// <summary>The lower transit that is nearest to an instant, in days.</summary>
    public double LowerTransitNear(double days) => MeridianNear(days, HalfTurn);

    /// <summary>Degrees, without refraction.</summary>
    public double Altitude(double days) => SkyAt.AltitudeOf(Local(days).Local);

    /// <summary>When it crosses an altitude between two instants, if it is on different sides of it then.</summary>
    public double? Crossing(double begin, double end, double altitudeDeg)
    {
        var (atBegin, atEnd) = (Altitude(begin) - altitudeDeg, Altitude(end) - altitudeDeg);
        if (atBegin < 0 == atEnd < 0)
            return null;
        // Regula falsi, in the form that halves the weight of an end that stays (Illinois).
        for (var i = 0; i < 60 && end - begin > EnoughDays; i++)
        {
            var middle = i % 8 == 7 ? (begin + end) / 2 : ((begin * atEnd) - (end * atBegin)) / (atEnd - atBegin);
            var atMiddle = Altitude(middle) - altitudeDeg;
            if (atMiddle == 0 || Math.Min(middle - begin, end - middle) < EnoughDays / 10)
                return middle;
            if (atMiddle < 0 == atEnd < 0)
                (end, atEnd, atBegin) = (middle, atMiddle, atBegin / 2);
            else
                (begin, atBegin, atEnd) = (middle, atMiddle, atEnd / 2);
        }
        return (begin + end) / 2;
    }

    private (SkyAt Sky, Vector Local) Local(double days)
    {
        var sky = new SkyAt(place, span, days);
        return (sky, aim(sky));
    }

    private double MeridianNear(double days, double hourAngle)
    {
        for (var i = 0; i < 10; i++)
        {
            var (sky, local) = Local(days);
            var ahead = sky.HourAngleOf(local) - hourAngle;
            ahead -= Math.Round(ahead);
            days -= ahead;
            if (Math.Abs(ahead) < EnoughTurns)
                break;
        }
        return days;
    }
}
