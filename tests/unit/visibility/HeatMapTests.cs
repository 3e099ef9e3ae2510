using OpsDb.Visibility;

namespace OpsDb.UnitTests.Visibility;

internal sealed class HeatMapTests
{
    private static readonly Place Chajnantor = new(-22.9859, -67.7403, 5600);
    private static readonly DateOnly From = new(2026, 10, 1), To = new(2027, 3, 31);
    private static readonly TimeSpan HalfHour = TimeSpan.FromMinutes(30);
    private static readonly FixedTarget Orion = new(83.8104, -5.3753);

    [Test]
    public void A_semester_has_a_row_for_each_night_and_a_column_for_each_half_hour()
    {
        var map = HeatMap.Of(Chajnantor, Orion, From, To, HalfHour, 30, -18);
        Assert.That(map.Nights, Has.Count.EqualTo(182));
        Assert.That(map.HoursFromMidnight, Has.Count.EqualTo(49));
        Assert.That((map.HoursFromMidnight[0], map.HoursFromMidnight[24], map.HoursFromMidnight[48]), Is.EqualTo((-12d, 0d, 12d)));
        Assert.That(map.Nights.Select(n => n.AltitudesDeg.Count), Has.All.EqualTo(49));
    }

    [Test]
    public void Its_altitudes_are_those_of_the_night()
    {
        var row = HeatMap.Of(Chajnantor, Orion, From, From, HalfHour, 30, -18).Nights.Single();
        var night = new NightSky(Chajnantor, From, HalfHour).See(Orion);
        Assert.That(row.AltitudesDeg, Is.EqualTo(night.Samples.Select(s => s.AltitudeDeg)).Within(0.006));
    }

    [Test]
    public void Its_hours_are_those_between_the_twilights_in_which_the_target_is_high()
    {
        foreach (var row in HeatMap.Of(Chajnantor, Orion, From, To, HalfHour, 30, -18).Nights.Where((_, i) => i % 20 == 0))
        {
            var sky = new NightSky(Chajnantor, row.Night, TimeSpan.FromMinutes(1));
            var dark = sky.Night.Astronomical;
            Assert.That(row.DarkH, Is.EqualTo((dark.End - dark.Begin)!.Value.TotalHours).Within(0.03));
            var high = sky.See(Orion).Samples.Count(s => s.AltitudeDeg >= 30 && s.At >= dark.Begin && s.At <= dark.End) / 60d;
            Assert.That(row.ObservableH, Is.EqualTo(high).Within(0.06));
        }
    }

    [Test]
    public void Without_a_limit_for_the_Sun_all_of_the_day_counts()
    {
        var row = HeatMap.Of(Chajnantor, new FixedTarget(0, -89.9), From, From, HalfHour, 10, 90).Nights.Single();
        Assert.That((row.DarkH, row.ObservableH), Is.EqualTo((24d, 24d)));
    }

    [Test]
    public void A_target_that_never_rises_is_never_observable() => Assert.That(
        HeatMap.Of(Chajnantor, new FixedTarget(0, 89), From, To, HalfHour, 0, -18).Nights.Select(n => n.ObservableH), Has.All.EqualTo(0));

    [Test]
    public void The_Moon_and_planets_have_heat_maps_too() => Assert.That(
        HeatMap.Of(Chajnantor, new BodyTarget(Body.Jupiter), From, To, HalfHour, 20, -18).Nights.Sum(n => n.ObservableH), Is.InRange(200, 1500));

    [Test]
    public void What_is_too_much_or_impossible_is_refused()
    {
        Assert.That(() => HeatMap.Of(Chajnantor, Orion, To, From, HalfHour, 30, -18), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => HeatMap.Of(Chajnantor, Orion, From, From.AddDays(400), HalfHour, 30, -18), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => HeatMap.Of(Chajnantor, Orion, From, To, TimeSpan.FromMinutes(7), 30, -18), Throws.TypeOf<ArgumentOutOfRangeException>());
    }
}
