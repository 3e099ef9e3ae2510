namespace OpsDb.Visibility;

/// <summary>
/// The sky of a place in a night. What does not depend on a target is computed once and kept, so that one of these serves any number of targets, also
/// at the same time.
/// </summary>
public sealed class NightSky
{
    /// <summary>Within these the theories are held.</summary>
    public static readonly DateOnly First = new(1990, 1, 1), Last = new(2100, 12, 31);

    /// <summary>The most samples of a night: one a minute.</summary>
    public const int MaxSamples = 24 * 60;

    // The passage of the Moon that is nearest to midnight ends 25 hours after it at most.
    private const double Reach = 1.1;

    private readonly SkySpan span;
    private readonly double noon;
    private readonly Lazy<Night> night;

    /// <param name="date">The local date of the evening.</param>
    /// <param name="step">How far apart the samples are; the last one is at or before the second noon.</param>
    public NightSky(Place place, DateOnly date, TimeSpan step)
    {
        if (date < First || date > Last)
            throw new ArgumentOutOfRangeException(nameof(date), date, $"A night is {First:yyyy-MM-dd} to {Last:yyyy-MM-dd}.");
        if (step < TimeSpan.FromDays(1) / MaxSamples || step > TimeSpan.FromDays(1))
            throw new ArgumentOutOfRangeException(nameof(step), step, "A step is a minute to a day.");
        (Place, Date) = (place, date);
        noon = NoonOf(place, date);
        span = new(Middle - Reach, Middle + Reach);
        Samples = [.. Enumerable.Range(0, (int)(TimeSpan.FromDays(1) / step) + 1).Select(i => new SkyAt(place, span, noon + (i * step.TotalDays)))];
        night = new(Describe);
    }

    public Place Place { get; }

    public DateOnly Date { get; }

    /// <summary>The sky from noon to noon.</summary>
    public IReadOnlyList<SkyAt> Samples { get; }

    /// <summary>Sun, twilights and Moon.</summary>
    public Night Night => night.Value;

    private double Middle => noon + 0.5;

    /// <summary>A target's passage and where it is through the night.</summary>
    public TargetNight See(Target target)
    {
        var aim = target.AimIn(span);
        return new() { Passage = PassageOf(target, aim), Samples = [.. Samples.Select(s => s.See(aim(s)))] };
    }

    /// <summary>A target's passage alone.</summary>
    public Passage PassageOf(Target target) => PassageOf(target, target.AimIn(span));

    /// <summary>The noon before a night, of the mean Sun, in days.</summary>
    internal static double NoonOf(Place place, DateOnly date) =>
        TimeScale.Days(new(date, new TimeOnly(12, 0), TimeSpan.Zero)) - (place.LongitudeDeg / 360);

    private Passage PassageOf(Target target, Func<SkyAt, Vector> aim)
    {
        if (target is HorizonTarget horizon)
            return new() { Passing = horizon.AltitudeDeg < 0 ? Passing.NeverUp : Passing.AlwaysUp, TransitAltitudeDeg = horizon.AltitudeDeg };
        var crossings = new Crossings(Place, span, aim);
        var transit = crossings.TransitNear(Middle);
        var rise = crossings.Crossing(crossings.LowerTransitNear(transit - 0.5), transit, target.HorizonDeg);
        var set = crossings.Crossing(transit, crossings.LowerTransitNear(transit + 0.5), target.HorizonDeg);
        var altitude = crossings.Altitude(transit);
        return new()
        {
            Passing = (rise, set) switch
            {
                (null, null) => altitude < target.HorizonDeg ? Passing.NeverUp : Passing.AlwaysUp,
                (_, null) => altitude < target.HorizonDeg ? Passing.Sets : Passing.Rises,
                (null, _) => altitude < target.HorizonDeg ? Passing.Rises : Passing.Sets,
                _ => Passing.RisesAndSets,
            },
            Rise = InstantOf(altitude < target.HorizonDeg ? set : rise),
            Transit = TimeScale.Instant(transit),
            Set = InstantOf(altitude < target.HorizonDeg ? rise : set),
            TransitAltitudeDeg = Math.Round(altitude, 5),
        };
    }

    private Night Describe()
    {
        var sun = new Crossings(Place, span, s => s.Sun);
        var middle = sun.LowerTransitNear(Middle);
        var (before, after) = (sun.TransitNear(middle - 0.5), sun.TransitNear(middle + 0.5));
        DarkTime Below(double altitude)
        {
            var (first, second) = (sun.Crossing(before, middle, altitude), sun.Crossing(middle, after, altitude));
            var sinks = sun.Altitude(before) > altitude;
            var (begin, end) = first is null ? sinks ? (second, null) : (null, second) : sinks ? (first, second) : (second, first);
            return new()
            {
                Extent = (begin ?? end) is not null ? DarkExtent.PartOfTheNight : sinks ? DarkExtent.Never : DarkExtent.AllNight,
                Begin = InstantOf(begin),
                End = InstantOf(end),
            };
        }

        return new()
        {
            Date = Date,
            Begin = TimeScale.Instant(noon),
            End = TimeScale.Instant(noon + 1),
            Sun = Below(-50 / 60d),
            Civil = Below(-6),
            Nautical = Below(-12),
            Astronomical = Below(-18),
            Moon = PassageOf(new BodyTarget(Body.Moon)),
            MoonIlluminatedFraction = Math.Round(new SkyAt(Place, span, Middle).MoonIlluminatedFraction, 4),
        };
    }

    private static DateTimeOffset? InstantOf(double? days) => days is { } d ? TimeScale.Instant(d) : null;
}
