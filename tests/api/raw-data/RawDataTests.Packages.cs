using System.Text.Json;
using OpsDb.RawData;
using OpsDb.TestKit;

namespace OpsDb.ApiTests.RawData;

/// <summary>The same of packages.</summary>
public sealed partial class RawDataTests
{
    [Test]
    public async Task Metadata_as_deep_as_a_body_may_be_are_kept_shown_and_changed()
    {
        var (execution, _) = await BeginAsync();
        var deep = JsonElement.Parse($"{string.Concat(Enumerable.Repeat("{\"a\":", 30))}1{new string('}', 30)}");
        var package = await Api.PostAsync(Packages, new { executed_obs_unit_id = execution, instrument_module_id = 1, metadata = deep }, "deep");
        Assert.That(package.Status, Is.EqualTo(Taken(201)), package.ToString());
        var changed = await Other.PatchAsync($"{Packages}/{package.Id}", new { metadata = deep, next_step = "again" }, package.ETag);
        Assert.That(changed.Status, Is.EqualTo(Taken(200)), changed.ToString());
        Assert.That((await Api.GetAsync($"{Packages}/{package.Id}")).Body.GetProperty("metadata").GetRawText(), Is.EqualTo(deep.GetRawText()));
        Assert.That((await Api.GetAsync($"{Packages}/{package.Id}/history")).Items.Count(), Is.EqualTo(2));
        Assert.That((await Api.GetAsync($"/api/v1/transactions/{changed.Header("OpsDb-Transaction")}")).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task A_package_is_finalized_with_what_it_has_and_takes_no_more()
    {
        var (execution, location) = await BeginAsync();
        await Api.PostAsync(Files, File(execution, location, "a.fits"));
        await Other.PostAsync(Files, File(execution, location, "b.fits"));
        var package = await Api.PostAsync(Packages, new { executed_obs_unit_id = execution, instrument_module_id = 1 });
        Assert.That((package.Status, package.Text("build_status"), package.Text("next_step")),
            Is.EqualTo((Taken(201), "pending", "more files, then finalize")));
        Assert.That((await Other.PostAsync(Packages, new { executed_obs_unit_id = execution, instrument_module_id = 1 })).Status, Is.EqualTo(200));
        var address = $"{Packages}/{package.Id}";
        var empty = await Api.PostAsync($"{address}/finalize", new { });
        Assert.That((empty.Status, empty.Problem), Is.EqualTo((409, "state-conflict")), empty.ToString());
        var short1 = await Api.PostAsync($"{address}/finalize", new { take_all = true, file_count = 3 });
        Assert.That((short1.Status, short1.Body.GetProperty("errors").GetProperty("file_count")[0].GetString()),
            Is.EqualTo((422, "is 3, and the package has 2 files: register the missing ones first")));
        var done = await Api.PostAsync($"{address}/finalize", new { take_all = true, file_count = 2 });
        Assert.That(done.Status, Is.EqualTo(Taken(200)), done.ToString());
        Assert.That((done.Body.GetProperty("file_count").GetInt32(), done.Body.GetProperty("size_bytes").GetInt64()), Is.EqualTo((2, 2000L)));
        Assert.That((await Other.PostAsync($"{address}/finalize", new { })).Problem, Is.EqualTo("state-conflict"), "it is finalized");
        var moved = await Api.PostAsync($"/api/v1/executions/{execution}/data",
            new { instrument_module_id = 1, source_location_id = location, package = new { part_number = 2 }, files = new[] { Of("a.fits") } });
        Assert.That((moved.Status, moved.Problem), Is.EqualTo((409, "state-conflict")), moved.ToString());
        Assert.That(moved.Detail, Does.Contain($"is in the package {package.Id} already"));
        var late = await Other.PostAsync($"/api/v1/executions/{execution}/data",
            new { instrument_module_id = 1, source_location_id = location, package = new { }, files = new[] { Of("late.fits") } });
        Assert.That((late.Status, late.Problem), Is.EqualTo((409, "package-finalized")), late.ToString());
        Assert.That(late.Detail, Does.Contain("part 2"));
    }

    [Test]
    public async Task A_package_takes_in_what_another_process_has_just_acknowledged()
    {
        var (execution, location) = await BeginAsync();
        for (var part = 1; part <= 5; part++)
        {
            var package = await Other.PostAsync(Packages, new { executed_obs_unit_id = execution, instrument_module_id = 1, part_number = part });
            await Other.PostAsync(Files, File(execution, location, $"{part}.fits"));
            await Api.PostAsync(Files, File(execution, location, $"{part}.also.fits"));
            // The process that decides has seen one of them already, so that nothing makes it look again.
            var done = await Other.PostAsync($"{Packages}/{package.Id}/finalize", new { take_all = true });
            Assert.That((done.Status, done.Body.GetProperty("file_count").GetInt32()), Is.EqualTo((Taken(200), 2)), done.ToString());
        }
    }

    [Test]
    public async Task A_package_moves_as_its_states_allow()
    {
        var (execution, location) = await BeginAsync();
        await Api.PostAsync(Files, File(execution, location, "a.fits"));
        var package = await Api.PostAsync(Packages, new { executed_obs_unit_id = execution, instrument_module_id = 1 });
        Task<TestAnswer> MoveAsync(object move) => Other.PostAsync($"{Packages}/{package.Id}/move", move);
        Assert.That((await MoveAsync(new { build_status = "scheduled" })).Problem, Is.EqualTo("state-conflict"), "files may still come");
        await Api.PostAsync($"{Packages}/{package.Id}/finalize", new { take_all = true });
        var refused = await MoveAsync(new { build_status = "completed", checksum = Checksum("x") });
        Assert.That((refused.Status, refused.Detail), Is.EqualTo((409,
            "The build status of the package is pending and cannot become completed; it can become scheduled.")));
        foreach (var status in (string[])["scheduled", "in_progress"])
            Assert.That((await MoveAsync(new { build_status = status })).Status, Is.EqualTo(Taken(200)));
        Assert.That((await MoveAsync(new { state = "transferring" })).Problem, Is.EqualTo("state-conflict"), "it is not built");
        Assert.That((await MoveAsync(new { build_status = "failed" })).Body.GetProperty("errors").GetProperty("reason")[0].GetString(),
            Is.EqualTo("says why it has failed"));
        await MoveAsync(new { build_status = "failed", reason = "the disk is full", next_step = "make room, then retry" });
        await MoveAsync(new { build_status = "pending" });
        foreach (var status in (string[])["scheduled", "in_progress"])
            await MoveAsync(new { build_status = status });
        var built = await MoveAsync(new { build_status = "completed", checksum = Checksum("x") });
        Assert.That((built.Status, built.Body.GetProperty("attempt").GetInt32()), Is.EqualTo((Taken(200), 2)), built.ToString());
        Assert.That((await MoveAsync(new { state = "archived" })).Status, Is.EqualTo(409));
        Assert.That((await MoveAsync(new { state = "transferring" })).Status, Is.EqualTo(Taken(200)));
        Assert.That((await MoveAsync(new { state = "archived" })).Detail, Does.Contain("a completed archive transfer"));
    }

    [Test]
    public async Task A_package_that_is_finalized_while_files_come_has_what_it_says()
    {
        for (var round = 0; round < 6; round++)
        {
            var (execution, location) = await BeginAsync();
            Task<TestAnswer> RegisterAsync(TestApi api, int from) => api.PostAsync($"/api/v1/executions/{execution}/data", new
            {
                instrument_module_id = 1,
                source_location_id = location,
                package = new { },
                files = Enumerable.Range(from, 40).Select(i => Of($"{execution}/{i}")),
            });
            await RegisterAsync(Api, 0);
            var package = RawDataPackage.IdOf(execution, 1, 1);
            var answers = await Task.WhenAll(RegisterAsync(Api, 100), RegisterAsync(Other, 200), Other.PostAsync($"{Packages}/{package}/finalize", new { }));
            Assert.That(answers.Select(a => a.Problem), Is.All.AnyOf(null, "package-finalized", "concurrent-change", "state-conflict"),
                $"{answers[0]} {answers[1]} {answers[2]}");
            var told = await Api.GetAsync($"{Packages}/{package}");
            var files = (await Api.GetAsync($"{Files}?raw_data_package_id={package}&count=true&limit=1")).Total;
            Assert.That(files, Is.EqualTo(40 + 40 * answers[..2].Count(a => a.Problem is null)));
            if (answers[2].Problem is null)
                Assert.That(told.Body.GetProperty("file_count").GetInt32(), Is.EqualTo(files));
        }
    }
}
