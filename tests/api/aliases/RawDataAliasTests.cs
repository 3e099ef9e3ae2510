using System.Text.Json;
using OpsDb.ApiTests.Transfers;
using OpsDb.Kernel;
using OpsDb.RawData;
using OpsDb.TestKit;

namespace OpsDb.ApiTests.Aliases;

/// <summary>The addresses that clients of older systems use for raw data.</summary>
[TestFixture(SiteType.Main)]
[TestFixture(SiteType.Secondary)]
public sealed class RawDataAliasTests(SiteType type) : SiteFixture(type)
{
    private const string Files = "/raw_data_files", Package = "/raw_data_package";

    private string Pending => SiteType == SiteType.Main ? "applied" : "buffered";

    [Test]
    public async Task A_file_is_registered_in_the_older_form()
    {
        var (execution, location) = await BeginAsync();
        var file = File(execution, location, "a.fits");
        var tried = await Api.PostAsync($"{Files}/?dry_run=true", file);
        Assert.That((tried.Status, tried.Id, tried.Header("OpsDb-Dry-Run")),
            Is.EqualTo((201, RawDataFile.IdOf(execution, location, "a.fits"), "true")), tried.ToString());
        Assert.That((await Other.GetAsync($"{Files}/{tried.Id}")).Status, Is.EqualTo(404));
        var first = await Api.PostAsync($"{Files}/", file, $"file of {execution}");
        Assert.That((first.Status, first.Id, first.Text("status")), Is.EqualTo((201, tried.Id, Pending)), first.ToString());
        Assert.That((first.Header("Location"), first.Header("Deprecation") is not null), Is.EqualTo(($"/api/v1/raw-data-files/{first.Id}", true)));
        var repeated = await Other.PostAsync($"{Files}/", file, $"file of {execution}");
        Assert.That((repeated.Status, repeated.Id, repeated.Header("Idempotency-Replayed")), Is.EqualTo((201, first.Id, "true")), repeated.ToString());
        Assert.That((await Api.PostAsync(Files, file)).Status, Is.EqualTo(200), "it is there");
        var other = await Api.PostAsync(Files, File(execution, location, "a.fits", "b"));
        Assert.That((other.Status, other.Problem), Is.EqualTo((409, "file-differs")), other.ToString());
        var read = await Other.GetAsync($"{Files}/{first.Id}");
        Assert.That((read.Status, read.Text("relative_path")), Is.EqualTo((200, "a.fits")), read.ToString());
        Assert.That((await Api.PostAsync(Files, file, null, TestTokens.Viewer)).Problem, Is.EqualTo("permission-missing"));
    }

    [Test]
    public async Task Many_files_are_a_list_without_an_object_around_it()
    {
        var (execution, location) = await BeginAsync();
        var files = Enumerable.Range(0, 20).Select(i => File(execution, location, $"{i}.fits")).ToList();
        var first = await Api.PostAsync($"{Files}/bulk", files, $"files of {execution}");
        Assert.That((first.Status, first.Body.GetProperty("count").GetInt32(), first.Text("status")), Is.EqualTo((201, 20, Pending)), first.ToString());
        Assert.That((await Other.PostAsync($"{Files}/bulk", files, $"files of {execution}")).Header("Idempotency-Replayed"), Is.EqualTo("true"));
        Assert.That((await Other.PostAsync($"{Files}/bulk", files)).Status, Is.EqualTo(200), "they are there");
        Assert.That((await Other.GetAsync($"/api/v1/raw-data-files?executed_obs_unit_id={execution}&count=true&limit=1")).Total, Is.EqualTo(20));

        await RefusedAsync(409, "[1].checksum", File(execution, location, "new.fits"), File(execution, location, "1.fits", "other"));
        await RefusedAsync(422, "[0].relative_path", File(execution, location, "../new.fits"));
        await RefusedAsync(422, "[1].source_location_id", File(execution, location, "new.fits"), File(execution, 9999, "new.fits"));
        await RefusedAsync(400, "[0].relative_path", new { executed_obs_unit_id = execution });
        await RefusedAsync(422, "");
        Assert.That((await Api.PostAsync($"{Files}/bulk", new { items = files })).Detail, Does.Contain("The body is a list, not an object."));

        async Task RefusedAsync(int status, string field, params object[] wrong)
        {
            var refused = await Api.PostAsync($"{Files}/bulk", wrong);
            Assert.That(refused.Status, Is.EqualTo(status), refused.ToString());
            Assert.That(refused.Body.GetProperty("errors").EnumerateObject().Select(e => e.Name), Does.Contain(field), refused.ToString());
        }
    }

    [Test]
    public async Task A_package_is_begun_filled_and_finalized_as_an_older_client_does()
    {
        var (execution, location) = await BeginAsync();
        var body = new { executed_obs_unit_id = execution, instrument_module_id = 1 };
        var package = await Api.PostAsync($"{Package}/", body);
        Assert.That((package.Status, package.Id, package.Text("status")), Is.EqualTo((201, RawDataPackage.IdOf(execution, 1, 1), Pending)), package.ToString());
        var again = await Other.PostAsync("/api/v1/raw_data_packages", body);
        Assert.That((again.Status, again.Id, again.Text("build_status")), Is.EqualTo((200, package.Id, "pending")), again.ToString());
        await Api.PostAsync($"{Files}/bulk", (object[])[File(execution, location, "a.fits"), File(execution, location, "b.fits")]);
        var kept = await Api.PutAsync($"{Package}/{package.Id}/finalize", new { take_all = false });
        Assert.That((kept.Status, kept.Problem), Is.EqualTo((409, "state-conflict")), kept.ToString());
        var done = await Other.PutAsync($"{Package}/{package.Id}/finalize", null);
        Assert.That((done.Status, done.Body.GetProperty("file_count").GetInt32()), Is.EqualTo((Taken(200), 2)), done.ToString());

        var read = await Api.GetAsync($"{Package}/{package.Id}");
        Assert.That((read.Status, read.Body.GetProperty("size_bytes").GetInt64(), read.Body.GetProperty("is_truncated").GetBoolean()),
            Is.EqualTo((200, 2000L, false)), read.ToString());
        Assert.That(Paths(read.Body), Is.EquivalentTo((string[])["a.fits", "b.fits"]));
        Assert.That((await Api.GetAsync($"{Package}/{Guid.CreateVersion7()}")).Status, Is.EqualTo(404));
        var listed = await Other.GetAsync($"/api/transfer/raw-packages?executed_obs_unit_id={execution}");
        Assert.That(listed.Items.Single().GetProperty("id").GetGuid(), Is.EqualTo(package.Id));
    }

    [Test]
    public async Task The_executions_of_a_unit_are_shown_with_their_data()
    {
        const int unit = 57;
        var (older, location) = await BeginAsync(unit);
        var newer = (await Api.StartExecutionAsync(unit)).Id;
        await Api.PostAsync($"{Files}/bulk", (object[])[File(older, location, "a.fits"), File(older, location, "b.fits")]);
        await Api.PostAsync(Package, new { executed_obs_unit_id = older, instrument_module_id = 1 });
        await Api.PostAsync($"{Files}/bulk", Enumerable.Range(0, 5001).Select(i => File(newer, location, $"{i}")));
        var list = (await Other.GetAsync($"/executed_obs_units/{unit}")).Body.EnumerateArray().ToDictionary(e => e.GetProperty("id").GetGuid());
        Assert.That(list.Keys, Is.EquivalentTo((Guid[])[newer, older]));
        Assert.That(Paths(list[older]), Is.EquivalentTo((string[])["a.fits", "b.fits"]));
        Assert.That(list[older].GetProperty("raw_data_packages")[0].GetProperty("id").GetGuid(), Is.EqualTo(RawDataPackage.IdOf(older, 1, 1)));
        Assert.That(list[newer].GetProperty("raw_data_packages").GetArrayLength(), Is.Zero);
        Assert.That((Paths(list[newer]).Count, IsTruncated(newer), IsTruncated(older)), Is.EqualTo((5000, true, false)));
        var one = await Other.GetAsync($"/api/v1/executed_obs_units/{older}");
        Assert.That((one.Status, one.Body.GetProperty("obs_unit_id").GetInt32()), Is.EqualTo((200, unit)), one.ToString());

        var narrow = await Api.GetAsync($"/executed_obs_units/{unit}", TestTokens.ExecutionReader);
        Assert.That(narrow.Body.EnumerateArray().Select(e => (Paths(e).Count, e.GetProperty("is_truncated").GetBoolean())), Is.All.EqualTo((0, true)));

        bool IsTruncated(Guid id) => list[id].GetProperty("is_truncated").GetBoolean();
    }

    private async Task<(Guid Execution, int Location)> BeginAsync(int unit = 1)
    {
        return ((await Api.StartExecutionAsync(unit)).Id, await SourceLocationAsync());
    }

    private static List<string> Paths(JsonElement body) =>
        [.. body.GetProperty("raw_data_files").EnumerateArray().Select(f => f.GetProperty("relative_path").GetString()!)];

    private static object File(Guid execution, int location, string path, string? content = null) => new
    {
        executed_obs_unit_id = execution,
        instrument_module_id = 1,
        source_location_id = location,
        relative_path = path,
        size_bytes = 1000,
        checksum = DataFlow.Sum(content ?? path),
    };
}
