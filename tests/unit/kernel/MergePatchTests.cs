using System.Text.Json;
using OpsDb.Kernel;
using OpsDb.Observatories;

namespace OpsDb.UnitTests.Kernel;

internal sealed class MergePatchTests
{
    private static readonly Instrument Row = new()
    {
        Id = 1,
        TelescopeId = 2,
        Name = "Array",
        InstrumentType = "camera",
        Available = true,
        Description = "cold",
        Version = 5,
    };

    [Test]
    public void Null_clears_a_field_and_an_absent_one_stays() =>
        Assert.That(Apply("""{"description": null, "available": false}"""), Is.EqualTo(Row with { Description = null, Available = false }));

    [Test]
    public void An_empty_patch_changes_nothing() => Assert.That(Apply("{}"), Is.EqualTo(Row));

    [TestCase("""{"colour": "red"}""", "colour", "is not a field of this resource")]
    [TestCase("""{"name": "Other"}""", "name", "cannot be changed")]
    [TestCase("""{"version": 6}""", "version", "cannot be changed")]
    [TestCase("""{"available": "yes"}""", "available", "is true or false, not text")]
    [TestCase("""{"available": null}""", "available", "must not be null")]
    public void A_field_that_is_unknown_fixed_or_of_another_type_is_refused(string patch, string field, string reason)
    {
        var refused = Assert.Throws<RefusalException>(() => Apply(patch))!;
        Assert.That(refused.Problem, Is.EqualTo(Problems.MalformedBody));
        Assert.That(refused.Errors[field], Is.EqualTo((string[])[reason]));
    }

    [TestCase("[]")]
    [TestCase("1")]
    [TestCase("null")]
    public void A_patch_is_an_object(string patch) => Assert.That(() => Apply(patch), Throws.TypeOf<RefusalException>());

    private static Instrument Apply(string patch) => new MergePatch<Instrument>(JsonSerializer.Deserialize<JsonElement>(patch)).Apply(Row);
}
