using OpsDb.Kernel;
using OpsDb.TestKit;

namespace OpsDb.ApiTests.Visibility;

[TestFixture(SiteType.Main)]
[TestFixture(SiteType.Secondary)]
public sealed class VisibilityTests(SiteType type) : SiteFixture(type)
{
    private const string Base = "/api/v1/visibility";
    private static readonly string[] WrongNights = ["", "x", "2026-13-01", "2026-11-27T00:00:00Z", "1989-12-31", "2101-01-01", "27.11.2026"];

    [Test]
    public async Task A_night_tells_the_Sun_the_twilights_and_the_Moon()
    {
        var observatory = await ObservatoryAsync();
        var answer = await Api.GetAsync($"{Base}/night?observatory_id={observatory}&night=2026-11-27");
        Assert.That(answer.Status, Is.EqualTo(200), answer.ToString());
        var night = answer.Body.GetProperty("night");
        Assert.That(night.GetProperty("begin").GetString(), Does.StartWith("2026-11-27T16:30:57"));
        Assert.That(night.GetProperty("astronomical").GetProperty("extent").GetString(), Is.EqualTo("part_of_the_night"));
        Assert.That(night.GetProperty("astronomical").GetProperty("begin").GetString(), Does.StartWith("2026-11-28T00:25:28"));
        Assert.That(night.GetProperty("moon").GetProperty("passing").GetString(), Is.EqualTo("rises_and_sets"));
        Assert.That(night.GetProperty("moon_illuminated_fraction").GetDouble(), Is.InRange(0.8, 0.95));
        var again = await Api.GetAsync($"{Base}/night?observatory_id={observatory}&night=2026-11-27", null, ("If-None-Match", answer.ETag));
        Assert.That(again.Status, Is.EqualTo(304));
    }

    [Test]
    public async Task A_source_is_shown_through_a_night()
    {
        var (source, observatory) = (await OrionAsync(), await ObservatoryAsync());
        var query = $"observatory_id={observatory}&night=2026-11-27&step_minutes=60";
        var answer = await Api.GetAsync($"{Base}/sources/{source}?{query}");
        Assert.That(answer.Status, Is.EqualTo(200), answer.ToString());
        Assert.That(answer.Body.GetProperty("samples").GetArrayLength(), Is.EqualTo(25));
        Assert.That(answer.Body.GetProperty("passage").GetProperty("passing").GetString(), Is.EqualTo("rises_and_sets"));
        Assert.That(answer.Body.GetProperty("passage").GetProperty("transit_altitude_deg").GetDouble(), Is.EqualTo(72.4).Within(0.1));
        var alias = await Api.GetAsync($"/visibility/{source}?{query}");
        Assert.That((alias.Status, $"{alias.Body}", alias.Header("Deprecation")), Is.EqualTo((200, $"{answer.Body}", "@1795219200")));
    }

    [Test]
    public async Task Nothing_has_to_be_calculated_ahead()
    {
        var answer = await Api.PostAsync("/visibility/precalculate", new { }, null, TestTokens.Admin);
        Assert.That((answer.Status, answer.Body.GetProperty("status").GetString()), Is.EqualTo((200, "not_needed")), answer.ToString());
        Assert.That((await Api.PostAsync("/visibility/precalculate", new { }, null)).Status, Is.EqualTo(403));
    }

    [TestCase(10)]
    [TestCase(301)]
    [TestCase(599)]
    public async Task A_body_is_shown_through_a_night(int naif)
    {
        var (source, observatory) = (await SourceAsync(new { name = $"{Guid.NewGuid()}", type = "solar_system", naif_id = naif }), await ObservatoryAsync());
        var answer = await Api.GetAsync($"{Base}/sources/{source}?observatory_id={observatory}&night=2026-11-27");
        Assert.That((answer.Status, answer.Body.GetProperty("samples").GetArrayLength()), Is.EqualTo((200, 145)), answer.ToString());
    }

    [Test]
    public async Task A_season_is_shown_as_a_heat_map()
    {
        var (source, observatory) = (await OrionAsync(), await ObservatoryAsync());
        var query = $"heatmap?source_id={source}&observatory_id={observatory}&from=2026-10-01&to=2027-03-31";
        var answer = await Api.GetAsync($"{Base}/{query}");
        Assert.That(answer.Status, Is.EqualTo(200), answer.ToString());
        var (nights, columns) = (answer.Body.GetProperty("nights"), answer.Body.GetProperty("hours_from_midnight"));
        Assert.That((nights.GetArrayLength(), columns.GetArrayLength()), Is.EqualTo((182, 49)));
        Assert.That(nights.EnumerateArray().Sum(n => n.GetProperty("observable_h").GetDouble()), Is.InRange(700, 1200));
        var alias = await Api.GetAsync($"/visibility/{query}");
        Assert.That((alias.Status, $"{alias.Body}"), Is.EqualTo((200, $"{answer.Body}")));
    }

    [Test]
    public async Task A_wrong_night_is_refused_by_its_name([ValueSource(nameof(WrongNights))] string night)
    {
        foreach (var (address, field) in ((string, string)[])[($"night?observatory_id=1&night={night}", "night"),
            ($"sources/1?observatory_id=1&night={night}", "night"), ($"heatmap?source_id=1&observatory_id=1&from={night}&to=2026-01-01", "from")])
            await RefusesAsync(address, 400, "malformed-parameter", field);
    }

    [TestCase("night", "observatory_id", "night")]
    [TestCase("sources/1", "observatory_id", "night")]
    [TestCase("heatmap", "source_id", "observatory_id", "from", "to")]
    [TestCase("sources/1?observatory_id=x&night=2026-01-01", "observatory_id")]
    [TestCase("sources/1?observatory_id=1&night=2026-01-01&step_minutes=0", "step_minutes")]
    [TestCase("sources/1?observatory_id=1&night=2026-01-01&step_minutes=61", "step_minutes")]
    [TestCase("heatmap?source_id=1&observatory_id=1&from=2026-01-01&to=2027-02-05", "to")]
    [TestCase("heatmap?source_id=1&observatory_id=1&from=2026-01-02&to=2026-01-01", "to")]
    [TestCase("heatmap?source_id=1&observatory_id=1&from=2026-01-01&to=2026-01-01&step_minutes=35", "step_minutes")]
    [TestCase("heatmap?source_id=1&observatory_id=1&from=2026-01-01&to=2026-01-01&min_elevation_deg=91", "min_elevation_deg")]
    [TestCase("heatmap?source_id=1&observatory_id=1&from=2026-01-01&to=2026-01-01&max_sun_altitude_deg=NaN", "max_sun_altitude_deg")]
    public Task What_is_missing_or_too_much_is_refused_by_its_name(string address, params string[] fields) =>
        RefusesAsync(address, 400, "malformed-parameter", fields);

    [Test]
    public async Task What_is_not_there_is_told()
    {
        var (source, observatory) = (await SourceAsync(new { name = $"{Guid.NewGuid()}", type = "fixed", ra_deg = 1, dec_deg = 1 }), await ObservatoryAsync());
        const string Night = "night=2026-11-27";
        Assert.That((await Api.GetAsync($"{Base}/sources/2000000000?observatory_id={observatory}&{Night}")).Problem, Is.EqualTo("not-found"));
        await RefusesAsync($"sources/{source}?observatory_id=2000000000&{Night}", 422, "reference-unknown", "observatory_id");
        await RefusesAsync($"heatmap?source_id=2000000000&observatory_id={observatory}&from=2026-01-01&to=2026-01-01", 422, "reference-unknown", "source_id");
    }

    [Test]
    public async Task An_observatory_without_a_telescope_and_a_body_without_a_theory_are_told()
    {
        var (pluto, observatory) = (await SourceAsync(new { name = $"{Guid.NewGuid()}", type = "solar_system", naif_id = 999 }), await ObservatoryAsync());
        await RefusesAsync($"sources/{pluto}?observatory_id={observatory}&night=2026-11-27", 422, "invalid-fields", "id");
        var empty = await CreatedAsync("observatories", new { name = $"{Guid.NewGuid()}" });
        await RefusesAsync($"night?observatory_id={empty}&night=2026-11-27", 422, "invalid-fields", "observatory_id");
    }

    private async Task RefusesAsync(string address, int status, string problem, params string[] fields)
    {
        var refused = await Api.GetAsync($"{Base}/{address}");
        Assert.That((refused.Status, refused.Problem), Is.EqualTo((status, problem)), refused.ToString());
        Assert.That(refused.Body.GetProperty("errors").EnumerateObject().Select(e => e.Name), Is.EquivalentTo(fields));
    }

    private Task<int> OrionAsync() => SourceAsync(new { name = $"{Guid.NewGuid()}", type = "fixed", ra_deg = 83.8104, dec_deg = -5.3753 });

    private Task<int> SourceAsync(object source) => CreatedAsync("sources", source);

    private async Task<int> ObservatoryAsync()
    {
        var observatory = await CreatedAsync("observatories", new { name = $"{Guid.NewGuid()}" });
        await CreatedAsync("telescopes", new
        {
            observatory_id = observatory,
            name = $"{Guid.NewGuid()}",
            longitude_deg = -67.7403,
            latitude_deg = -22.9859,
            altitude_m = 5600,
        });
        return observatory;
    }

    private async Task<int> CreatedAsync(string resource, object body)
    {
        var created = await Api.PostAsync($"/api/v1/{resource}", body, null, TestTokens.Admin);
        Assert.That(created.Status, Is.EqualTo(201), created.ToString());
        return created.Body.GetProperty("id").GetInt32();
    }
}
