using System.Text.Json;
using OpsDb.Kernel;
using OpsDb.ObsUnits;

namespace OpsDb.UnitTests.Kernel;

internal sealed class MergePatchTests
{
    private static readonly ObsUnitModuleConfiguration Row = new()
    {
        Id = 1,
        ObsUnitId = 2,
        InstrumentModuleConfigurationId = 3,
        IsPrimary = true,
        Version = 5,
    };

    private static readonly ObsMode Mode = new() { Id = 1, Name = "map", Description = "slow", Version = 5 };

    [Test]
    public void Null_clears_a_field_and_an_absent_one_stays()
    {
        Assert.That(Apply(Mode, """{"description": null}"""), Is.EqualTo(Mode with { Description = null }));
        Assert.That(Apply("""{"is_primary": false}"""), Is.EqualTo(Row with { IsPrimary = false }));
    }

    [Test]
    public void An_empty_patch_changes_nothing() => Assert.That(Apply("{}"), Is.EqualTo(Row));

    [TestCase("""{"colour": "red"}""", "colour", "is not a field of this resource")]
    [TestCase("""{"obs_unit_id": 4}""", "obs_unit_id", "cannot be changed")]
    [TestCase("""{"version": 6}""", "version", "cannot be changed")]
    [TestCase("""{"is_primary": "yes"}""", "is_primary", "is true or false, not text")]
    [TestCase("""{"is_primary": null}""", "is_primary", "must not be null")]
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

    private static ObsUnitModuleConfiguration Apply(string patch) => Apply(Row, patch);

    private static T Apply<T>(T row, string patch) where T : Row, IRow<T> => new MergePatch<T>(JsonSerializer.Deserialize<JsonElement>(patch)).Apply(row);
}
