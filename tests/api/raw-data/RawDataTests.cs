using System.Security.Cryptography;
using System.Text;
using OpsDb.Kernel;
using OpsDb.RawData;
using OpsDb.TestKit;

namespace OpsDb.ApiTests.RawData;

/// <summary>Files that instruments have written.</summary>
[TestFixture(SiteType.Main)]
[TestFixture(SiteType.Secondary)]
public sealed partial class RawDataTests(SiteType type) : SiteFixture(type)
{
    private const string Files = "/api/v1/raw-data-files", Packages = "/api/v1/raw-data-packages";

    [Test]
    public async Task A_file_is_registered_once_however_often_it_is_said()
    {
        var (execution, location) = await BeginAsync();
        var path = $"{Guid.NewGuid():n}/scan-0001.fits";
        var first = await Api.PostAsync(Files, File(execution, location, path));
        Assert.That(first.Status, Is.EqualTo(Taken(201)), first.ToString());
        Assert.That(first.Id, Is.EqualTo(RawDataFile.IdOf(execution, location, path)));
        var again = await Other.PostAsync(Files, File(execution, location, path));
        Assert.That((again.Status, again.Id, again.Body.GetProperty("version").GetInt32()), Is.EqualTo((200, first.Id, 1)), again.ToString());
        Assert.That((await Other.GetAsync($"{Files}?relative_path={path}")).Items.Select(f => f.GetProperty("id").GetGuid()), Is.EqualTo((Guid[])[first.Id]));
    }

    [Test]
    public async Task Another_content_at_the_same_path_is_a_conflict_that_shows_both()
    {
        var (execution, location) = await BeginAsync();
        var path = $"{Guid.NewGuid():n}.fits";
        var first = await Api.PostAsync(Files, File(execution, location, path, "a"));
        var other = await Other.PostAsync(Files, File(execution, location, path, "b"));
        Assert.That((other.Status, other.Problem), Is.EqualTo((409, "file-differs")), other.ToString());
        var told = other.Body.GetProperty("errors").GetProperty("checksum").GetRawText();
        Assert.That(told, Does.Contain(Checksum("a")).And.Contain(Checksum("b")).And.Contain($"{first.Id}"));
        var many = await Api.PostAsync($"{Files}/bulk", new { items = new[] { File(execution, location, $"{path}.2"), File(execution, location, path, "b") } });
        Assert.That((many.Status, many.Problem), Is.EqualTo((409, "file-differs")), many.ToString());
        Assert.That(many.Body.GetProperty("errors").EnumerateObject().Single().Name, Is.EqualTo("items[1].checksum"));
        Assert.That((await Api.GetAsync($"{Files}?relative_path={path}.2")).Items, Is.Empty);
    }

    [Test]
    public async Task Files_their_package_and_the_links_come_in_one_call()
    {
        var (execution, location) = await BeginAsync();
        var early = await Api.PostAsync(Files, File(execution, location, "early.fits"));
        var data = new
        {
            instrument_module_id = 1,
            source_location_id = location,
            package = new { metadata = new { observation = new { frequency_ghz = 345.8 } } },
            files = Enumerable.Range(0, 300).Select(i => Of($"scan-{i:0000}.fits")).Append(Of("early.fits")),
        };
        var registered = await Api.PostAsync($"/api/v1/executions/{execution}/data", data, "the same key");
        Assert.That(registered.Status, Is.EqualTo(Taken(200)), registered.ToString());
        Assert.That((registered.Body.GetProperty("count").GetInt32(), registered.Body.GetProperty("known").GetInt32()), Is.EqualTo((301, 1)));
        var package = registered.Body.GetProperty("package").GetGuid();
        Assert.That(package, Is.EqualTo(RawDataPackage.IdOf(execution, 1, 1)));
        Assert.That((await Other.GetAsync($"{Files}?raw_data_package_id={package}&count=true&limit=1")).Total, Is.EqualTo(301));
        Assert.That((await Other.GetAsync($"{Files}/{early.Id}")).Body.GetProperty("version").GetInt32(), Is.EqualTo(2));
        var found = await Api.GetAsync($"{Packages}?executed_obs_unit_id={execution}&metadata=%7B%22observation%22:%7B%22frequency_ghz%22:345.8%7D%7D");
        Assert.That(found.Items.Single().GetProperty("id").GetGuid(), Is.EqualTo(package));
        var again = await Other.PostAsync($"/api/v1/executions/{execution}/data", data);
        Assert.That((again.Status, again.Body.GetProperty("known").GetInt32()), Is.EqualTo((200, 301)), "nothing is left to do");
        Assert.That((await Api.PostAsync($"/api/v1/executions/{execution}/data", data, "the same key")).Header("Idempotency-Replayed"), Is.EqualTo("true"));
    }

    [Test]
    public async Task A_file_changes_although_its_package_is_finalized()
    {
        var (execution, location) = await BeginAsync();
        var file = await Api.PostAsync(Files, File(execution, location, "a.fits"));
        var package = await Api.PostAsync(Packages, new { executed_obs_unit_id = execution, instrument_module_id = 1 });
        Assert.That((await Api.PostAsync($"{Packages}/{package.Id}/finalize", new { take_all = true })).Status, Is.EqualTo(Taken(200)));
        var changed = await Other.PatchAsync($"{Files}/{file.Id}", new { file_type = "science" }, "*");
        Assert.That((changed.Status, changed.Text("file_type")), Is.EqualTo((Taken(200), "science")), changed.ToString());
        var transaction = $"/api/v1/transactions/{changed.Header("OpsDb-Transaction")}";
        await Eventually.TrueAsync(async () => (await Api.GetAsync(transaction)).Text("state") is "applied" or "replicated", "main has the change");
    }

    [TestCase("../a.fits")]
    [TestCase("a/../b")]
    [TestCase("/data/a.fits")]
    [TestCase("")]
    [TestCase("a//b")]
    [TestCase("a/./b")]
    [TestCase("e\u0301.fits")]
    [TestCase("a\u200b.fits")]
    public async Task A_path_that_leads_elsewhere_or_can_be_written_in_two_ways_is_refused(string path)
    {
        var (execution, location) = await BeginAsync();
        var refused = await Api.PostAsync(Files, File(execution, location, path));
        Assert.That((refused.Status, refused.Body.GetProperty("errors").EnumerateObject().Single().Name),
            Is.EqualTo((422, "relative_path")), refused.ToString());
    }

    [Test]
    public async Task What_no_file_can_be_is_refused_with_every_reason()
    {
        var (execution, location) = await BeginAsync();
        Assert.That((await Api.PostAsync(Files, File(execution, location, new string('ä', 513)))).Status, Is.EqualTo(422), "1,026 bytes");
        Assert.That((await Api.PostAsync(Files, File(execution, location, new string('ä', 512)))).Status, Is.EqualTo(Taken(201)), "1,024 bytes");
        await RefusedAsync(new { size_bytes = -1L }, "size_bytes");
        await RefusedAsync(new { size_bytes = (1L << 53) + 1 }, "size_bytes");
        await RefusedAsync(new { checksum = Checksum("a")[2..] }, "checksum");
        await RefusedAsync(new { checksum = Checksum("a"), checksum_algorithm = "md5" }, "checksum");
        await RefusedAsync(new { checksum = Checksum("a").ToUpperInvariant() }, "checksum");
        await RefusedAsync(new { executed_obs_unit_id = Guid.CreateVersion7() }, "executed_obs_unit_id");
        await RefusedAsync(new { instrument_module_id = 9999 }, "instrument_module_id");
        await RefusedAsync(new { source_location_id = 9999 }, "source_location_id");
        var foreign = await Installation.MainAsync<int>(
            "select m.id from instrument_module m where instrument_id <> (select instrument_id from obs_unit where id = 1) limit 1", null);
        await RefusedAsync(new { instrument_module_id = foreign }, "instrument_module_id");

        var data = new { instrument_module_id = foreign, source_location_id = location, files = new[] { Of("1"), Of("2") } };
        var named = await Api.PostAsync($"/api/v1/executions/{execution}/data", data);
        Assert.That(named.Body.GetProperty("errors").EnumerateObject().Single().Name, Is.EqualTo("instrument_module_id"), "it is given once");
        Assert.That((await Api.PostAsync($"/api/v1/executions/{Guid.CreateVersion7()}/data", data)).Status, Is.EqualTo(404));

        async Task RefusedAsync(object change, string field)
        {
            var body = Merge(File(execution, location, "x.fits"), change);
            var refused = await Api.PostAsync(Files, body);
            Assert.That((refused.Status is 400 or 422, refused.Body.GetProperty("errors").EnumerateObject().Single().Name), Is.EqualTo((true, field)),
                refused.ToString());
        }
    }

    [Test]
    public async Task One_bad_file_of_many_is_named_and_nothing_is_stored()
    {
        var (execution, location) = await BeginAsync();
        var items = Enumerable.Range(0, 100_000).Select(i => File(execution, location, i == 47_110 ? "../away" : $"many/{i}.fits"));
        var refused = await Api.PostAsync($"{Files}/bulk", new { items });
        Assert.That((refused.Status, refused.Body.GetProperty("errors").EnumerateObject().Single().Name), Is.EqualTo((422, "items[47110].relative_path")));
        Assert.That((await Api.GetAsync($"{Files}?executed_obs_unit_id={execution}&count=true")).Total, Is.Zero);
    }

    [Test]
    public async Task What_is_known_is_told_by_content_and_by_place()
    {
        var (execution, location) = await BeginAsync();
        var mark = $"{Guid.NewGuid():n}";
        var body = new { items = Enumerable.Range(0, 30).Select(i => File(execution, location, $"{mark}/{i}")) };
        Assert.That((await Api.PostAsync($"{Files}/bulk", body)).Status, Is.EqualTo(Taken(200)));
        var known = await Other.PostAsync($"{Files}/known", new
        {
            checksums = Enumerable.Range(20, 40).Select(i => Checksum($"{mark}/{i}")),
            paths = Enumerable.Range(0, 25).Select(i => new { source_location_id = location, relative_path = $"{mark}/{i}" })
                .Append(new { source_location_id = location + 1000, relative_path = $"{mark}/29" }),
        });
        Assert.That(known.Items.Select(f => f.GetProperty("relative_path").GetString()), Is.EquivalentTo(Enumerable.Range(0, 30).Select(i => $"{mark}/{i}")));
        Assert.That((await Api.PostAsync($"{Files}/known", new { })).Status, Is.EqualTo(422));
    }

    [Test]
    public async Task Pages_that_are_followed_while_files_come_have_each_earlier_file_once()
    {
        var (execution, location) = await BeginAsync();
        Task<TestAnswer> RegisterAsync(string what, int files) =>
            Other.PostAsync($"{Files}/bulk", new { items = Enumerable.Range(0, files).Select(i => File(execution, location, $"{what}/{i}")) });
        await RegisterAsync("before", 300);
        var (seen, next) = (new List<string>(), "");
        for (var page = 0; page == 0 || next.Length > 0; page++)
        {
            var coming = RegisterAsync($"page-{page}", 20);
            var answer = await Api.GetAsync($"{Files}?executed_obs_unit_id={execution}&limit=50{next}");
            seen.AddRange(answer.Items.Select(f => f.GetProperty("relative_path").GetString()!));
            next = answer.Body.GetProperty("next").GetString() is { } cursor ? $"&after={cursor}" : "";
            Assert.That((await coming).Status, Is.EqualTo(Taken(200)));
        }
        Assert.That(seen, Is.Unique);
        Assert.That(seen.Where(p => p.StartsWith("before/", StringComparison.Ordinal)), Is.EquivalentTo(Enumerable.Range(0, 300).Select(i => $"before/{i}")));
    }

    [Test]
    public async Task Many_large_registrations_of_one_execution_at_once_are_not_in_each_other_s_way()
    {
        const int Registrations = 8, Count = 1200;
        var (execution, location) = await BeginAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, Registrations).Select(r => (r % 2 == 0 ? Api : Other).PostAsync(
            $"{Files}/bulk", new { items = Enumerable.Range(0, Count).Select(i => File(execution, location, $"{r}/scan-{i}.fits")) })));
        Assert.That(answers.Select(a => (a.Status, a.Problem)), Is.All.EqualTo((Taken(200), (string?)null)));
        Assert.That((await Api.GetAsync($"{Files}?executed_obs_unit_id={execution}&count=true&limit=1")).Total, Is.EqualTo(Registrations * Count));
    }

    [Test]
    public async Task Two_processes_that_register_the_same_files_at_once_register_them_once()
    {
        var (execution, location) = await BeginAsync();
        const int count = 10_000;
        var body = new { items = Enumerable.Range(0, count).Select(i => File(execution, location, $"both/{i}.fits")).ToList() };
        var answers = await Task.WhenAll(Api.PostAsync($"{Files}/bulk", body), Other.PostAsync($"{Files}/bulk", body));
        Assert.That(answers.Select(a => a.Status), Is.All.AnyOf(200, 202, 409));
        Assert.That(answers.Select(a => a.Status), Has.Some.EqualTo(Taken(200)), string.Join('\n', answers.Select(a => a.ToString()[..200])));
        Assert.That((await Api.GetAsync($"{Files}?executed_obs_unit_id={execution}&count=true&limit=1")).Total, Is.EqualTo(count));
    }

    private async Task<(Guid Execution, int Location)> BeginAsync()
    {
        var started = await Api.StartExecutionAsync();
        return (started.Id, await SourceLocationAsync());
    }

    private static string Checksum(string content) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(content)));

    private static object Of(string path) => new { relative_path = path, size_bytes = 1000, checksum = Checksum(path) };

    private static object File(Guid execution, int location, string path, string? content = null) => new
    {
        executed_obs_unit_id = execution,
        instrument_module_id = 1,
        source_location_id = location,
        relative_path = path,
        size_bytes = 1000,
        checksum = Checksum(content ?? path),
    };

    private static Dictionary<string, object?> Merge(object body, object change) =>
        change.GetType().GetProperties().Concat(body.GetType().GetProperties()).DistinctBy(p => p.Name)
            .ToDictionary(p => p.Name, p => p.GetValue(p.DeclaringType == change.GetType() ? change : body));
}
