using OpsDb.Kernel;
using OpsDb.TestKit;

namespace OpsDb.ApiTests.Planning;

/// <summary>The report of a night, and the hours of programmes.</summary>
[TestFixture(SiteType.Main)]
[TestFixture(SiteType.Secondary)]
public sealed class NightTests(SiteType type) : SiteFixture(type)
{
    [Test]
    public async Task A_night_has_what_was_planned_done_lost_and_forgotten()
    {
        var (telescope, instrument, _, unit) = await Api.InstrumentAsync();
        var other = await Api.UnitAsync(instrument);
        await Api.CreateAsync("pre-scheduled-slots",
            new { obs_unit_id = unit, telescope_id = telescope, start_time = "2026-03-02T02:00:00Z", end_time = "2026-03-02T04:00:00Z" });
        await Api.CreateAsync("pre-scheduled-slots",
            new { obs_unit_id = other, telescope_id = telescope, start_time = "2026-03-02T04:00:00Z", end_time = "2026-03-02T05:00:00Z" });
        await HasUnitAsync(other);
        await ExecutedAsync(unit, "2026-03-02T02:00:00Z", "2026-03-02T03:30:00Z", "completed", null);
        await ExecutedAsync(unit, "2026-03-02T03:30:00Z", "2026-03-02T03:45:00Z", "aborted", "<b>wind</b>");
        var forgotten = await Api.PostAsync("/api/v1/executions", new { obs_unit_id = unit, start_time = "2026-02-27T03:00:00Z" });
        await Api.PostAsync("/api/v1/environment",
            new { items = (object[])[new { telescope_id = telescope, sensor = "radiometer", measured_at = "2026-03-02T03:00:00Z", pwv_mm = 0.4 }] });

        var report = (await Other.GetAsync($"/api/v1/nights/2026-03-01?telescope_id={telescope}")).Body;
        Assert.That(report.GetProperty("plan").EnumerateArray().Select(p => p.GetProperty("is_executed").GetBoolean()), Is.EqualTo((bool[])[true, false]));
        Assert.That(report.GetProperty("executions").EnumerateArray().Select(e => e.GetProperty("hours").GetDouble()), Is.EqualTo((double[])[1.5, 0.25]));
        var time = report.GetProperty("time");
        Assert.That((time.GetProperty("planned_hours").GetDouble(), time.GetProperty("observed_hours").GetDouble(), time.GetProperty("lost_hours").GetDouble()),
            Is.EqualTo((3.0, 1.5, 0.25)));
        Assert.That(time.GetProperty("idle_dark_hours").GetDouble(), Is.EqualTo(time.GetProperty("dark_hours").GetDouble() - 1.75).Within(0.01));
        Assert.That(report.GetProperty("lost")[0].GetProperty("reason").GetString(), Is.EqualTo("<b>wind</b>"));
        Assert.That(report.GetProperty("programs")[0].GetProperty("observed_hours").GetDouble(), Is.EqualTo(1.5));
        var running = report.GetProperty("still_running").EnumerateArray().Single();
        Assert.That(running.GetProperty("id").GetGuid(), Is.EqualTo(forgotten.Id));
        Assert.That(running.GetProperty("age_hours").GetDouble(), Is.GreaterThan(24 * 200));
        Assert.That(report.GetProperty("weather")[0].GetProperty("median").GetDouble(), Is.EqualTo(0.4));

        var all = (await Other.GetAsync("/api/v1/executions/running")).Items.ToList();
        Assert.That(all.Select(r => r.GetProperty("id").GetGuid()), Does.Contain(forgotten.Id));
        Assert.That(all.Select(r => r.GetProperty("age_hours").GetDouble()), Is.Ordered.Descending);
        var first = report.GetProperty("executions")[0].GetProperty("id").GetGuid();
        var environment = (await Api.GetAsync($"/api/v1/executions/{first}/environment")).Body;
        Assert.That((environment.GetProperty("readings").GetArrayLength(), environment.GetProperty("summary")[0].GetProperty("greatest").GetDouble()),
            Is.EqualTo((1, 0.4)));
        Assert.That((await Api.GetAsync($"/api/v1/executions/{Guid.CreateVersion7()}/environment")).Status, Is.EqualTo(404));

        var page = await Api.GetAsync($"/api/v1/nights/2026-03-01?telescope_id={telescope}", null, ("Accept", "text/html"));
        Assert.That(page.Status, Is.EqualTo(200), page.ToString());
        Assert.That(page.Body.GetString(), Does.Contain("&lt;b&gt;wind&lt;/b&gt;").And.Not.Contain("<b>wind"));
    }

    [TestCase("2026-13-01?telescope_id=1", "date")]
    [TestCase("yesterday?telescope_id=1", "date")]
    [TestCase("2026-03-01", "telescope_id")]
    public async Task What_cannot_be_read_is_named(string address, string field)
    {
        var refused = await Api.GetAsync($"/api/v1/nights/{address}");
        Assert.That((refused.Status, refused.Problem, refused.Wrong(field) is not null), Is.EqualTo((400, "malformed-parameter", true)), refused.ToString());
    }

    [Test]
    public async Task The_hours_of_a_program_are_the_sum_over_its_executions_also_while_they_are_pending()
    {
        var (_, instrument, _, _) = await Api.InstrumentAsync();
        var program = (await Api.CreateAsync("programs",
            new { short_name = $"P{Guid.NewGuid():n}", name = PlanningFlow.Unique("program"), kind = "science", allocated_hours = 10 })).Id();
        var part = (await Api.CreateAsync("sub-programs",
            new { observing_program_id = program, short_name = "A", name = "First", allocated_hours = 4 })).Id();
        var unit = (await Api.CreateAsync("obs-units", new
        {
            name = PlanningFlow.Unique("unit"),
            observing_program_id = program,
            sub_observing_program_id = part,
            source_id = 1,
            obs_mode_id = 1,
            instrument_id = instrument,
            priority = 50,
            requested_minutes = 90,
        })).Id();
        await HasUnitAsync(unit);
        await ExecutedAsync(unit, "2026-03-02T02:00:00Z", "2026-03-02T03:00:00Z", "completed", null);
        await ExecutedAsync(unit, "2026-03-02T03:00:00Z", "2026-03-02T03:15:00Z", "failed", null);
        var hours = await Other.GetAsync($"/api/v1/programs/{program}/hours");
        Assert.That(hours.Items.Select(h => (h.GetProperty("used_hours").GetDouble(), h.GetProperty("lost_hours").GetDouble(),
                h.GetProperty("requested_hours").GetDouble(), h.GetProperty("completion").GetDouble(), h.GetProperty("executions").GetInt64())),
            Is.EqualTo((ValueTuple<double, double, double, double, long>[])[(1, 0.25, 1.5, 0.1, 2), (1, 0.25, 1.5, 0.25, 2)]), hours.ToString());
        var all = await Api.GetAsync("/api/v1/programs/hours");
        Assert.That(all.Items.Count(h => h.GetProperty("observing_program_id").GetInt32() == program), Is.EqualTo(2));
        Assert.That((await Api.GetAsync("/api/v1/programs/99999/hours")).Status, Is.EqualTo(404));
    }

    private async Task ExecutedAsync(int unit, string start, string end, string status, string? reason)
    {
        var started = await Api.PostAsync("/api/v1/executions", new { obs_unit_id = unit, start_time = start });
        Assert.That(started.Status, Is.EqualTo(Taken(201)), started.ToString());
        var ended = await Api.PostAsync($"/api/v1/executions/{started.Id}/finish", new { status, end_time = end, reason });
        Assert.That(ended.Status, Is.EqualTo(Taken(200)), ended.ToString());
    }

    /// <summary>What is decided for the log does not wait for what was just written at main.</summary>
    private async Task HasUnitAsync(int id)
    {
        if (SiteType == SiteType.Secondary)
        {
            await Eventually.TrueAsync(async () => await Installation.ReplicaAsync<int>("select count(*) from obs_unit where id = @id", new { id }) == 1,
                "the site's database has the unit");
        }
    }
}
