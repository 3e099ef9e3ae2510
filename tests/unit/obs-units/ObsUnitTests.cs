using OpsDb.Kernel;
using OpsDb.Observatories;
using OpsDb.ObsUnits;
using OpsDb.Programs;
using OpsDb.Sources;

namespace OpsDb.UnitTests.ObsUnits;

internal sealed class ObsUnitTests : IDisposable
{
    private static readonly ObsUnit Unit = new()
    {
        Id = 1,
        Name = "U1",
        ObservingProgramId = 1,
        SourceId = 1,
        ObsModeId = 1,
        InstrumentId = 1,
        Priority = 50,
        Available = true,
    };

    private readonly Application app = new();

    public void Dispose() => app.Dispose();

    [Test]
    public void A_unit_needs_no_conditions() => Assert.That(Wrong(Unit), Is.Empty);

    [Test]
    public void Each_number_has_its_range() =>
        Assert.That(Wrong(Unit with { Priority = 101, RequestedMinutes = 0, MinElevationDeg = -1, MaxElevationDeg = 91, MaxPwvMm = 0 }),
            Is.EqualTo((string[])["Priority", "RequestedMinutes", "MinElevationDeg", "MaxElevationDeg", "MaxPwvMm"]));

    [TestCase(30d, 80d, true)]
    [TestCase(null, 80d, true)]
    [TestCase(30d, null, true)]
    [TestCase(80d, 30d, false)]
    public void Elevations_are_in_order_where_both_are_known(double? lowest, double? highest, bool accepted) =>
        Assert.That(Wrong(Unit with { MinElevationDeg = lowest, MaxElevationDeg = highest }).Any(), Is.Not.EqualTo(accepted));

    [Test]
    public async Task A_unit_refers_to_existing_rows()
    {
        var observatory = await app.SubmitAsync(new CreateObservatory("High"));
        var telescope = await app.SubmitAsync(new CreateTelescope(observatory.Id, "Dish", 0, 0, 0));
        var instrument = await app.SubmitAsync(new CreateInstrument(telescope.Id, "Array"));
        var program = await app.SubmitAsync(new CreateObservingProgram("P1", "Programme one", ProgramKind.Science));
        var source = await app.SubmitAsync(new CreateSource("Mars", SourceType.SolarSystem) { NaifId = 499 });
        var mode = await app.SubmitAsync(new CreateObsMode("map"));
        var create = new CreateObsUnit("U1", program.Id, source.Id, mode.Id, instrument.Id, 50);

        foreach (var (wrong, field) in ((CreateObsUnit, string)[])
        [
            (create with { ObservingProgramId = 1 }, "observing_program_id"), (create with { SourceId = 1 }, "source_id"),
            (create with { ObsModeId = 1 }, "obs_mode_id"), (create with { InstrumentId = 1 }, "instrument_id"),
        ])
        {
            var refused = await app.RefusesAsync(wrong);
            Assert.That((refused.Problem, refused.Errors.Keys.Single()), Is.EqualTo((Problems.ReferenceUnknown, field)));
        }
        Assert.That((await app.SubmitAsync(create)).Available, Is.True);
    }

    private static IEnumerable<string> Wrong(ObsUnit unit) => new ObsUnitRules().Validate(unit).Errors.Select(e => e.PropertyName);
}
