using System.Text.Json;
using OpsDb.ApiTests.Transfers;
using OpsDb.Kernel;
using OpsDb.TestKit;

namespace OpsDb.ApiTests.RawData;

/// <summary>What the Virtual Observatory is told of raw data packages.</summary>
[TestFixture(SiteType.Main)]
public sealed class ObsCoreTests(SiteType type) : SiteFixture(type)
{
    private const string Records = "/api/v1/obscore", Packages = "/api/v1/raw-data-packages";
    private const string StartTime = "2026-03-01T02:15:00Z", EndTime = "2026-03-01T02:55:30.5Z";

    private readonly string collection = $"{Guid.NewGuid():n}";

    [Test]
    public async Task A_record_says_what_the_records_know_at_that_moment()
    {
        var (execution, package) = await PackageAsync();
        var first = await DescribeAsync(package, new { obs_publisher_did = "ivo://example.org/raw?1" });
        Assert.That((first.Status, first.Id, first.Header("Location")), Is.EqualTo((201, package, $"{Packages}/{package}/obscore")), first.ToString());
        Assert.That(Known(first.Body), Is.EqualTo($$"""
            calib_level: 0, obs_collection: GEco, obs_id: {{execution}}, obs_publisher_did: ivo://example.org/raw?1, target_name: Orion-KL,
            s_ra: 83.8104583, s_dec: -5.3751389, t_min: 61100.09375, em_min: 0.0006056413292929293, em_max: 0.000658884523076923,
            facility_name: CCAT Observatory, instrument_name: CHAI/LFA
            """.ReplaceLineEndings(" ")));

        await Api.PostAsync($"/api/v1/executions/{execution}/finish", new { end_time = EndTime });
        await Api.PostAsync($"{Packages}/{package}/finalize", new { });
        var again = await DescribeAsync(package, new { });
        Assert.That((again.Status, again.Body.GetProperty("version").GetInt32(), again.Text("obs_publisher_did")),
            Is.EqualTo((200, 2, "ivo://example.org/raw?1")), "what nobody knows stays as it was");
        Assert.That((Number(again, "access_estsize"), Number(again, "t_exptime")), Is.EqualTo((2.0, 2430.5)));
        Assert.That(Number(again, "t_max"), Is.EqualTo(61100.12188078703).Within(1e-10));
        var same = await DescribeAsync(package, new { });
        Assert.That((same.Status, same.ETag), Is.EqualTo((200, again.ETag)), "nothing is left to do");
        foreach (var address in (string[])[$"{Records}/{package}", $"{Packages}/{package}/obscore"])
            Assert.That((await Other.GetAsync(address)).Body.GetProperty("t_exptime").GetDouble(), Is.EqualTo(2430.5));
        Assert.That((await Api.GetAsync($"{Records}/{package}/history")).Items.Count(), Is.EqualTo(2));
        Assert.That((await Api.GetAsync($"{Records}/{package}/provenance")).Items.Count(), Is.EqualTo(2));
    }

    [Test]
    public async Task A_body_of_the_solar_system_has_no_coordinates()
    {
        var moon = (await Api.GetAsync("/api/v1/sources?name=Moon")).Items.Single().GetProperty("id").GetInt32();
        var planned = (await Api.GetAsync("/api/v1/obs-units/1")).Body;
        var unit = await Api.PostAsync("/api/v1/obs-units", new
        {
            name = collection,
            observing_program_id = planned.GetProperty("observing_program_id").GetInt32(),
            source_id = moon,
            obs_mode_id = planned.GetProperty("obs_mode_id").GetInt32(),
            instrument_id = planned.GetProperty("instrument_id").GetInt32(),
            priority = 1,
        }, null, TestTokens.Admin);
        var (_, package) = await PackageAsync(unit.Body.GetProperty("id").GetInt32());
        var described = await DescribedAsync(package, new { });
        Assert.That((described.Text("target_name"), Kind(described, "s_ra"), Kind(described, "s_dec")),
            Is.EqualTo(("Moon", JsonValueKind.Null, JsonValueKind.Null)));
    }

    [Test]
    public async Task What_the_body_gives_goes_before_what_is_known_and_a_patch_changes_it()
    {
        var (_, package) = await PackageAsync();
        var given = await DescribedAsync(package, new
        {
            dataproduct_type = "cube",
            calib_level = 1,
            target_name = "M 42",
            s_ra = 83.82,
            s_dec = -5.39,
            s_fov = 0.5,
            s_region = "CIRCLE ICRS 83.82 -5.39 0.25",
            pol_states = "/I/Q/U/",
            o_ucd = "phot.antennaTemp",
            access_url = "https://archive.example.org/a",
            access_format = "application/x-tar",
        });
        Assert.That((given.Text("dataproduct_type"), given.Text("target_name"), Number(given, "s_ra"), Number(given, "s_fov"), Number(given, "calib_level")),
            Is.EqualTo(("cube", "M 42", 83.82, 0.5, 1.0)));
        var address = $"{Packages}/{package}/obscore";
        Assert.That((await Api.PatchAsync(address, new { s_fov = 0.4 }, null)).Problem, Is.EqualTo("version-required"));
        var changed = await Api.PatchAsync(address, new { s_fov = (double?)null, t_resolution = 0.1 }, given.ETag);
        Assert.That((changed.Status, Kind(changed, "s_fov"), Number(changed, "t_resolution")), Is.EqualTo((200, JsonValueKind.Null, 0.1)), changed.ToString());
        Assert.That((await Api.PatchAsync(address, new { obs_id = (string?)null }, changed.ETag)).Problem, Is.EqualTo("malformed-body"));
    }

    [TestCase("s_ra", 360, "is in degrees (ICRS), 0 to below 360")]
    [TestCase("s_dec", -90.1, "is in degrees (ICRS), -90 to 90")]
    [TestCase("s_fov", 0, "is in degrees, above 0, at most 360")]
    [TestCase("calib_level", 5, "is a level from 0 to 4")]
    [TestCase("t_max", 61100, "is in days (MJD), at least t_min, 61100.09375")]
    [TestCase("em_max", 1e-9, "is in m, at least em_min, 0.0006056413292929293")]
    [TestCase("em_min", 0, "is in m, above 0")]
    [TestCase("access_estsize", -1, "is in kbyte, 0 or more")]
    [TestCase("access_url", "javascript:alert(1)", "is an address that begins with https:// or http://")]
    [TestCase("obs_publisher_did", "example.org", "is an IVOA identifier like ivo://example.org/raw?7")]
    [TestCase("pol_states", "I,Q", "is a list like /I/Q/U/V/, with a slash before and behind each of ")]
    public async Task What_the_standard_does_not_let_be_is_refused(string field, object value, string sentence)
    {
        var (_, package) = await PackageAsync();
        var body = new Dictionary<string, object> { ["obs_publisher_did"] = "ivo://example.org/raw?1", [field] = value };
        var refused = await DescribeAsync(package, body);
        Assert.That((refused.Status, refused.Problem), Is.EqualTo((422, "invalid-fields")), refused.ToString());
        Assert.That(refused.Body.GetProperty("errors").GetProperty(field)[0].GetString(), Does.StartWith(sentence));
        Assert.That((await Api.GetAsync($"{Packages}/{package}/obscore")).Status, Is.EqualTo(404));
    }

    [Test]
    public async Task The_site_makes_the_publishers_identifier_where_it_has_one()
    {
        var (_, package) = await PackageAsync();
        var without = await DescribeAsync(package, new { });
        Assert.That((without.Status, without.Body.GetProperty("errors").GetProperty("obs_publisher_did")[0].GetString()),
            Is.EqualTo((422, "is needed: this site has no setting OBSCORE_PUBLISHER, of which it would be made")));
        await using var named = await Installation.StartMainAsync(("OBSCORE_PUBLISHER", "ivo://example.org/raw"));
        var described = await named.PostAsync($"{Packages}/{package}/obscore", new { });
        Assert.That((described.Status, described.Text("obs_publisher_did")), Is.EqualTo((201, $"ivo://example.org/raw?{package}")), described.ToString());
    }

    [Test]
    public async Task Only_who_may_describes_and_only_what_is_there()
    {
        var (_, package) = await PackageAsync();
        Assert.That((await Api.PostAsync($"{Packages}/{package}/obscore", new { }, null, TestTokens.Viewer)).Problem, Is.EqualTo("permission-missing"));
        Assert.That((await DescribeAsync(Guid.CreateVersion7(), new { })).Problem, Is.EqualTo("not-found"));
        var unknown = await DescribeAsync(package, new { s_ra_deg = 1 });
        Assert.That((unknown.Status, unknown.Problem), Is.EqualTo((400, "malformed-body")), unknown.ToString());
    }

    [Test]
    public async Task An_archive_finds_records_by_place_time_wavelength_and_names()
    {
        var (_, near) = await PackageAsync();
        var (_, far) = await PackageAsync();
        await DescribedAsync(near, new { target_name = "near", s_ra = 359.9, s_dec = 10, t_min = 61000, t_max = 61001, em_min = 1e-3, em_max = 2e-3 });
        await DescribedAsync(far, new { target_name = "far", s_ra = 20, s_dec = 10, t_min = 61005, t_max = 61006, em_min = 4e-4, em_max = 5e-4 });
        foreach (var (query, expected) in new (string, Guid[])[]
        {
            ("", [near, far]), ("cone=0.1,10,0.5", [near]), ("cone=20,10,0", [far]), ("t_min_from=61001", [far]), ("t_max_before=61002", [near]),
            ("t_max_from=61000.5&t_min_before=61000.6", [near]), ("t_max_from=61002&t_min_before=61004", []),
            ("em_max_from=1.5e-3&em_min_before=3e-3", [near]),
            ("em_max_from=6e-4&em_min_before=9e-4", []), ("target_name=far", [far]),
            ("instrument_name_prefix=CHAI/", [near, far]), ("facility_name=CCAT Observatory", [near, far]),
            ("instrument_name=CHAI", []), ("calib_level=1,2", []), ("sort=-t_min&limit=1", [far]),
        })
        {
            var found = await Api.GetAsync($"{Records}?obs_collection={collection}&{query}".TrimEnd('&'));
            Assert.That(found.Status, Is.EqualTo(200), found.ToString());
            Assert.That(found.Items.Select(r => r.GetProperty("id").GetGuid()), Is.EquivalentTo(expected), query);
        }
        Assert.That((await Api.GetAsync($"{Records}?cone=0,0")).Status, Is.EqualTo(400));
    }

    [Test]
    public async Task The_database_forbids_what_the_rules_forbid()
    {
        var (_, package) = await PackageAsync();
        await DescribedAsync(package, new { });
        foreach (var (set, constraint) in new[] { ("s_dec = null", "place"), ("t_max = 1", "time"), ("em_max = 1e-9", "band") })
        {
            var sql = $"update raw_data_package_metadata set {set} where id = @package returning 1";
            await Assert.ThatAsync(() => Installation.MainAsync<int>(sql, new { package }),
                Throws.Exception.With.Message.Contains($"raw_data_package_metadata_{constraint}"), set);
        }
    }

    /// <summary>A package of two files from an execution that runs.</summary>
    private async Task<(Guid Execution, Guid Package)> PackageAsync(int unit = 1)
    {
        var flow = await DataFlow.BeginAsync(Api, archives: 1);
        var execution = (await Api.PostAsync("/api/v1/executions", new { obs_unit_id = unit, start_time = StartTime })).Id;
        var files = Enumerable.Range(0, 2).Select(i => new { relative_path = $"{execution}/{i}", size_bytes = 1000, checksum = DataFlow.Sum($"{i}") });
        var data = await flow.DoneAsync($"executions/{execution}/data",
            new { instrument_module_id = 1, source_location_id = flow.Source, package = new { }, files });
        return (execution, data.Body.GetProperty("package").GetGuid());
    }

    private Task<TestAnswer> DescribeAsync(Guid package, object body) => Api.PostAsync($"{Packages}/{package}/obscore", body);

    /// <summary>Described in the test's own collection.</summary>
    private async Task<TestAnswer> DescribedAsync(Guid package, object body)
    {
        var fields = JsonSerializer.SerializeToElement(body).EnumerateObject().ToDictionary(f => f.Name, f => (object)f.Value);
        (fields["obs_publisher_did"], fields["obs_collection"]) = ($"ivo://example.org/raw?{package}", collection);
        var described = await DescribeAsync(package, fields);
        Assert.That(described.Status, Is.EqualTo(201), described.ToString());
        return described;
    }

    private static string Known(JsonElement record) => string.Join(", ", record.EnumerateObject()
        .SkipWhile(f => f.Name != "dataproduct_type").TakeWhile(f => f.Name != "version").Where(f => f.Value.ValueKind != JsonValueKind.Null)
        .Select(f => $"{f.Name}: {f.Value}"));

    private static double Number(TestAnswer record, string field) => record.Body.GetProperty(field).GetDouble();

    private static JsonValueKind Kind(TestAnswer record, string field) => record.Body.GetProperty(field).ValueKind;
}
