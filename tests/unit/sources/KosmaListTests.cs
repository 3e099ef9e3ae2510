using OpsDb.Kernel;
using OpsDb.Sources;

namespace OpsDb.UnitTests.Sources;

internal sealed class KosmaListTests
{
    // Positions that were published for both equinoxes, and the galactic centre and pole in the ICRS.
    [TestCase("A EQ 1950 09:45:14.8 13:30:40", 146.98919, 13.27877, 2)]
    [TestCase("3C273 EQ 1950 12:26:33.248 02:19:43.29", 187.27791, 2.05240, 0.2)]
    [TestCase("3C286 EQ B1950 13:28:49.657 30:45:58.64", 202.784533, 30.509155, 0.2)]
    [TestCase("3C84 EQ 1950.0 03:16:29.569 41:19:51.92", 49.950667, 41.511696, 0.2)]
    [TestCase("A EQ 2000 05:35:14.5 -05:22:30", 83.8104167, -5.375, 0.001)]
    [TestCase("A EQ J2000.0 5:35.5 -5.375", 83.875, -5.375, 0.001)]
    [TestCase("A GA 0 0", 266.404996, -28.936172, 0.1)]
    [TestCase("A GA 123.4 90", 192.859481, 27.128251, 0.1)]
    public void A_place_is_in_the_ICRS(string line, double raDeg, double decDeg, double arcsec)
    {
        var errors = new FieldErrors();
        var source = KosmaList.Read(line, errors).Single().Source;
        errors.ThrowIfAny(SourceProblems.ListInvalid);
        var centre = FormattableString.Invariant($"{raDeg:R},{decDeg:R},180");
        Assert.That(Cone.Parse(centre)!.DistanceDeg(source.RaDeg!.Value, source.DecDeg!.Value) * 3600, Is.LessThan(arcsec), $"{source.RaDeg} {source.DecDeg}");
    }

    [TestCase(83.8104, "05:35:14.496")]
    [TestCase(0, "00:00:00.000")]
    [TestCase(359.9999999, "00:00:00.000")]
    [TestCase(14.9999999, "01:00:00.000")]
    public void A_right_ascension_is_written_in_hours(double deg, string text) => Assert.That(Sexagesimal.Hours(deg), Is.EqualTo(text));

    [TestCase(-5.3753, "-05:22:31.08")]
    [TestCase(-0.5, "-00:30:00.00")]
    [TestCase(-0.0000001, "+00:00:00.00")]
    [TestCase(90, "+90:00:00.00")]
    [TestCase(12.9999999, "+13:00:00.00")]
    public void A_declination_is_written_with_its_sign(double deg, string text) => Assert.That(Sexagesimal.Degrees(deg), Is.EqualTo(text));

    [TestCase("-00:30:00", -0.5)]
    [TestCase("+12:30", 12.5)]
    [TestCase("12.25", 12.25)]
    [TestCase("12:60:00", null)]
    [TestCase("12:-1:00", null)]
    [TestCase("12.5:30", null)]
    [TestCase("+-12", null)]
    [TestCase("1:2:3:4", null)]
    [TestCase("", null)]
    [TestCase(":", null)]
    [TestCase("1e3", null)]
    [TestCase("NaN", null)]
    public void Sixtieths_are_read_or_refused(string text, double? value) => Assert.That(Sexagesimal.Parse(text), Is.EqualTo(value));
}
