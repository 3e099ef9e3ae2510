using OpsDb.Kernel;
using OpsDb.RawData;

namespace OpsDb.UnitTests.RawData;

/// <summary>The scales and units of ObsCore, against values that others have published.</summary>
public sealed class ObsCoreUnitsTests
{
    // The epoch of the scale; the IAU's J2000.0; the test of the calendar in SOFA (t_cal2jd); IERS; the first midnight of Unix.
    [TestCase("1858-11-17T00:00:00Z", 0)]
    [TestCase("2000-01-01T12:00:00Z", 51544.5)]
    [TestCase("2003-06-01T00:00:00Z", 52791)]
    [TestCase("1972-01-01T00:00:00Z", 41317)]
    [TestCase("1970-01-01T00:00:00Z", 40587)]
    [TestCase("2000-01-01T14:00:00+02:00", 51544.5)]
    public void A_modified_Julian_date_counts_days_from_the_year_1858(string instant, double mjd) =>
        Assert.That(ObsCoreUnits.Mjd(DateTimeOffset.Parse(instant, System.Globalization.CultureInfo.InvariantCulture)), Is.EqualTo(mjd));

    [Test]
    public void A_modified_Julian_date_tells_microseconds_apart()
    {
        var at = new DateTimeOffset(2026, 3, 1, 2, 15, 0, TimeSpan.Zero);
        Assert.That(ObsCoreUnits.Mjd(at), Is.EqualTo(61100.09375));
        Assert.That(ObsCoreUnits.Mjd(at.AddMicroseconds(2)), Is.GreaterThan(ObsCoreUnits.Mjd(at)));
    }

    // The hyperfine line of hydrogen, 1420.405751768 MHz and 21.106114054160 cm; the frequency of the caesium clock; the definition of the metre.
    [TestCase(1.420405751768, 0.21106114054160)]
    [TestCase(9.192631770, 0.03261225571749)]
    [TestCase(0.299792458, 1)]
    public void A_wavelength_is_the_speed_of_light_over_the_frequency(double ghz, double metres) =>
        Assert.That(ObsCoreUnits.WavelengthM(ghz), Is.EqualTo(metres).Within(1e-14));

    [TestCase(0, 0)]
    [TestCase(1, 1)]
    [TestCase(1000, 1)]
    [TestCase(1001, 2)]
    [TestCase(long.MaxValue, 9223372036854776)]
    public void A_kbyte_is_a_thousand_bytes(long bytes, long kbytes) => Assert.That(ObsCoreUnits.Kbytes(bytes), Is.EqualTo(kbytes));

    [TestCase("ivo://example.org/raw", true)]
    [TestCase("ivo://example.org", true)]
    [TestCase("ivo://example.org/raw?", false)]
    [TestCase("ivo://example.org/raw#x", false)]
    [TestCase("https://example.org/raw", false)]
    [TestCase("ivo://e", false)]
    public void A_publisher_is_an_IVOA_identifier(string text, bool isOne)
    {
        var settings = new Settings(_ => text);
        Assert.That((ObsCoreOptions.Read(settings).Publisher, settings.Mistakes.Count == 0), Is.EqualTo((text, isOne)));
    }
}
