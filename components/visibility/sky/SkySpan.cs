namespace OpsDb.Visibility;

/// <summary>Everything of the sky that does not depend on a place or a source, over some days: it is computed once for all of them.</summary>
internal sealed class SkySpan
{
    private const double AuPerDay = 173.1446326742403;

    private readonly double start, end;
    private readonly double[] nodes;
    private readonly (Vector Position, Vector Velocity)[] earth;
    private readonly Track nutation, velocity;
    private readonly Lazy<Track>[] bodies;

    /// <summary>The longest one, days.</summary>
    public const double MaxDays = 10;

    /// <param name="start">Days UTC from J2000.0, as the end is.</param>
    public SkySpan(double start, double end)
    {
        if (!(end > start && end - start <= MaxDays))
            throw new ArgumentOutOfRangeException(nameof(end), end, $"A span is longer than nothing and {MaxDays} days at most.");
        (this.start, this.end) = (start, end);
        nodes = Track.Nodes(start, end, 4 + (int)Math.Ceiling(2 * (end - start)));
        earth = [.. nodes.Select(n => Planets.Move(Body.Earth, TimeScale.Centuries(n)))];
        nutation = Through(n => EarthOrientation.Nutation(TimeScale.Centuries(nodes[n])));
        velocity = Through(n => earth[n].Velocity / AuPerDay);
        bodies = [.. Enum.GetValues<Body>().Select(b => new Lazy<Track>(() => TrackOf(b)))];
    }

    public double Middle => (start + end) / 2;

    /// <summary>Of the Earth around the Sun, along the axes of the ICRS, in units of the speed of light.</summary>
    public Vector Velocity(double days) => velocity.At(days);

    /// <summary>From the axes of the ICRS to the true equator of date, and Greenwich apparent sidereal time in radians.</summary>
    public (Rotation ToTrueEquator, double SiderealTime) Orientation(double days)
    {
        var t = TimeScale.Centuries(days);
        var wobble = nutation.At(days);
        return (EarthOrientation.ToTrueEquator(t, wobble), EarthOrientation.SiderealTime(days, t, wobble));
    }

    /// <summary>Where a body is seen from the Earth's centre, with light time and aberration, along the axes of the ICRS, in astronomical units.</summary>
    public Vector Apparent(Body body, double days) => bodies[(int)body].Value.At(days);

    private Track TrackOf(Body body) => body switch
    {
        Body.Earth => throw new ArgumentException("The Earth is not seen from the Earth."),
        Body.Moon => Through(n => MoonAt(nodes[n])),
        _ => Through(n => FromEarth(body, TimeScale.Centuries(nodes[n]), earth[n].Position, earth[n].Velocity / AuPerDay)),
    };

    private Track Through(Func<int, Vector> value) => Track.Through([.. Enumerable.Range(0, nodes.Length).Select(value)], start, end);

    private static Vector MoonAt(double days)
    {
        var t = TimeScale.Centuries(days);
        var wobble = EarthOrientation.Nutation(t);
        return Moon.Apparent(t, wobble, EarthOrientation.ToTrueEquator(t, wobble));
    }

    private static Vector FromEarth(Body body, double t, Vector earth, Vector velocity)
    {
        var seen = -1 * earth;
        // Light takes hours at most, in which a planet's own light time hardly changes.
        for (var i = 0; i < 2 && body != Body.Sun; i++)
            seen = Planets.Position(body, t - (seen.Length / AuPerDay / TimeScale.DaysPerCentury)) - earth;
        return seen.Length * (seen.Unit + velocity).Unit;
    }
}
