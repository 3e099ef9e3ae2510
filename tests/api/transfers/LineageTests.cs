using System.Text.Json;
using OpsDb.Kernel;
using OpsDb.RawData;
using OpsDb.TestKit;

namespace OpsDb.ApiTests.Transfers;

/// <summary>What became of an execution's data, in one answer.</summary>
[TestFixture(SiteType.Main)]
[TestFixture(SiteType.Secondary)]
public sealed class LineageTests(SiteType type) : SiteFixture(type)
{
    [Test]
    public async Task It_goes_from_the_execution_to_the_archives()
    {
        await using var main = SiteType == SiteType.Main ? null : await Installation.StartMainAsync();
        var flow = await DataFlow.BeginAsync(main ?? Api);
        var package = await flow.BuiltAsync(3);
        var execution = (await flow.GetAsync($"raw-data-packages/{package}")).Body.GetProperty("executed_obs_unit_id").GetGuid();
        var bundle = await flow.DoneAsync("data-transfer-packages", new { origin_location_id = flow.Buffer, raw_data_package_ids = new[] { package } });
        await flow.MovedAsync($"data-transfer-packages/{bundle.Id}", "status", new { status = "completed" });
        var transfer = await flow.DoneAsync("data-transfers", new { data_transfer_package_id = bundle.Id, destination_location_id = flow.Archives[0].Buffer });
        await flow.MovedAsync($"data-transfers/{transfer.Id}", "status", new { status = "completed" });
        await flow.ArchiveAsync(package, 0);
        var answer = await ReadAsync(execution, l => l.GetProperty("packages")[0].GetProperty("package").GetProperty("state").GetString() == "archived");

        var told = answer.GetProperty("packages")[0];
        Assert.That(told.GetProperty("package").GetProperty("id").GetGuid(), Is.EqualTo(package));
        Assert.That(told.GetProperty("files").EnumerateArray().Select(f => f.GetProperty("copies").GetArrayLength()), Is.EqualTo((int[])[1, 1, 1]));
        Assert.That(told.GetProperty("files")[0].GetProperty("copies")[0].GetProperty("data_location_id").GetInt32(), Is.EqualTo(flow.Source));
        Assert.That(told.GetProperty("copies")[0].GetProperty("data_location_id").GetInt32(), Is.EqualTo(flow.Archives[0].Archive));
        Assert.That(told.GetProperty("archive_transfers")[0].GetProperty("status").GetString(), Is.EqualTo("completed"));
        var moved = answer.GetProperty("data_transfer_packages")[0];
        Assert.That(moved.GetProperty("transfers")[0].GetProperty("id").GetGuid(), Is.EqualTo(transfer.Id));
        Assert.That(moved.GetProperty("copies")[0].GetProperty("data_location_id").GetInt32(), Is.EqualTo(flow.Archives[0].Buffer));
        Assert.That((answer.GetProperty("files").GetArrayLength(), answer.GetProperty("is_truncated").GetBoolean()), Is.EqualTo((0, false)));
    }

    [Test]
    public async Task What_a_site_has_just_taken_is_in_it()
    {
        var source = await SourceLocationAsync();
        var execution = (await Api.StartExecutionAsync()).Id;
        object Of(string path) => new { relative_path = path, size_bytes = 1, checksum = DataFlow.Sum(path) };
        object[] pair = [Of($"{execution}/a"), Of($"{execution}/b")];
        var data = new { instrument_module_id = 1, source_location_id = source, package = new { }, files = pair };
        Assert.That((await Api.PostAsync($"/api/v1/executions/{execution}/data", data)).Status, Is.EqualTo(Taken(200)));
        var loose = new { instrument_module_id = 1, source_location_id = source, files = new[] { Of($"{execution}/c") } };
        Assert.That((await Api.PostAsync($"/api/v1/executions/{execution}/data", loose)).Status, Is.EqualTo(Taken(200)));
        await Api.PostAsync($"/api/v1/raw-data-packages/{RawDataPackage.IdOf(execution, 1, 1)}/finalize", new { });
        var answer = (await Other.GetAsync($"/api/v1/executions/{execution}/lineage", TestTokens.Admin)).Body;
        var package = answer.GetProperty("packages")[0];
        Assert.That(package.GetProperty("files").EnumerateArray().Select(f => f.GetProperty("relative_path").GetString()),
            Is.EquivalentTo((string[])[$"{execution}/a", $"{execution}/b"]), answer.ToString());
        Assert.That(package.GetProperty("package").GetProperty("file_count").GetInt32(), Is.EqualTo(2));
        Assert.That(answer.GetProperty("files")[0].GetProperty("relative_path").GetString(), Is.EqualTo($"{execution}/c"));
    }

    [Test]
    public async Task Of_an_execution_that_is_not_there_there_is_none() =>
        Assert.That((await Api.GetAsync($"/api/v1/executions/{Guid.CreateVersion7()}/lineage", TestTokens.Admin)).Status, Is.EqualTo(404));

    [Test]
    public async Task Who_may_read_executions_alone_does_not_see_their_data()
    {
        var refused = await Api.GetAsync($"/api/v1/executions/{(await Api.StartExecutionAsync()).Id}/lineage", TestTokens.ExecutionReader);
        Assert.That((refused.Status, refused.Problem), Is.EqualTo((403, "permission-missing")), refused.ToString());
        Assert.That(refused.Detail, Does.Contain("read:executions and read:raw_data and read:transfers and read:copies"));
    }

    private async Task<JsonElement> ReadAsync(Guid execution, Func<JsonElement, bool> isThere)
    {
        JsonElement answer = default;
        await Eventually.TrueAsync(async () =>
        {
            var read = await Api.GetAsync($"/api/v1/executions/{execution}/lineage", TestTokens.Admin);
            answer = read.Body;
            return read.Status == 200 && answer.GetProperty("packages").GetArrayLength() > 0 && isThere(answer);
        }, "the site's database has it");
        return answer;
    }
}
