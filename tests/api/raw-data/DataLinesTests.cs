using System.Net;
using System.Text;
using System.Text.Json;
using OpsDb.ApiTests.Transfers;
using OpsDb.Kernel;
using OpsDb.RawData;
using OpsDb.TestKit;

namespace OpsDb.ApiTests.RawData;

/// <summary>Data of an execution registered by lines, one for each file.</summary>
[TestFixture(SiteType.Main)]
[TestFixture(SiteType.Secondary)]
public sealed class DataLinesTests(SiteType type) : SiteFixture(type)
{
    private const string Lines = "application/x-ndjson";

    [Test]
    public async Task Lines_register_what_one_object_does()
    {
        var (execution, location) = await BeginAsync();
        var files = Enumerable.Range(0, 3000).Select(i => Of($"{i}.fits")).ToList();
        var lines = Text(new { instrument_module_id = 1, source_location_id = location, package = new { part_number = 2 } }, [.. files]);
        var first = await SendAsync(execution, lines, "the same key");
        Assert.That((first.Status, first.Body.GetProperty("count").GetInt32(), first.Body.GetProperty("known").GetInt32()),
            Is.EqualTo((Taken(200), 3000, 0)), first.ToString()[..200]);
        Assert.That(first.Body.GetProperty("package").GetGuid(), Is.EqualTo(RawDataPackage.IdOf(execution, 1, 2)));
        Assert.That(first.Body.GetProperty("ids")[2999].GetGuid(), Is.EqualTo(RawDataFile.IdOf(execution, location, "2999.fits")));
        Assert.That((await SendAsync(execution, lines, "the same key")).Header("Idempotency-Replayed"), Is.EqualTo("true"));
        Assert.That((await SendAsync(execution, $"{lines}\n\n", "the same key")).Problem, Is.EqualTo("idempotency-key-reused"), "another content");
        var known = await Other.PostAsync($"/api/v1/executions/{execution}/data",
            new { instrument_module_id = 1, source_location_id = location, package = new { part_number = 2 }, files });
        Assert.That((known.Status, known.Body.GetProperty("known").GetInt32()), Is.EqualTo((200, 3000)), known.ToString()[..200]);
    }

    [Test]
    public async Task What_is_wrong_with_a_line_is_told_as_of_the_list()
    {
        var (execution, location) = await BeginAsync();
        var first = new { instrument_module_id = 1, source_location_id = location };
        await RefusedAsync(422, "files[1].checksum", first, Of("a"), new { relative_path = "b", size_bytes = 1, checksum = "00" });
        await RefusedAsync(400, "files[1].size", first, Of("a"), new { relative_path = "b", size = 1, checksum = "00" });
        await RefusedAsync(400, "source_location_id", new { instrument_module_id = 1 }, Of("a"));
        await RefusedAsync(400, "files", new { instrument_module_id = 1, source_location_id = location, files = new[] { Of("a") } }, Of("b"));
        await RefusedAsync(422, "files", first);
        await RefusedAsync(422, "files", first, [.. Enumerable.Repeat(Of("a"), 100_001)]);
        var half = await SendAsync(execution, $"{JsonSerializer.Serialize(first)}\n{{\"relative_path\":\"a\"\n\"size_bytes\":1}}");
        Assert.That((half.Status, half.Detail), Is.EqualTo((400, "The body is not one JSON value on each line (line 2, byte 21).")), half.ToString());
        Assert.That((await Api.GetAsync($"/api/v1/raw-data-files?executed_obs_unit_id={execution}")).Items, Is.Empty);

        async Task RefusedAsync(int status, string field, object head, params object[] files)
        {
            var refused = await SendAsync(execution, Text(head, files));
            Assert.That((refused.Status, refused.Body.GetProperty("errors").EnumerateObject().Select(e => e.Name).Contains(field)),
                Is.EqualTo((status, true)), refused.ToString());
        }
    }

    [Test]
    public async Task Other_addresses_and_other_types_take_no_lines()
    {
        var (execution, _) = await BeginAsync();
        var elsewhere = await Api.SendAsync(HttpMethod.Post, "/api/v1/executions", TestApi.Content("{\"obs_unit_id\":1}", Lines), TestTokens.Observer);
        Assert.That((elsewhere.Code, elsewhere.Detail), Is.EqualTo((HttpStatusCode.UnsupportedMediaType,
            $"Send Content-Type: application/json, not {Lines}; charset=utf-8.")));
        var text = await Api.SendAsync(HttpMethod.Post, $"/api/v1/executions/{execution}/data", new StringContent("{}", Encoding.UTF8, "text/plain"),
            TestTokens.Observer);
        Assert.That(text.Detail, Does.StartWith($"Send Content-Type: application/json or {Lines}, not text/plain"));
    }

    private Task<TestAnswer> SendAsync(Guid execution, string lines, string? key = null) => Api.SendAsync(HttpMethod.Post,
        $"/api/v1/executions/{execution}/data", TestApi.Content(lines, Lines), TestTokens.Observer, key is null ? [] : [("Idempotency-Key", key)]);

    private async Task<(Guid Execution, int Location)> BeginAsync()
    {
        return ((await Api.StartExecutionAsync()).Id, await SourceLocationAsync());
    }

    private static string Text(object first, params object[] others) => string.Join('\n', others.Prepend(first).Select(o => JsonSerializer.Serialize(o)));

    private static object Of(string path) => new { relative_path = path, size_bytes = 1000, checksum = DataFlow.Sum(path) };
}
