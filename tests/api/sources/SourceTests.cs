using System.Text.Json;
using OpsDb.Kernel;
using OpsDb.TestKit;

namespace OpsDb.ApiTests.Sources;

/// <summary>Kinds of sources, what is shown of them, and lists of them.</summary>
[TestFixture(SiteType.Main)]
[TestFixture(SiteType.Secondary)]
public sealed class SourceTests(SiteType type) : SiteFixture(type)
{
    private const string Import = "/api/v1/sources/import?format=kosma";

    [Test]
    public async Task A_source_of_each_kind_has_a_card()
    {
        var star = await CreateAsync(new
        {
            name = $"S {Guid.NewGuid()}",
            type = "fixed",
            ra_deg = 83.8104,
            dec_deg = -5.3753,
            v_helio_km_s = 26.5,
            pm_ra_mas_yr = 1.5,
            pm_dec_mas_yr = -2,
            epoch_jyear = 2016,
        });
        var chip = (await Api.GetAsync($"/api/v1/sources/{star}/chip")).Body;
        Assert.That((Text(chip, "ra"), Text(chip, "dec"), Text(chip, "velocity_frame")), Is.EqualTo(("05:35:14.496", "-05:22:31.08", "helio")));
        Assert.That(chip.GetProperty("velocity_km_s").GetDouble(), Is.EqualTo(26.5));
        var jupiter = await CreateAsync(new { name = $"S {Guid.NewGuid()}", type = "solar_system", body = "jupiter" });
        var planet = (await Api.GetAsync($"/api/v1/sources/{jupiter}")).Body;
        Assert.That((planet.GetProperty("naif_id").GetInt32(), Text(planet, "body")), Is.EqualTo((599, "jupiter")));
        Assert.That(Text((await Api.GetAsync($"/sources/{jupiter}/chip")).Body, "body"), Is.EqualTo("jupiter"));
        var mars = await CreateAsync(new { name = $"S {Guid.NewGuid()}", type = "solar_system", naif_id = 499 });
        Assert.That(Text((await Api.GetAsync($"/api/v1/sources/{mars}")).Body, "body"), Is.EqualTo("mars"));
        var strip = await CreateAsync(new { name = $"S {Guid.NewGuid()}", type = "constant_elevation", az_min_deg = 300, az_max_deg = 20, elevation_deg = 45 });
        Assert.That((await Api.GetAsync($"/api/v1/sources/{strip}/chip")).Body.GetProperty("az_min_deg").GetDouble(), Is.EqualTo(300));
        Assert.That((await Api.GetAsync("/api/v1/sources/2147483647/chip")).Status, Is.EqualTo(404));
    }

    [TestCase("""{"type":"solar_system","body":"pluto"}""", 400, "body: is one of sun, ")]
    [TestCase("""{"type":"solar_system","body":"venus","naif_id":499}""", 422, "body: is another body than the one with the naif_id 499")]
    [TestCase("""{"type":"fixed","ra_deg":1,"dec_deg":1,"body":"sun"}""", 422, "naif_id: is for solar_system sources")]
    [TestCase("""{"type":"fixed","ra_deg":1,"dec_deg":1,"pm_ra_mas_yr":1}""", 422, "pm_dec_mas_yr: is given together")]
    [TestCase("""{"type":"fixed","ra_deg":1,"dec_deg":1,"pm_ra_mas_yr":1,"pm_dec_mas_yr":1}""", 422, "epoch_jyear: is needed")]
    [TestCase("""{"type":"fixed","ra_deg":1,"dec_deg":1,"v_lsr_km_s":1,"v_helio_km_s":1}""", 422, "v_helio_km_s: is given instead of")]
    [TestCase("""{"type":"fixed","ra_deg":1,"dec_deg":1,"v_lsr_km_s":300000}""", 422, "v_lsr_km_s: is in km/s")]
    [TestCase("""{"type":"fixed","ra_deg":1,"dec_deg":90.1}""", 422, "dec_deg: is in degrees")]
    [TestCase("""{"type":"fixed","ra_deg":360,"dec_deg":1}""", 422, "ra_deg: is in degrees")]
    [TestCase("""{"type":"fixed","ra_deg":1,"dec_deg":1,"elevation_deg":45}""", 422, "elevation_deg: is for constant_elevation")]
    [TestCase("""{"type":"constant_elevation","az_min_deg":360,"az_max_deg":20,"elevation_deg":45}""", 422, "az_min_deg: is in degrees")]
    [TestCase("""{"type":"constant_elevation","az_min_deg":0,"az_max_deg":20}""", 422, "elevation_deg: is needed")]
    [TestCase("""{"type":"constant_elevation","az_min_deg":0,"az_max_deg":20,"elevation_deg":45,"ra_deg":1}""", 422, "ra_deg: is for fixed")]
    public async Task A_source_has_what_its_kind_has(string body, int status, string reason)
    {
        var refused = await Api.PostAsync("/api/v1/sources", $$"""{"name":"S {{Guid.NewGuid()}}",{{body[1..]}}""", null, TestTokens.Admin);
        Assert.That(refused.Status, Is.EqualTo(status), refused.ToString());
        Assert.That(refused.Detail, Does.StartWith(reason));
    }

    [Test]
    public async Task Details_have_the_obs_units_of_a_source_and_their_hours_with_those_that_are_pending()
    {
        var source = await CreateAsync(new { name = $"S {Guid.NewGuid()}", type = "fixed", ra_deg = 1, dec_deg = 1 });
        var unit = await Api.PostAsync("/api/v1/obs-units", new
        {
            name = $"U {Guid.NewGuid()}",
            observing_program_id = 1,
            source_id = source,
            obs_mode_id = 1,
            instrument_id = 1,
            requested_minutes = 90,
            priority = 50,
            available = true,
        }, null, TestTokens.Admin);
        Assert.That(unit.Status, Is.EqualTo(201), unit.ToString());
        var obs_unit_id = unit.Body.GetProperty("id").GetInt32();
        await Eventually.TrueAsync(async () => (await Api.GetAsync($"/api/v1/obs-units/{obs_unit_id}")).Status == 200, "it is readable here");
        var start = new DateTimeOffset(2026, 1, 2, 3, 0, 0, TimeSpan.Zero);
        TestAnswer execution = null!;
        await Eventually.TrueAsync(async () => (execution = await Api.PostAsync("/api/v1/executions", new { obs_unit_id, start_time = start })).Status < 300,
            "it can be executed");
        await Api.PostAsync($"/api/v1/executions/{execution.Id}/finish", new { end_time = start.AddMinutes(45) });
        var details = await Api.GetAsync($"/api/v1/sources/{source}/details", TestTokens.Viewer);
        Assert.That(details.Status, Is.EqualTo(200), details.ToString());
        Assert.That((Hours("requested_hours"), Hours("observed_hours")), Is.EqualTo((1.5, 0.75)));
        var part = details.Body.GetProperty("obs_units").EnumerateArray().Single();
        Assert.That((part.GetProperty("obs_unit").GetProperty("id").GetInt32(), part.GetProperty("executions").GetInt32()), Is.EqualTo((obs_unit_id, 1)));
        Assert.That((await Api.GetAsync($"/sources/{source}/details")).Header("Deprecation"), Is.Not.Null);
        Assert.That((await Api.GetAsync("/api/v1/sources/2147483647/details")).Status, Is.EqualTo(404));

        double Hours(string name) => details.Body.GetProperty(name).GetDouble();
    }

    [Test]
    public async Task A_list_is_imported_once_and_changes_nothing_when_it_comes_again()
    {
        var mark = Guid.NewGuid().ToString("n");
        var list = $"""
            ! sources of {mark}
            {mark}a|alias EQ 2000.0 05:35:14.50 -05:22:30.0 LSR 9.0 FLUX 1.5 -0.3   ! a remark

            {mark}b GA 208.9937 -19.3850 HELIO 26
            {mark}c EQ 1950 09:45:14.8 13:30:40.5 LS -27
            """;
        Assert.That((await ImportAsync(list, $"{Import}&dry_run=true")).Body.GetProperty("created").GetInt32(), Is.EqualTo(3));
        var created = await ImportAsync(list);
        Assert.That((created.Status, created.Body.GetProperty("created").GetInt32()), Is.EqualTo((200, 3)), created.ToString());
        await Eventually.TrueAsync(async () => (await Other.GetAsync($"/api/v1/sources?name_prefix={mark}&count=true")).Total == 3, "they are readable");
        var found = (await Api.GetAsync($"/api/v1/sources?name_prefix={mark}&sort=name")).Items.ToList();
        Assert.That(found.Select(s => s.GetProperty("id").GetInt32()), Is.EqualTo(created.Body.GetProperty("ids").EnumerateArray().Select(i => i.GetInt32())));
        Assert.That(Text(found[0], "comment"), Is.EqualTo("Also alias"));
        Assert.That(found[0].GetProperty("ra_deg").GetDouble(), Is.EqualTo(83.8104166667).Within(1e-9));
        Assert.That(found[1].GetProperty("v_helio_km_s").GetDouble(), Is.EqualTo(26));
        Assert.That((found[2].GetProperty("ra_deg").GetDouble(), found[2].GetProperty("dec_deg").GetDouble()), Is.EqualTo((146.9887, 13.2787)).Within(0.0001));
        var again = await ImportAsync(list);
        Assert.That((again.Status, again.Body.GetProperty("created").GetInt32(), again.Body.GetProperty("unchanged").GetInt32()), Is.EqualTo((200, 0, 3)),
            again.ToString());
        Assert.That(again.Header("OpsDb-Transaction"), Is.Null);
        var moved = await ImportAsync($"{mark}d EQ 2000 00:00:00 00:00:00\n{mark}a EQ 2000 05:35:14.51 -05:22:30.0 LSR 9.0");
        Assert.That((moved.Status, moved.Problem, moved.Detail.StartsWith("line 2: names", StringComparison.Ordinal)),
            Is.EqualTo((422, "source-list-invalid", true)), moved.ToString());
        Assert.That((await Api.GetAsync($"/api/v1/sources?name_prefix={mark}&count=true")).Total, Is.EqualTo(3), "all or nothing");
    }

    [TestCase("A EQ 2000 05:35:14.50", "line 1: is too short")]
    [TestCase("\n\nA EQ 1988.5 05:35:14.50 1", "line 3: has the equinox '1988.5'")]
    [TestCase("A 05:35:14.50 -05:22:30", "line 1: has '05:35:14.50' where EQ or GA is expected")]
    [TestCase("A HO 12 45", "line 1: has horizontal coordinates")]
    [TestCase("A EQ 2000 83.8 -5.4", "line 1: has the right ascension '83.8'")]
    [TestCase("A EQ 2000 24:00:00 -5.4", "line 1: has the right ascension '24:00:00'")]
    [TestCase("A EQ 2000 05:60:00 -5.4", "line 1: has the right ascension '05:60:00'")]
    [TestCase("A EQ 2000 05:35:14.50,1.5 -5.4", "line 1: has the right ascension")]
    [TestCase("A EQ 2000 05:35:14.50 90.1", "line 1: has the latitude '90.1'")]
    [TestCase("A EQ 2000 05:35:14.50 NaN", "line 1: has the latitude 'NaN'")]
    [TestCase("A GA 1e3 1", "line 1: has the galactic longitude '1e3'")]
    [TestCase("A EQ 2000 05:35:14.50 1 LSR", "line 1: has no number behind LSR")]
    [TestCase("A EQ 2000 05:35:14.50 1 LSR 1 HEL 2", "line 1: has two velocities")]
    [TestCase("A EQ 2000 05:35:14.50 1 RED 1", "line 1: has the word 'RED'")]
    [TestCase("A EQ 2000 05:35:14.50 1 LSR 400000", "line 1.v_lsr_km_s: is in km/s")]
    [TestCase("A\u200bB EQ 2000 05:35:14.50 1", "line 1.name: has the character U+200B")]
    [TestCase("A EQ 2000 05:35:14 1\nA EQ 2000 05:35:14 1", "line 2: names 'A', which is on line 1 already")]
    [TestCase("! nothing", "list: has 1 to 10000 sources, not 0")]
    [TestCase("", "list: has 1 to 10000 sources, not 0")]
    public async Task A_wrong_line_is_told_and_nothing_is_imported(string list, string reason)
    {
        var refused = await ImportAsync(list);
        Assert.That(refused.Status, Is.EqualTo(422), refused.ToString());
        Assert.That(refused.Detail, Does.StartWith(reason));
        Assert.That((await Api.GetAsync("/api/v1/sources?name=A&count=true")).Total, Is.Zero);
    }

    [Test]
    public async Task A_list_comes_as_text_of_a_named_form_and_is_not_too_large()
    {
        var json = await Api.PostAsync(Import, new { list = "A EQ 2000 05:35:14 1" }, null, TestTokens.Admin);
        Assert.That((json.Status, json.Problem), Is.EqualTo((415, "unsupported-media-type")), json.ToString());
        Assert.That((await ImportAsync("A EQ 2000 05:35:14 1", "/api/v1/sources/import?format=csv")).Problem, Is.EqualTo("malformed-parameter"));
        Assert.That((await ImportAsync("A EQ 2000 05:35:14 1", "/api/v1/sources/import")).Problem, Is.EqualTo("malformed-parameter"));
        var many = await ImportAsync(string.Join('\n', Enumerable.Range(0, 10_001).Select(i => $"S{i} EQ 2000 05:35:14 1")));
        Assert.That(many.Detail, Does.StartWith("list: has 1 to 10000 sources, not 10001"), many.ToString());
        var wrong = await ImportAsync(string.Join('\n', Enumerable.Range(0, 10_000).Select(i => $"S{i} EQ 2000 05:35:14 91")));
        Assert.That((wrong.Status, wrong.Body.GetProperty("errors").EnumerateObject().Count()), Is.EqualTo((422, 20)), wrong.ToString());
        Assert.That((await ImportAsync("A\0 EQ 2000 05:35:14 1")).Status, Is.EqualTo(400));
        Assert.That((await ImportAsync("A EQ 2000 05:35:14 1", Import, TestTokens.Viewer)).Problem, Is.EqualTo("permission-missing"));
    }

    [Test]
    public async Task Older_addresses_list_and_get_sources()
    {
        Assert.That((await Api.GetAsync("/sources?name=Orion-KL")).Items.Single().GetProperty("type").GetString(), Is.EqualTo("fixed"));
        Assert.That((await Api.GetAsync("/sources/?ra=83.8&dec=-5.37&radius=0.5")).Status, Is.EqualTo(200));
        Assert.That((await Api.GetAsync("/sources/1")).Header("Deprecation"), Is.EqualTo("@1795219200"));
    }

    private static string Text(JsonElement of, string name) => of.GetProperty(name).GetString()!;

    private async Task<int> CreateAsync(object source)
    {
        var created = await Api.PostAsync("/api/v1/sources", source, null, TestTokens.Admin);
        Assert.That(created.Status, Is.EqualTo(201), created.ToString());
        var id = created.Body.GetProperty("id").GetInt32();
        await Eventually.TrueAsync(async () => (await Api.GetAsync($"/api/v1/sources/{id}")).Status == 200, "it is readable here");
        return id;
    }

    private Task<TestAnswer> ImportAsync(string list, string path = Import, TestTokens? token = null) =>
        Api.SendAsync(HttpMethod.Post, path, TestApi.Content(list, "text/plain"), token ?? TestTokens.Admin);
}
