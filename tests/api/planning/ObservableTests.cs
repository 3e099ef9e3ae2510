using System.Text.Json;
using OpsDb.Kernel;

namespace OpsDb.ApiTests.Planning;

/// <summary>What can be observed at an instant, and why the rest cannot.</summary>
[TestFixture(SiteType.Main)]
public sealed class ObservableTests(SiteType type) : SiteFixture(type)
{
    // The galactic centre is 6 degrees from the zenith of 23 degrees south then, at 67.7 west, and in the north nothing of Polaris is to be seen.
    private const string At = "2026-06-21T04:30:00Z";

    [Test]
    public async Task The_best_comes_first_and_everything_else_says_why_not()
    {
        var (telescope, instrument, module, _) = await Api.InstrumentAsync();
        var high = await SourceAsync(266.4, -29);
        var north = await SourceAsync(37.95, 89.26);
        var plain = await UnitAsync(instrument, high, 50);
        var urgent = await UnitAsync(instrument, high, 90);
        var low = await UnitAsync(instrument, north, 90, new { min_elevation_deg = 20 });
        var dry = await UnitAsync(instrument, high, 90, new { max_pwv_mm = 0.3 });
        var zenith = await UnitAsync(instrument, high, 90, new { max_elevation_deg = 60, min_hour_angle_h = 2, max_hour_angle_h = 4 });
        var moon = await UnitAsync(instrument, high, 90, new { min_moon_distance_deg = 179, min_sun_distance_deg = 179 });
        // Half a period after the epoch.
        var phase = await UnitAsync(instrument, high, 90,
            new { phase_epoch_mjd = 61211.1875, phase_period_days = 2.0, min_phase = 0.9, max_phase = 0.1 });
        var off = await UnitAsync(instrument, high, 90);
        await Api.PutAsync($"/api/v1/obs-units/{off}/availability", new { available = false, reason = "done" });
        var linked = await UnitAsync(instrument, high, 90);
        var way = (await Api.CreateAsync("module-configurations",
            new { instrument_module_id = module, name = "x", config_schema_id = await Api.SchemaAsync("module"), settings = new { frequency_ghz = 1 } })).Id();
        await Api.CreateAsync("obs-unit-module-configurations", new { obs_unit_id = linked, instrument_module_configuration_id = way });
        await Api.PutAsync($"/api/v1/instrument-modules/{module}/availability", new { available = false, reason = "warm" });

        var answer = await Api.GetAsync($"/api/v1/obs-units/observable?at={At}&telescope_id={telescope}&pwv_mm=0.5");
        Assert.That(answer.Status, Is.EqualTo(200), answer.ToString());
        var ids = answer.Items.Select(i => i.GetProperty("obs_unit_id").GetInt32()).ToList();
        Assert.That((ids.IndexOf(urgent), ids.IndexOf(plain)), Is.EqualTo((0, ids.Count - 1)), answer.ToString());
        Assert.That(answer.Items.First().GetProperty("source").GetProperty("altitude_deg").GetDouble(), Is.GreaterThan(80));
        Assert.That(Reasons(low), Is.EqualTo((string[])["too_low"]));
        Assert.That(Reasons(dry), Is.EqualTo((string[])["too_wet"]));
        Assert.That(Reasons(zenith), Is.EqualTo((string[])["too_high", "hour_angle"]));
        Assert.That(Reasons(moon), Is.EqualTo((string[])["near_sun", "near_moon"]));
        Assert.That(Reasons(phase), Is.EqualTo((string[])["phase"]));
        Assert.That(Reasons(off), Is.EqualTo((string[])["unit_unavailable"]));
        Assert.That(Reasons(linked), Is.EqualTo((string[])["module_unavailable"]));
        Assert.That(Excluded(dry).GetProperty("reasons")[0].GetProperty("detail").GetString(),
            Is.EqualTo("there is 0.50 mm of water vapour, and at most 0.3 is asked for"));
        Assert.That(Excluded(off).GetProperty("reasons")[0].GetProperty("detail").GetString(), Is.EqualTo("the unit is out of service: done"));

        JsonElement Excluded(int unit) => answer.Body.GetProperty("excluded").EnumerateArray().Single(e => e.GetProperty("obs_unit_id").GetInt32() == unit);
        IEnumerable<string?> Reasons(int unit) => Excluded(unit).GetProperty("reasons").EnumerateArray().Select(r => r.GetProperty("obstacle").GetString());
    }

    [Test]
    public async Task What_was_measured_last_counts_for_an_hour()
    {
        var (telescope, instrument, _, _) = await Api.InstrumentAsync();
        var unit = await UnitAsync(instrument, await SourceAsync(266.4, -29), 10, new { max_pwv_mm = 0.3 });
        await Api.PostAsync("/api/v1/environment", new
        {
            items = (object[])
            [
                new { telescope_id = telescope, sensor = "radiometer", measured_at = "2026-06-21T04:00:00Z", pwv_mm = 0.9 },
                new { telescope_id = telescope, sensor = "radiometer", measured_at = "2026-06-21T04:10:00Z", pwv_mm = 0.2 },
                new { telescope_id = telescope, sensor = "mast", measured_at = "2026-06-21T04:20:00Z", temperature_c = 1 },
            ],
        });
        Assert.That((await WeatherAsync("2026-06-21T04:05:00Z"), await WeatherAsync(At), await WeatherAsync("2026-06-21T05:30:00Z")),
            Is.EqualTo(("0.9 excluded", "0.2 observable", "null observable")));

        async Task<string> WeatherAsync(string at)
        {
            var answer = await Api.GetAsync($"/api/v1/obs-units/observable?at={at}&telescope_id={telescope}");
            var isIn = answer.Items.Any(i => i.GetProperty("obs_unit_id").GetInt32() == unit);
            return $"{answer.Body.GetProperty("weather")[0].GetProperty("pwv_mm").GetRawText()} {(isIn ? "observable" : "excluded")}";
        }
    }

    [TestCase("at=now", "at")]
    [TestCase("limit=0", "limit")]
    [TestCase("limit=1001", "limit")]
    [TestCase("pwv_mm=-1", "pwv_mm")]
    [TestCase("pwv_mm=NaN", "pwv_mm")]
    [TestCase("telescope_id=x", "telescope_id")]
    public async Task What_cannot_be_read_is_named(string query, string field)
    {
        var refused = await Api.GetAsync($"/api/v1/obs-units/observable?{query}");
        Assert.That((refused.Status, refused.Problem, refused.Wrong(field) is not null), Is.EqualTo((400, "malformed-parameter", true)));
    }

    [Test]
    public async Task A_telescope_that_is_not_there_is_refused() => Assert.That(
        (await Api.GetAsync("/api/v1/obs-units/observable?telescope_id=99999")).Wrong("telescope_id"), Is.EqualTo("there is no telescope 99999"));

    private async Task<int> SourceAsync(double ra, double dec) =>
        (await Api.CreateAsync("sources", new { name = PlanningFlow.Unique("source"), type = "fixed", ra_deg = ra, dec_deg = dec })).Id();

    private async Task<int> UnitAsync(int instrument, int source, int priority, object? limits = null)
    {
        var body = JsonSerializer.SerializeToNode(limits ?? new { })!.AsObject();
        foreach (var (name, value) in JsonSerializer.SerializeToNode(new
        {
            name = PlanningFlow.Unique("unit"),
            observing_program_id = 1,
            source_id = source,
            obs_mode_id = 1,
            instrument_id = instrument,
            priority,
        })!.AsObject())
            body[name] = value!.DeepClone();
        return (await Api.CreateAsync("obs-units", body.ToJsonString())).Id();
    }
}
