using FsCheck;
using FsCheck.Fluent;
using OpsDb.Visibility;

namespace OpsDb.UnitTests.Visibility;

internal sealed class SkyTests
{
    private static readonly Place Chajnantor = new(-22.9859, -67.7403, 5600);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private static Arbitrary<(Place Place, FixedTarget Target, DateOnly Night)> AnyNight => (
        from latitude in Gen.OneOf(Gen.Elements(-90d, 90, 0, -66.6, 66.6), Gen.Choose(-90_000, 90_000).Select(x => x / 1000d))
        from longitude in Gen.OneOf(Gen.Elements(-180d, 180, 0), Gen.Choose(-180_000, 180_000).Select(x => x / 1000d))
        from ra in Gen.OneOf(Gen.Elements(0d, 359.9999999), Gen.Choose(0, 359_999).Select(x => x / 1000d))
        from dec in Gen.OneOf(Gen.Elements(-90d, 90, 0), Gen.Choose(-90_000, 90_000).Select(x => x / 1000d))
        from day in Gen.Choose(NightSky.First.DayNumber, NightSky.Last.DayNumber)
        select (new Place(latitude, longitude, 100), new FixedTarget(ra, dec), DateOnly.FromDayNumber(day))).ToArbitrary();

    private static Arbitrary<Body> AnyBody => Gen.Elements(Enum.GetValues<Body>().Where(b => b != Body.Earth)).ToArbitrary();

    [FsCheck.NUnit.Property(MaxTest = 300)]
    public Property Every_sample_is_on_the_sphere() => Prop.ForAll(AnyNight, n =>
    {
        foreach (var s in new NightSky(n.Place, n.Night, Hour).See(n.Target).Samples)
        {
            Assert.That(s.AltitudeDeg, Is.InRange(-90, 90));
            Assert.That(s.AzimuthDeg, Is.InRange(0, 359.999995));
            Assert.That(s.HourAngleH, Is.InRange(-12, 11.999999));
            Assert.That(s.ParallacticAngleDeg, Is.InRange(-180, 180));
            Assert.That(s.SunDistanceDeg, Is.InRange(0, 180));
            Assert.That(s.MoonDistanceDeg, Is.InRange(0, 180));
            Assert.That(s.Airmass, s.AltitudeDeg < 0 ? Is.Null : Is.InRange(0.999, 40));
        }
    });

    [FsCheck.NUnit.Property(MaxTest = 300)]
    public Property A_target_rises_before_its_transit_and_sets_after_it() => Prop.ForAll(AnyNight, AnyBody, (n, body) =>
    {
        var sky = new NightSky(n.Place, n.Night, Hour);
        foreach (var target in (Target[])[n.Target, new BodyTarget(body)])
        {
            var passage = sky.PassageOf(target);
            Assert.That(passage.Passing, Is.EqualTo((passage.Rise, passage.Set) switch
            {
                ({ } r, { } s) when r < passage.Transit && passage.Transit < s => Passing.RisesAndSets,
                ({ }, null) => Passing.Rises,
                (null, { }) => Passing.Sets,
                _ => passage.TransitAltitudeDeg < target.HorizonDeg ? Passing.NeverUp : Passing.AlwaysUp,
            }));
            Assert.That((passage.Transit!.Value - sky.Night.Begin).TotalHours, Is.InRange(-0.6, 24.6));
        }
    });

    [Test]
    public void Between_rise_and_set_it_is_up_and_before_and_after_it_is_not()
    {
        var target = new FixedTarget(83.8104, -5.3753);
        var passage = new NightSky(Chajnantor, new(2026, 11, 27), Hour).PassageOf(target);
        double AltitudeAt(DateTimeOffset? at, int minutes) => SkyAt.Of(Chajnantor, at!.Value.AddMinutes(minutes)).See(target).AltitudeDeg;
        Assert.That(AltitudeAt(passage.Rise, 0), Is.EqualTo(-34 / 60d).Within(0.001));
        Assert.That(AltitudeAt(passage.Rise, 1), Is.GreaterThan(-34 / 60d));
        Assert.That(AltitudeAt(passage.Set, 1), Is.LessThan(-34 / 60d));
        Assert.That(SkyAt.Of(Chajnantor, passage.Transit!.Value).See(target).HourAngleH, Is.EqualTo(0).Within(1e-5));
    }

    [TestCase(89, Passing.AlwaysUp)]
    [TestCase(-89, Passing.NeverUp)]
    [TestCase(0, Passing.RisesAndSets)]
    public void A_circumpolar_source_and_one_that_never_rises_say_so(double declination, Passing passing)
    {
        var passage = new NightSky(new(60, 25), new(2026, 11, 27), Hour).PassageOf(new FixedTarget(10, declination));
        Assert.That(passage.Passing, Is.EqualTo(passing));
        Assert.That(passage.Rise is null, Is.EqualTo(passing != Passing.RisesAndSets));
        Assert.That(passage.Transit, Is.Not.Null);
    }

    [TestCase(90, 6, DarkExtent.Never)]
    [TestCase(90, 12, DarkExtent.AllNight)]
    [TestCase(-90, 6, DarkExtent.AllNight)]
    [TestCase(-90, 12, DarkExtent.Never)]
    [TestCase(70, 6, DarkExtent.Never)]
    [TestCase(70, 12, DarkExtent.AllNight)]
    [TestCase(0, 12, DarkExtent.PartOfTheNight)]
    public void The_midnight_sun_and_the_polar_night_are_told(double latitude, int month, DarkExtent extent)
    {
        var sun = new NightSky(new(latitude, 25), new(2026, month, 21), Hour).Night.Sun;
        Assert.That(sun.Extent, Is.EqualTo(extent));
        Assert.That((sun.Begin is null, sun.End is null), Is.EqualTo((extent != DarkExtent.PartOfTheNight, extent != DarkExtent.PartOfTheNight)));
    }

    [Test]
    public void At_a_pole_the_Sun_sets_once_a_year_and_then_does_not_rise_in_that_night()
    {
        var set = Enumerable.Range(15, 14).Select(d => new NightSky(new(90, 0), new(2026, 9, d), Hour).Night.Sun)
            .Where(s => s.Extent == DarkExtent.PartOfTheNight).ToList();
        Assert.That(set, Has.Count.EqualTo(1));
        Assert.That((set[0].Begin is null, set[0].End is null), Is.EqualTo((false, true)));
    }

    [Test]
    public void The_twilights_follow_one_another()
    {
        var night = new NightSky(Chajnantor, new(2026, 11, 27), Hour).Night;
        DateTimeOffset?[] times = [night.Begin, night.Sun.Begin, night.Civil.Begin, night.Nautical.Begin, night.Astronomical.Begin,
            night.Astronomical.End, night.Nautical.End, night.Civil.End, night.Sun.End, night.End];
        Assert.That(times, Is.Ordered.And.All.Not.Null);
    }

    [Test]
    public void Both_sides_of_the_antimeridian_see_the_same_sky_a_date_apart()
    {
        var (east, west) = (new NightSky(new(-17, 180), new(2026, 3, 2), Hour), new NightSky(new(-17, -180), new(2026, 3, 1), Hour));
        Assert.That(east.Night.Begin, Is.EqualTo(west.Night.Begin));
        Assert.That(east.See(new FixedTarget(10, -40)).Samples, Is.EqualTo(west.See(new FixedTarget(10, -40)).Samples));
    }

    [Test]
    public void What_keeps_its_direction_stays_there_while_the_Sun_and_the_Moon_pass()
    {
        var night = new NightSky(Chajnantor, new(2026, 11, 27), Hour).See(new HorizonTarget(200, 45));
        Assert.That(night.Samples.Select(s => (s.AzimuthDeg, s.AltitudeDeg)), Has.All.EqualTo((200d, 45d)));
        Assert.That(night.Samples.Select(s => s.SunDistanceDeg).Distinct().Count(), Is.GreaterThan(20));
        Assert.That((night.Passage.Passing, night.Passage.Transit), Is.EqualTo((Passing.AlwaysUp, (DateTimeOffset?)null)));
    }

    [TestCase(90, 1)]
    [TestCase(30, 1.994)]
    [TestCase(5, 10.3)]
    [TestCase(0, 38.8)]
    public void The_airmass_is_right_down_to_the_horizon(double altitude, double airmass) =>
        Assert.That(Airmass.At(altitude), Is.EqualTo(airmass).Within(0.01).Percent.Or.EqualTo(airmass).Within(0.2));

    [TestCase(90, 0)]
    [TestCase(45, 1.0)]
    [TestCase(10, 5.4)]
    [TestCase(-0.57, 34)]
    public void Refraction_is_half_a_degree_at_the_horizon_and_nothing_at_the_zenith(double altitude, double minutes) =>
        Assert.That(Refraction.At(altitude) * 60, Is.EqualTo(minutes).Within(0.5));

    [TestCase(2.2)]
    [TestCase(8)]
    public void A_span_of_days_is_as_exact_as_the_theories_that_it_is_made_of(double length)
    {
        foreach (var start in Enumerable.Range(0, 20).Select(i => -3650 + (i * 1800.37)))
        {
            var span = new SkySpan(start, start + length);
            foreach (var days in Enumerable.Range(0, 11).Select(i => start + (length * i / 10)))
            {
                var theory = new SkySpan(days - 0.01, days + 0.01);
                foreach (var body in (Body[])[Body.Sun, Body.Moon, Body.Mercury, Body.Jupiter])
                    Assert.That(span.Apparent(body, days).AngleTo(theory.Apparent(body, days)), Is.LessThan(1e-4 * Angles.ArcSecond), $"{body}");
                var (axes, same) = (span.Orientation(days), theory.Orientation(days));
                Assert.That(axes.ToTrueEquator.First.AngleTo(same.ToTrueEquator.First), Is.LessThan(1e-4 * Angles.ArcSecond));
                Assert.That(axes.SiderealTime, Is.EqualTo(same.SiderealTime).Within(1e-4 * Angles.ArcSecond));
            }
        }
    }

    [Test]
    public void What_cannot_be_computed_is_refused()
    {
        Assert.That(() => new NightSky(Chajnantor, new(1989, 12, 31), Hour), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => new NightSky(Chajnantor, new(2101, 1, 1), Hour), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => new NightSky(Chajnantor, new(2026, 1, 1), TimeSpan.Zero), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => new Place(90.1, 0), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => new Place(double.NaN, 0), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(NaifCodes.BodyOf(999), Is.Null);
    }
}
