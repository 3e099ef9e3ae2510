using System.Text.Json;
using OpsDb.Kernel;
using OpsDb.TestKit;

namespace OpsDb.ApiTests.Planning;

/// <summary>Settings of modules and observations, and the slots of units.</summary>
[TestFixture(SiteType.Main)]
public sealed class ConfigurationTests(SiteType type) : SiteFixture(type)
{
    [Test]
    public async Task Settings_that_do_not_fit_their_schema_are_refused_with_the_place()
    {
        var schema = await Api.SchemaAsync("observation");
        var name = PlanningFlow.Unique("map");
        Task<TestAnswer> Create(string settings) => Api.PostAsync("/api/v1/observation-configurations",
            new { name, config_schema_id = schema, settings = JsonElement.Parse(settings) }, null, TestTokens.Admin);
        var refused = await Create("""{"frequency_ghz":460.1,"tiles":[{"x_arcmin":0},{}]}""");
        Assert.That((refused.Status, refused.Problem), Is.EqualTo((422, "invalid-fields")), refused.ToString());
        Assert.That(refused.Wrong("settings"), Does.StartWith("at /tiles/1: "));
        Assert.That((await Create("[]")).Wrong("settings"), Is.EqualTo("is an object of at most 65536 characters"));
        var created = await Create("""{"frequency_ghz":460.1}""");
        Assert.That(created.Status, Is.EqualTo(201), created.ToString());
        var patched = await Api.PatchAsync(
            $"/api/v1/observation-configurations/{created.Body.Id()}", new { settings = new { frequency_ghz = -1 } }, created.ETag);
        Assert.That((patched.Status, patched.Wrong("settings")![..18]), Is.EqualTo((422, "at /frequency_ghz:")));
    }

    [Test]
    public async Task Settings_of_a_module_have_a_schema_for_modules()
    {
        var (_, instrument, module, unit) = await Api.InstrumentAsync();
        var refused = await Api.PostAsync("/api/v1/module-configurations", new
        {
            instrument_module_id = module,
            name = "CO 4-3",
            config_schema_id = await Api.SchemaAsync("observation"),
            settings = new { frequency_ghz = 461 },
        }, null, TestTokens.Admin);
        Assert.That(refused.Wrong("config_schema_id"),
            Is.EqualTo("is of observation settings, and these are of module settings"));
        var way = await ConfigurationAsync(module);
        Assert.That((await Api.CreateAsync("obs-unit-module-configurations",
            new { obs_unit_id = unit, instrument_module_configuration_id = way, is_primary = true })).GetProperty("is_primary").GetBoolean(), Is.True);
        var other = await Api.InstrumentAsync();
        var foreign = await Api.PostAsync("/api/v1/obs-unit-module-configurations",
            new { obs_unit_id = other.Unit, instrument_module_configuration_id = way }, null, TestTokens.Admin);
        Assert.That(foreign.Wrong("instrument_module_configuration_id"),
            Is.EqualTo("is of a module of another instrument than the unit"));
    }

    [Test]
    public async Task A_schema_that_leads_elsewhere_is_refused()
    {
        var refused = await Api.PostAsync("/api/v1/config-schemas",
            new { kind = "module", type = "x", schema_version = 1, schema = JsonElement.Parse("""{"$ref":"http://127.0.0.1/"}""") }, null, TestTokens.Admin);
        Assert.That((refused.Status, refused.Wrong("schema")),
            Is.EqualTo((422, "has /$ref http://127.0.0.1/, which is not one of its own #/$defs/…")));
    }

    [Test]
    public async Task Slots_of_one_telescope_do_not_overlap_also_when_they_come_at_once()
    {
        var (telescope, instrument, _, unit) = await Api.InstrumentAsync();
        Task<TestAnswer> Slot(string start, string end) => Api.PostAsync("/api/v1/pre-scheduled-slots", new
        {
            obs_unit_id = unit,
            telescope_id = telescope,
            start_time = $"2026-03-01T{start}:00Z",
            end_time = $"2026-03-01T{end}:00Z",
        }, null, TestTokens.Admin);
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(n => Slot("02:00", $"02:{30 + n}")));
        Assert.That(answers.Count(a => a.Status == 201), Is.EqualTo(1));
        Assert.That(answers.Where(a => a.Status != 201).Select(a => (a.Status, a.Problem, a.Detail)),
            Is.All.EqualTo((409, "state-conflict", "It overlaps another pre scheduled slot (pre_scheduled_slot_overlap).")));
        var end = answers.Single(a => a.Status == 201).Text("end_time")[11..16];
        Assert.That((await Slot(end, "03:00")).Status, Is.EqualTo(201), "one begins when the other ends");
        Assert.That((await Slot("04:00", "03:00")).Wrong("end_time"),
            Is.EqualTo("is after the start, 2026-03-01T04:00:00Z"));
        var elsewhere = await Api.InstrumentAsync();
        var wrong = await Api.PostAsync("/api/v1/pre-scheduled-slots",
            new { obs_unit_id = unit, telescope_id = elsewhere.Telescope, start_time = "2026-03-02T02:00:00Z", end_time = "2026-03-02T03:00:00Z" },
            null, TestTokens.Admin);
        Assert.That(wrong.Wrong("telescope_id"), Is.EqualTo("is not the telescope of the unit's instrument"));
        Assert.That(instrument, Is.Positive);
    }

    [Test]
    public async Task A_schedule_file_is_imported_whole_or_not_at_all()
    {
        var (telescope, instrument, _, unit) = await Api.InstrumentAsync();
        var name = (await Api.GetAsync($"/api/v1/obs-units/{unit}")).Text("name");
        const string Header = "start_time,stop_time,name,azmin,azmax,el,block_type,scan_type,scan_params_json\n";
        var good = $"{Header}2026-03-01 00:00:00,2026-03-01 00:05:00,slew,,,,slew,,\n"
            + $"2026-03-01 00:05:00,2026-03-01 00:35:00.5,{name},10,20,45,science,constant_el,\"{{\"\"n\"\": [1, 2]}}\"\n"
            + $"2026-03-01T00:35:00.5Z,2026-03-01T01:00:00Z,{name},,,,calibration,daisy,\n";
        var tried = await ImportAsync(good, "&dry_run=true");
        var done = await ImportAsync(good);
        Assert.That((done.Status, Counts(tried), Counts(done), Counts(await ImportAsync(good))),
            Is.EqualTo((200, (2, 0, 1), (2, 0, 1), (0, 2, 1))), done.ToString());
        var slots = (await Api.GetAsync($"/api/v1/pre-scheduled-slots?telescope_id={telescope}")).Items.ToList();
        Assert.That(slots.Select(s => s.GetProperty("comment").GetString()), Is.EqualTo((string[])["constant_el", "daisy"]));
        var bad = await ImportAsync($"{Header}yesterday,2026-03-02 00:05:00,{name},,,,science,,\n2026-03-02 00:05:00,2026-03-02 00:06:00,nobody,,,,science,,\n"
            + $"2026-03-02 00:07:00,2026-03-02 00:08:00,{name},,,,lunch,,\n");
        Assert.That((bad.Status, bad.Wrong("line 2"), bad.Wrong("line 3"), bad.Wrong("line 4")), Is.EqualTo((422,
            "start_time is an instant in UTC, such as 2026-03-01 02:15:00, not 'yesterday'", "names the obs unit 'nobody', and there is none of that name",
            "block_type is science, calibration, slew or idle, not 'lunch'")), bad.ToString());
        Assert.That((await ImportAsync($"{Header}2026-03-01 00:20:00,2026-03-01 00:25:00,{name},,,,science,,\n")).Status, Is.EqualTo(409));
        Assert.That((await ImportAsync("name\n")).Wrong("line 1"), Is.EqualTo("start_time is missing from the header"));
        Assert.That(instrument, Is.Positive);

        static (int, int, int) Counts(TestAnswer a) =>
            (a.Body.GetProperty("created").GetInt32(), a.Body.GetProperty("unchanged").GetInt32(), a.Body.GetProperty("skipped").GetInt32());
        Task<TestAnswer> ImportAsync(string text, string more = "") => Api.SendAsync(HttpMethod.Post,
            $"/api/v1/pre-scheduled-slots/import?telescope_id={telescope}{more}", TestApi.Content(text, "text/plain"), TestTokens.Admin);
    }

    [Test]
    public async Task A_unit_is_in_a_part_of_its_own_program()
    {
        var (_, instrument, _, unit) = await Api.InstrumentAsync();
        var program = (await Api.CreateAsync("programs",
            new { short_name = $"P{Guid.NewGuid():n}", name = PlanningFlow.Unique("program"), kind = "science" })).Id();
        var part = (await Api.CreateAsync("sub-programs", new { observing_program_id = program, short_name = "A", name = "First" })).Id();
        var etag = (await Api.GetAsync($"/api/v1/obs-units/{unit}")).ETag;
        var refused = await Api.PatchAsync($"/api/v1/obs-units/{unit}", new { sub_observing_program_id = part }, etag);
        Assert.That(refused.Wrong("sub_observing_program_id"), Is.EqualTo("is of another program than the unit"));
        var whole = await Api.PostAsync("/api/v1/obs-units", new
        {
            name = PlanningFlow.Unique("unit"),
            observing_program_id = program,
            sub_observing_program_id = part,
            source_id = 1,
            obs_mode_id = 1,
            instrument_id = instrument,
            priority = 1,
            phase_epoch_mjd = 61000.5,
        }, null, TestTokens.Admin);
        Assert.That(whole.Wrong("phase_epoch_mjd"),
            Is.EqualTo("comes with phase_period_days, min_phase and max_phase, or none of the four is there"));
        var member = await Api.CreateAsync("program-members", new { observing_program_id = program, user_name = "observer", role = "lead" });
        Assert.That(member.GetProperty("role").GetString(), Is.EqualTo("lead"));
    }

    private async Task<int> ConfigurationAsync(int module) => (await Api.CreateAsync("module-configurations", new
    {
        instrument_module_id = module,
        name = PlanningFlow.Unique("way"),
        config_schema_id = await Api.SchemaAsync("module"),
        settings = new { frequency_ghz = 461 },
    })).Id();
}
