using System.Text.Json;
using OpsDb.Kernel;
using OpsDb.Observatories;

namespace OpsDb.UnitTests.Observatories;

internal sealed class ObservatoryTests : IDisposable
{
    private readonly Application app = new();

    public void Dispose() => app.Dispose();

    [Test]
    public async Task A_created_row_has_a_key_a_version_and_an_author()
    {
        var observatory = await app.SubmitAsync(new CreateObservatory("High"));
        Assert.That((observatory.Version, observatory.CreatedBy), Is.EqualTo((1, "test")));
        Assert.That(app.Database.Of<Observatory>().Single().Id, Is.EqualTo(observatory.Id));
    }

    [Test]
    public async Task A_telescope_of_an_unknown_observatory_is_refused()
    {
        var refused = await app.RefusesAsync(new CreateTelescope(9, "Dish", 0, 0, 0));
        Assert.That(refused.Problem, Is.EqualTo(Problems.ReferenceUnknown));
        Assert.That(refused.Errors["observatory_id"].Single(), Is.EqualTo("there is no observatory 9"));
    }

    [TestCase(-180.1, 0, 0, "longitude_deg", "is in degrees, -180 to 180, east positive")]
    [TestCase(0, 90.1, 0, "latitude_deg", "is in degrees, -90 to 90, north positive")]
    [TestCase(0, 0, 10_001, "altitude_m", "is in metres above mean sea level, -500 to 10000")]
    public async Task A_telescope_stands_on_the_earth(double longitude, double latitude, double altitude, string field, string reason)
    {
        var observatory = await app.SubmitAsync(new CreateObservatory("High"));
        var refused = await app.RefusesAsync(new CreateTelescope(observatory.Id, "Dish", longitude, latitude, altitude));
        Assert.That(refused.Problem, Is.EqualTo(Problems.InvalidFields));
        Assert.That(refused.Errors.Single(), Has.Property("Key").EqualTo(field).And.Property("Value").EqualTo((string[])[reason]));
    }

    [TestCase(null, 100d, true)]
    [TestCase(100d, null, true)]
    [TestCase(100d, 100d, true)]
    [TestCase(100d, 99d, false)]
    [TestCase(0d, 99d, false)]
    public void The_edges_of_a_band_are_in_order_where_both_are_known(double? low, double? high, bool accepted)
    {
        var module = new InstrumentModule { Id = 1, InstrumentId = 1, Name = "A", Available = true, FrequencyMinGhz = low, FrequencyMaxGhz = high };
        Assert.That(new InstrumentModuleRules().Validate(module).IsValid, Is.EqualTo(accepted));
    }

    [Test]
    public async Task An_instrument_is_taken_out_of_service()
    {
        var instrument = await Instrument();
        var changed = await app.SubmitAsync(new SetAvailability<Instrument>(false) { Id = instrument.Id, Reason = "warm" }, instrument.ETag);
        Assert.That((changed.Available, changed.UnavailableReason, changed.Version), Is.EqualTo((false, "warm", 2)));
    }

    [Test]
    public async Task A_change_on_another_version_is_refused()
    {
        var instrument = await Instrument();
        var refused = await Assert.ThrowsAsync<RefusalException>(
            () => app.SubmitAsync(new Change<Instrument, int>(instrument.Id, Patch("""{"description": "cold"}""")), "\"7\""));
        Assert.That(refused!.Problem, Is.EqualTo(Problems.VersionMismatch));
    }

    [Test]
    public async Task A_change_of_what_is_not_there_is_refused()
    {
        var refused = await app.RefusesAsync(new Change<InstrumentModule, int>(9, new(JsonSerializer.Deserialize<JsonElement>("{}"))));
        Assert.That((refused.Problem, refused.Message), Is.EqualTo((Problems.NotFound, "There is no instrument module 9.")));
    }

    private async Task<Instrument> Instrument()
    {
        var observatory = await app.SubmitAsync(new CreateObservatory("High"));
        var telescope = await app.SubmitAsync(new CreateTelescope(observatory.Id, "Dish", 0, 0, 0));
        return await app.SubmitAsync(new CreateInstrument(telescope.Id, "Array"));
    }

    private static MergePatch<Instrument> Patch(string json) => new(JsonSerializer.Deserialize<JsonElement>(json));
}
