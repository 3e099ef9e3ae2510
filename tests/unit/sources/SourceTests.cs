using OpsDb.Sources;

namespace OpsDb.UnitTests.Sources;

internal sealed class SourceTests : IDisposable
{
    private static readonly Source Star = new() { Id = 1, Name = "Star", Type = SourceType.Fixed, RaDeg = 0, DecDeg = -90 };
    private static readonly Source Mars = new() { Id = 2, Name = "Mars", Type = SourceType.SolarSystem, NaifId = 499 };
    private readonly Application app = new();

    public void Dispose() => app.Dispose();

    [Test]
    public void A_fixed_source_has_coordinates_and_a_body_has_a_NAIF_code()
    {
        Assert.That(Wrong(Star), Is.Empty);
        Assert.That(Wrong(Mars), Is.Empty);
    }

    [Test]
    public void A_source_without_coordinates_is_refused() =>
        Assert.That(Wrong(Star with { RaDeg = null, DecDeg = null }), Is.EqualTo((string[])["RaDeg", "DecDeg"]));

    [Test]
    public void A_body_without_a_NAIF_code_is_refused() => Assert.That(Wrong(Mars with { NaifId = null }), Is.EqualTo((string[])["NaifId"]));

    [Test]
    public void A_body_with_coordinates_is_refused() => Assert.That(Wrong(Mars with { RaDeg = 1, DecDeg = 1 }), Is.EqualTo((string[])["RaDeg", "DecDeg"]));

    [TestCase(359.999, 90, 0)]
    [TestCase(360, 0, 1)]
    [TestCase(-0.001, 0, 1)]
    [TestCase(0, 90.001, 1)]
    public void Coordinates_are_on_the_sphere(double ra, double dec, int mistakes) =>
        Assert.That(Wrong(Star with { RaDeg = ra, DecDeg = dec }).Count(), Is.EqualTo(mistakes));

    [Test]
    public void A_body_is_the_one_of_its_code()
    {
        Assert.That(Wrong(Mars with { Body = SolarSystemBody.Mars }), Is.Empty);
        Assert.That(Wrong(Mars with { Body = SolarSystemBody.Venus }), Is.EqualTo((string[])["Body"]));
        Assert.That(new CreateSource("Mars", SourceType.SolarSystem) { Body = SolarSystemBody.Mars }.NaifId, Is.EqualTo(499));
        Assert.That(new CreateSource("Mars", SourceType.SolarSystem) { NaifId = 499 }.Body, Is.EqualTo(SolarSystemBody.Mars));
        Assert.That(new CreateSource("Titan", SourceType.SolarSystem) { NaifId = 606 }.Body, Is.Null);
    }

    [Test]
    public async Task The_API_reports_the_field_by_its_name() =>
        Assert.That((await app.RefusesAsync(new CreateSource("Star", SourceType.Fixed) { DecDeg = 1 })).Errors.Keys, Is.EqualTo((string[])["ra_deg"]));

    [Test]
    public void A_type_is_written_in_snake_case() => Assert.That(Source.Table.Write(Mars).GetProperty("type").GetString(), Is.EqualTo("solar_system"));

    private static IEnumerable<string> Wrong(Source source) => new SourceRules().Validate(source).Errors.Select(e => e.PropertyName);
}
