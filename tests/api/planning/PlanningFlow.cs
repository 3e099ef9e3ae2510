using System.Text.Json;
using OpsDb.TestKit;

namespace OpsDb.ApiTests.Planning;

/// <summary>Rows of the catalogue that a test makes for itself.</summary>
internal static class PlanningFlow
{
    /// <summary>Creates a row as an administrator.</summary>
    public static async Task<JsonElement> CreateAsync(this TestApi api, string resource, object body)
    {
        var answer = await api.PostAsync($"/api/v1/{resource}", body, null, TestTokens.Admin);
        Assert.That(answer.Status, Is.EqualTo(201), answer.ToString());
        return answer.Body;
    }

    public static int Id(this JsonElement row) => row.GetProperty("id").GetInt32();

    public static string Unique(string name) => $"{name} {Guid.NewGuid():n}";

    /// <summary>An instrument of a telescope of its own, one module of it, and an obs unit with it.</summary>
    public static async Task<(int Telescope, int Instrument, int Module, int Unit)> InstrumentAsync(this TestApi api)
    {
        var telescope = (await api.CreateAsync("telescopes", new
        {
            observatory_id = (await api.CreateAsync("observatories", new { name = Unique("observatory") })).Id(),
            name = Unique("telescope"),
            longitude_deg = -67.7,
            latitude_deg = -23,
            altitude_m = 5600,
        })).Id();
        var instrument = (await api.CreateAsync("instruments", new { telescope_id = telescope, name = Unique("instrument") })).Id();
        var module = (await api.CreateAsync("instrument-modules", new { instrument_id = instrument, name = "A" })).Id();
        return (telescope, instrument, module, await api.UnitAsync(instrument));
    }

    public static async Task<int> UnitAsync(this TestApi api, int instrument) => (await api.CreateAsync("obs-units", new
    {
        name = Unique("unit"),
        observing_program_id = 1,
        source_id = 1,
        obs_mode_id = 1,
        instrument_id = instrument,
        priority = 50,
    })).Id();

    /// <summary>A schema of settings with one number.</summary>
    public static async Task<int> SchemaAsync(this TestApi api, string kind) => (await api.CreateAsync("config-schemas", new
    {
        kind,
        type = Unique("type"),
        schema_version = 1,
        schema = JsonElement.Parse(
            """
            {"type":"object","required":["frequency_ghz"],"additionalProperties":false,
             "properties":{"frequency_ghz":{"type":"number","exclusiveMinimum":0},"tiles":{"type":"array","items":{"type":"object","required":["x_arcmin"]}}}}
            """),
    })).Id();
}
