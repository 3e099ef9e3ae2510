using System.Text.Json;
using OpsDb.Kernel;
using OpsDb.TestKit;

namespace OpsDb.ApiTests.Planning;

/// <summary>What a site records of itself, also while it is cut off: switches, set-ups, the weather.</summary>
[TestFixture(SiteType.Main)]
[TestFixture(SiteType.Secondary)]
public sealed class SiteRecordTests(SiteType type) : SiteFixture(type)
{
    [TestCase("telescopes", 1)]
    [TestCase("instruments", 1)]
    [TestCase("instrument-modules", 1)]
    [TestCase("obs-units", 44)]
    public async Task What_is_taken_out_of_service_says_why_and_since_when(string resource, int id)
    {
        var address = $"/api/v1/{resource}/{id}/availability";
        var silent = await Api.PutAsync(address, new { available = false });
        Assert.That((silent.Status, silent.Wrong("reason")), Is.EqualTo((422, "says why it is taken out of service")));
        var off = await Api.PutAsync(address, new { available = false, reason = "warming up" });
        Assert.That((off.Status, off.Text("unavailable_reason")), Is.EqualTo((Taken(200), "warming up")), off.ToString());
        var seen = (await Other.GetAsync($"/api/v1/{resource}/{id}")).Body;
        Assert.That((seen.GetProperty("available").GetBoolean(), seen.GetProperty("availability_since").GetRawText()),
            Is.EqualTo((false, off.Body.GetProperty("availability_since").GetRawText())));
        var because = await Other.PutAsync(address, new { available = false, reason = "broken" });
        Assert.That((because.Text("unavailable_reason"), because.Body.GetProperty("availability_since").GetRawText()),
            Is.EqualTo(("broken", off.Body.GetProperty("availability_since").GetRawText())), "it is out since the first time");
        var on = await Api.PutAsync(address, new { available = true });
        Assert.That((on.Body.GetProperty("available").GetBoolean(), on.Body.GetProperty("unavailable_reason").ValueKind),
            Is.EqualTo((true, JsonValueKind.Null)));
        Assert.That((await Api.SendAsync(HttpMethod.Put, address, TestApi.Content(new { available = true }, "application/json"), TestTokens.Viewer)).Status,
            Is.EqualTo(403));
        var version = on.Body.GetProperty("version").GetInt32();
        await Eventually.TrueAsync(async () => await Installation.MainAsync<bool>(
            $"select available and unavailable_reason is null and version = @version from {resource.Replace('-', '_')[..^1]} where id = @id",
            new { id, version }),
            "the main database has the last of them");
    }

    [Test]
    public async Task How_a_module_is_set_up_is_kept_from_then_on()
    {
        var id = Guid.CreateVersion7();
        var body = new { id, instrument_module_id = 1, set_at = DateTimeOffset.UtcNow, settings = new { line = "CO 4-3", lo_ghz = 461.04 } };
        var set = await Api.PostAsync("/api/v1/instrument-configurations", body);
        Assert.That((set.Status, set.Id), Is.EqualTo((Taken(201), id)), set.ToString());
        var list = await Other.GetAsync($"/api/v1/instrument-configurations?instrument_module_id=1&limit=1");
        Assert.That(list.Items.Single().GetProperty("settings").GetProperty("lo_ghz").GetDouble(), Is.EqualTo(461.04));
        var nothing = await Api.PostAsync("/api/v1/instrument-configurations", new { instrument_module_id = 1, set_at = DateTimeOffset.UtcNow });
        Assert.That(nothing.Wrong("settings"), Is.EqualTo("says what was set, unless instrument_module_configuration_id does"));
    }

    [Test]
    public async Task A_reading_is_recorded_once()
    {
        var at = DateTimeOffset.UtcNow.AddMinutes(-5);
        var sensor = $"mast {Guid.NewGuid():n}";
        object Reading(int minute, double pwv) => new { telescope_id = 1, sensor, measured_at = at.AddMinutes(minute), pwv_mm = pwv, wind_speed_m_per_s = 3.5 };
        var first = await Api.PostAsync("/api/v1/environment", new { items = (object[])[Reading(0, 0.5), Reading(1, 0.6)] });
        Assert.That((first.Status, first.Body.GetProperty("count").GetInt32(), first.Body.GetProperty("known").GetInt32()),
            Is.EqualTo((Taken(200), 2, 0)), first.ToString());
        var again = await Other.PostAsync("/api/v1/environment", new { items = (object[])[Reading(1, 0.6), Reading(2, 0.7)] });
        Assert.That((again.Body.GetProperty("count").GetInt32(), again.Body.GetProperty("known").GetInt32()), Is.EqualTo((2, 1)), again.ToString());
        var differs = await Api.PostAsync("/api/v1/environment", new { items = (object[])[Reading(3, 0.1), Reading(1, 9)] });
        Assert.That((differs.Status, differs.Problem), Is.EqualTo((409, "already-exists")), differs.ToString());
        Assert.That(differs.Wrong("items[1].measured_at"), Does.StartWith($"{sensor} has said something else"));
        var list = await Other.GetAsync($"/api/v1/environment?sensor={Uri.EscapeDataString(sensor)}&sort=measured_at");
        Assert.That(list.Items.Select(r => r.GetProperty("pwv_mm").GetDouble()), Is.EqualTo((double[])[0.5, 0.6, 0.7]));
        var empty = await Api.PostAsync("/api/v1/environment", new { items = (object[])[new { telescope_id = 1, sensor, measured_at = at }] });
        Assert.That(empty.Wrong("items[0].measured_at"), Is.EqualTo("comes with at least one value that was measured"));
        var nowhere = await Api.PostAsync("/api/v1/environment",
            new { items = (object[])[new { telescope_id = 99999, sensor, measured_at = at, pwv_mm = 1 }] });
        Assert.That((nowhere.Problem, nowhere.Wrong("items[0].telescope_id")),
            Is.EqualTo(("reference-unknown", "there is no telescope 99999")));
    }

    [Test]
    public async Task An_execution_says_with_which_modules_it_was()
    {
        var schema = await Api.SchemaAsync("module");
        var way = (await Api.CreateAsync("module-configurations",
            new { instrument_module_id = 1, name = PlanningFlow.Unique("way"), config_schema_id = schema, settings = new { frequency_ghz = 1 } })).Id();
        if (SiteType == SiteType.Secondary)
        {
            await Eventually.TrueAsync(async () =>
                await Installation.ReplicaAsync<int>("select count(*) from instrument_module_configuration where id = @way", new { way }) == 1,
                "the site's database has the configuration");
        }
        var unit = (await Api.GetAsync("/api/v1/obs-units?instrument_id=1&limit=1")).Items.Single().Id();
        var started = await Api.PostAsync("/api/v1/executions", new { obs_unit_id = unit, module_configuration_ids = (int[])[way] });
        Assert.That(started.Status, Is.EqualTo(Taken(201)), started.ToString());
        var used = await Other.GetAsync($"/api/v1/executed-module-configurations?executed_obs_unit_id={started.Id}");
        Assert.That(used.Items.Single().GetProperty("instrument_module_configuration_id").GetInt32(), Is.EqualTo(way));
        var unknown = await Api.PostAsync("/api/v1/executions", new { obs_unit_id = unit, module_configuration_ids = (int[])[way, 99999] });
        Assert.That(unknown.Wrong("module_configuration_ids[1]"), Is.EqualTo("there is no module configuration 99999"));
        var twice = await Api.PostAsync("/api/v1/executions", new { obs_unit_id = unit, module_configuration_ids = (int[])[way, way] });
        Assert.That(twice.Status, Is.EqualTo(422));
        var finished = await Api.PostAsync($"/api/v1/executions/{started.Id}/finish",
            new { mean_humidity_percent = 12, mean_wind_speed_m_per_s = 4, mean_temperature_c = -8.5 });
        Assert.That((finished.Status, finished.Body.GetProperty("mean_temperature_c").GetDouble()), Is.EqualTo((Taken(200), -8.5)));
    }
}
