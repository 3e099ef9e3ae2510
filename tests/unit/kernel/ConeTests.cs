using FsCheck;
using FsCheck.Fluent;
using OpsDb.Kernel;

namespace OpsDb.UnitTests.Kernel;

internal sealed class ConeTests
{
    [TestCase("0.0001,0,0.0002", 359.9999, 0, true, Description = "across 0 h, just at the radius")]
    [TestCase("0.0001,0,0.00019", 359.9999, 0, false)]
    [TestCase("359.9999,0,0.0002", 0.0001, 0, true)]
    [TestCase("12,90,0", 200, 90, true, Description = "a pole has no right ascension")]
    [TestCase("12,89,2", 192, 89, true, Description = "over the pole")]
    [TestCase("12,89,1.9", 192, 89, false)]
    [TestCase("12,-89,2", 192, -89, true)]
    [TestCase("10,60,1", 12, 60, true, Description = "where a degree of right ascension is half a one")]
    [TestCase("10,60,0.99", 12, 60, false)]
    [TestCase("10,0,0", 10, 0, true)]
    [TestCase("10,0,0", 10.0000001, 0, false)]
    [TestCase("10,0,90", 100, 0, true)]
    [TestCase("10,0,90", 10, -90, true)]
    [TestCase("10,0,90", 101, 0, false)]
    [TestCase("10,5,180", 190, -5, true, Description = "just opposite")]
    [TestCase("83.8,-5.4,180", 263.8, 5.4, true)]
    [TestCase("10,5,179", 190, -5, false)]
    [TestCase("0,90,180", 77, -90, true)]
    public void A_place_is_within_or_not(string cone, double raDeg, double decDeg, bool isWithin) =>
        Assert.That(Cone.Parse(cone)!.Contains(raDeg, decDeg), Is.EqualTo(isWithin));

    [TestCase("")]
    [TestCase("1,2")]
    [TestCase("1,2,3,4")]
    [TestCase("1,2,x")]
    [TestCase("360,0,1")]
    [TestCase("-1,0,1")]
    [TestCase("0,90.1,1")]
    [TestCase("0,-90.1,1")]
    [TestCase("0,0,-1")]
    [TestCase("0,0,180.1")]
    [TestCase("0,0,NaN")]
    [TestCase("0,0,1e400")]
    public void What_is_no_cone_is_none(string text) => Assert.That(Cone.Parse(text), Is.Null);

    /// <summary>The angle from the cross and the dot product is right everywhere; only at the very radius the two may differ.</summary>
    [FsCheck.NUnit.Property(Arbitrary = new[] { typeof(Places) }, MaxTest = 5000)]
    public bool It_is_the_angle_between_the_places(Place a, Place b, double radius)
    {
        var angle = Math.Atan2(Length(Cross(Vector(a), Vector(b))), Dot(Vector(a), Vector(b))) * 180 / Math.PI;
        return Math.Abs(angle - radius) < 1e-8
            || Cone.Parse(FormattableString.Invariant($"{a.RaDeg:R},{a.DecDeg:R},{radius:R}"))!.Contains(b.RaDeg, b.DecDeg) == angle < radius;
    }

    /// <summary>Just opposite, the last bit is a microdegree.</summary>
    [FsCheck.NUnit.Property(Arbitrary = new[] { typeof(Places) }, MaxTest = 2000)]
    public bool Its_distance_is_the_angle_to_its_middle(Place a, Place b)
    {
        var angle = Math.Atan2(Length(Cross(Vector(a), Vector(b))), Dot(Vector(a), Vector(b))) * 180 / Math.PI;
        return Math.Abs(Cone.Parse(FormattableString.Invariant($"{a.RaDeg:R},{a.DecDeg:R},180"))!.DistanceDeg(b.RaDeg, b.DecDeg) - angle) < 5e-6;
    }

    private static double[] Vector(Place p)
    {
        var (ra, dec) = (p.RaDeg * Math.PI / 180, p.DecDeg * Math.PI / 180);
        return [Math.Cos(dec) * Math.Cos(ra), Math.Cos(dec) * Math.Sin(ra), Math.Sin(dec)];
    }

    private static double[] Cross(double[] a, double[] b) => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];

    private static double Dot(double[] a, double[] b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

    private static double Length(double[] a) => Math.Sqrt(Dot(a, a));

    internal sealed record Place(double RaDeg, double DecDeg);

    /// <summary>Anywhere, and often near 0 h, the poles and each other.</summary>
    private static class Places
    {
        public static Arbitrary<Place> Place() => (
            from ra in Gen.Elements(0.0, 359.9999, 0.0001, 180, 83.8, 263.8)
            from dec in Gen.Elements(0.0, 90, -90, 89.9999, -89.9999, -5.4, 5.4)
            from moved in Gen.Elements(0.0, 1e-5, 0.01, 1, 50)
            from east in Gen.Choose(0, 1000)
            from south in Gen.Choose(-1000, 1000)
            select new Place((ra + moved * east / 1000) % 360, Math.Clamp(dec + moved * south / 1000, -90, 90))).ToArbitrary();

        public static Arbitrary<double> Radius() =>
            Gen.OneOf(Gen.Elements(0.0, 0.0001, 0.01, 0.5, 90, 180), Gen.Choose(0, 180_000).Select(r => r / 1000.0)).ToArbitrary();
    }
}
