namespace OpsDb.Visibility;

/// <summary>One night of a heat map.</summary>
public sealed record HeatMapNight
{
    /// <summary>The local date of its evening.</summary>
    /// <example>2026-11-27</example>
    public required DateOnly Night { get; init; }

    /// <summary>How long the Sun is low enough, hours.</summary>
    /// <example>7.44</example>
    public required double DarkH { get; init; }

    /// <summary>How long the target is high enough meanwhile, hours.</summary>
    /// <example>5.12</example>
    public required double ObservableH { get; init; }

    /// <summary>The target's altitude at each of the map's hours, degrees, without refraction.</summary>
    public required IReadOnlyList<double> AltitudesDeg { get; init; }
}

/// <summary>
/// A target's altitude by night and by hour, and how long it can be observed in each night. The hours are those of the mean Sun at the place, so that
/// midnight is in the middle of every row. Both come from the same samples: the first is the picture of a season, the second its sum.
/// </summary>
public sealed record HeatMap
{
    /// <summary>The most nights of one map.</summary>
    public const int MaxNights = 400;

    // As many as one span of the sky is good for.
    private const int TogetherNights = 8;

    /// <summary>Of each column, hours since the midnight of the mean Sun, -12 to 12.</summary>
    public required IReadOnlyList<double> HoursFromMidnight { get; init; }

    /// <summary>Night after night.</summary>
    public required IReadOnlyList<HeatMapNight> Nights { get; init; }

    /// <summary>Makes the map.</summary>
    /// <param name="step">Between two columns: a whole part of a day, 10 to 60 minutes; the hours are right to a minute with half an hour.</param>
    /// <param name="minAltitudeDeg">How high the target has to be.</param>
    /// <param name="maxSunAltitudeDeg">How high the Sun may be.</param>
    public static HeatMap Of(Place place, Target target, DateOnly from, DateOnly to, TimeSpan step, double minAltitudeDeg, double maxSunAltitudeDeg)
    {
        if (from < NightSky.First || to > NightSky.Last || to < from || to.DayNumber - from.DayNumber >= MaxNights)
            throw new ArgumentOutOfRangeException(nameof(to), to,
                $"A map has 1 to {MaxNights} nights, {NightSky.First:yyyy-MM-dd} to {NightSky.Last:yyyy-MM-dd}.");
        if (step < TimeSpan.FromMinutes(10) || step > TimeSpan.FromHours(1) || TimeSpan.FromDays(1).Ticks % step.Ticks != 0)
            throw new ArgumentOutOfRangeException(nameof(step), step, "A step is a whole part of a day, 10 to 60 minutes.");
        var count = (int)(TimeSpan.FromDays(1) / step);
        return new()
        {
            HoursFromMidnight = [.. Enumerable.Range(0, count + 1).Select(i => (24d * i / count) - 12)],
            Nights = [.. Enumerable.Range(from.DayNumber, to.DayNumber - from.DayNumber + 1).Chunk(TogetherNights).SelectMany(nights =>
            {
                var first = NightSky.NoonOf(place, DateOnly.FromDayNumber(nights[0]));
                var span = new SkySpan(first, first + nights.Length);
                var aim = target.AimIn(span);
                return nights.Select((night, i) =>
                    Row(DateOnly.FromDayNumber(night), new Samples(place, span, aim, first + i, count), minAltitudeDeg, maxSunAltitudeDeg));
            })],
        };
    }

    private static HeatMapNight Row(DateOnly night, Samples samples, double minAltitudeDeg, double maxSunAltitudeDeg)
    {
        var count = samples.Count;
        var altitudes = new double[count + 1];
        double dark = 0, observable = 0;
        var sunBefore = 0d;
        for (var i = 0; i <= count; i++)
        {
            (altitudes[i], var sunAltitude) = samples.At(i);
            var sun = maxSunAltitudeDeg - sunAltitude;
            if (i > 0)
            {
                var (darkBegin, darkEnd) = Above(sunBefore, sun);
                var (highBegin, highEnd) = Above(altitudes[i - 1] - minAltitudeDeg, altitudes[i] - minAltitudeDeg);
                dark += darkEnd - darkBegin;
                observable += Math.Max(0, Math.Min(darkEnd, highEnd) - Math.Max(darkBegin, highBegin));
            }
            sunBefore = sun;
        }
        return new()
        {
            Night = night,
            DarkH = Math.Round(dark * 24 / count, 3),
            ObservableH = Math.Round(observable * 24 / count, 3),
            AltitudesDeg = [.. altitudes.Select(a => Math.Round(a, 2))],
        };
    }

    /// <summary>From which to which part of a step a straight line is above zero.</summary>
    private static (double Begin, double End) Above(double begin, double end) => (begin < 0, end < 0) switch
    {
        (true, true) => (0, 0),
        (false, false) => (0, 1),
        (true, false) => (begin / (begin - end), 1),
        _ => (0, begin / (begin - end)),
    };

    /// <summary>A night's skies, from noon to noon.</summary>
    private sealed record Samples(Place Place, SkySpan Span, Func<SkyAt, Vector> Aim, double Noon, int Count)
    {
        /// <summary>The altitudes of the target and of the Sun, degrees.</summary>
        public (double Target, double Sun) At(int index)
        {
            var sky = new SkyAt(Place, Span, Noon + ((double)index / Count));
            return (SkyAt.AltitudeOf(Aim(sky)), sky.SunAltitudeDeg);
        }
    }
}
