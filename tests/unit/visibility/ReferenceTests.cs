using OpsDb.Visibility;

namespace OpsDb.UnitTests.Visibility;

internal sealed class ReferenceTests
{
    private static readonly Dictionary<string, double> ArcSeconds = new() { ["stars"] = 2, ["Sun"] = 5, ["Moon"] = 30, ["planets"] = 60 };

    public static IEnumerable<Reference> All => Reference.All;

    [TestCaseSource(nameof(All))]
    public void Every_value_is_that_of_the_other_implementation_within_its_tolerance(Reference reference)
    {
        var (difference, _) = Difference(reference);
        Assert.That(difference, Is.LessThanOrEqualTo(Tolerance(reference)));
    }

    [Test]
    public void The_table_has_every_kind_of_value_and_the_largest_differences_are_told()
    {
        var largest = Reference.All.GroupBy(r => (Quantity: Name(r), r.Kind)).OrderBy(g => g.Key.Quantity).ThenBy(g => g.Key.Kind)
            .Select(g => $"| {g.Key.Quantity} | {g.Key.Kind} | {g.Count()} | {g.Max(r => Difference(r).Value):0.####} {Difference(g.First()).Unit} | "
                + $"{Tolerance(g.First())} {Difference(g.First()).Unit} |").ToList();
        TestContext.Out.WriteLine(string.Join('\n', largest));
        Assert.That(largest, Has.Count.GreaterThan(15));
        Assert.That(Reference.All, Has.Count.GreaterThan(300));
    }

    private static double Tolerance(Reference reference) => reference.Quantity switch
    {
        "sidereal_time" => 0.1,
        "horizontal" => ArcSeconds[reference.Kind],
        "sun_distance" or "moon_distance" or "parallactic_angle" => 60,
        "moon_illuminated_fraction" => 0.001,
        "hour_angle" => 4,
        "rise" or "set" or "transit" => 30,
        "sun_begin" or "sun_end" => 30,
        _ => 5,
    };

    private static string Name(Reference reference) => reference.Quantity switch
    {
        "sun_begin" or "sun_end" => "sunset and sunrise",
        var q when q.EndsWith("_begin", StringComparison.Ordinal) || q.EndsWith("_end", StringComparison.Ordinal) => "twilight",
        var q => q.Replace('_', ' '),
    };

    private static (double Value, string Unit) Difference(Reference r) => r.Quantity switch
    {
        "sidereal_time" => (Math.Abs(SiderealHours(r.Instant) - Reference.Number(r.Value)) * 3600, "s"),
        "horizontal" => (OnTheSky(SkyAt.Of(r.Place, r.Instant).See(r.Looked), r), "″"),
        "sun_distance" => (Math.Abs(SkyAt.Of(r.Place, r.Instant).See(r.Looked).SunDistanceDeg - Reference.Number(r.Value)) * 3600, "″"),
        "moon_distance" => (Math.Abs(SkyAt.Of(r.Place, r.Instant).See(r.Looked).MoonDistanceDeg - Reference.Number(r.Value)) * 3600, "″"),
        "moon_illuminated_fraction" => (Math.Abs(SkyAt.Of(r.Place, r.Instant).MoonIlluminatedFraction - Reference.Number(r.Value)), ""),
        "hour_angle" => (Math.Abs(SkyAt.Of(r.Place, r.Instant).See(r.Looked).HourAngleH - Reference.Number(r.Value)) * 3600, "s"),
        "parallactic_angle" => (Math.Abs(SkyAt.Of(r.Place, r.Instant).See(r.Looked).ParallacticAngleDeg - Reference.Number(r.Value)) * 3600, "″"),
        _ => (Seconds(Found(r), r.Moment), "s"),
    };

    private static DateTimeOffset? Found(Reference r)
    {
        var sky = new NightSky(r.Place, r.Night, TimeSpan.FromDays(1));
        return r.Quantity switch
        {
            "rise" => sky.PassageOf(r.Looked).Rise,
            "transit" => sky.PassageOf(r.Looked).Transit,
            "set" => sky.PassageOf(r.Looked).Set,
            "sun_begin" => sky.Night.Sun.Begin,
            "sun_end" => sky.Night.Sun.End,
            "civil_begin" => sky.Night.Civil.Begin,
            "civil_end" => sky.Night.Civil.End,
            "nautical_begin" => sky.Night.Nautical.Begin,
            "nautical_end" => sky.Night.Nautical.End,
            "astronomical_begin" => sky.Night.Astronomical.Begin,
            _ => sky.Night.Astronomical.End,
        };
    }

    private static double Seconds(DateTimeOffset? found, DateTimeOffset? wanted) => (found, wanted) switch
    {
        ({ } f, { } w) => Math.Abs((f - w).TotalSeconds),
        (null, null) => 0,
        _ => double.PositiveInfinity,
    };

    private static double SiderealHours(DateTimeOffset instant)
    {
        var days = TimeScale.Days(instant);
        var t = TimeScale.Centuries(days);
        return EarthOrientation.SiderealTime(days, t, EarthOrientation.Nutation(t)) / Angles.Turn * 24;
    }

    /// <summary>The angle between two directions, in arc seconds.</summary>
    private static double OnTheSky(Sighting seen, Reference r) =>
        Vector.Spherical(seen.AzimuthDeg * Angles.Degree, seen.AltitudeDeg * Angles.Degree)
            .AngleTo(Vector.Spherical(Reference.Number(r.Azimuth) * Angles.Degree, Reference.Number(r.Value) * Angles.Degree)) / Angles.ArcSecond;
}
