using System.Security.Cryptography;
using System.Text;
using Npgsql;
using OpsDb.Kernel;
using OpsDb.TestKit;

namespace OpsDb.ApiTests.RawData;

[TestFixture(SiteType.Main)]
[TestFixture(SiteType.Secondary)]
public sealed class FileSummaryTests(SiteType type) : SiteFixture(type)
{
    private const string Files = "/api/v1/raw-data-files", Packages = "/api/v1/raw-data-packages";

    [Test]
    public async Task Files_and_bytes_are_counted_by_what_is_asked_for_pending_or_not()
    {
        var (location, program) = (await SourceLocationAsync(),
            await Installation.MainAsync<int>("select observing_program_id from obs_unit where id = 1", null));
        await using var holder = new NpgsqlConnection($"{Installation.Main.ToConnectionString()};Pooling=false");
        await holder.OpenAsync();
        await using var hold = await HoldAsync(holder);
        var execution = (await Api.StartExecutionAsync()).Id;
        await RegisterAsync(execution, location, "a", 1000, "2026-03-01T23:59:59Z", package: true);
        await RegisterAsync(execution, location, "b", 200, "2026-03-02T00:00:00Z", package: true);
        await RegisterAsync(execution, location, "c", 30, "2026-03-02T12:00:00Z", package: false);

        string[] expected =
        [
            $"files=3&bytes=1230",
            $"observing_program_id={program}&files=3&bytes=1230",
            "day=2026-03-01&files=1&bytes=1000 day=2026-03-02&files=2&bytes=230",
            "instrument_module_id=1&files=3&bytes=1230",
            "state=none&files=1&bytes=30 state=waiting&files=2&bytes=1200",
            $"day=2026-03-01&state=waiting&observing_program_id={program}&files=1&bytes=1000 "
                + $"day=2026-03-02&state=none&observing_program_id={program}&files=1&bytes=30 "
                + $"day=2026-03-02&state=waiting&observing_program_id={program}&files=1&bytes=200",
            "files=1&bytes=30",
            "",
        ];
        Assert.That(await SummariesAsync(execution), Is.EqualTo(expected));
        await hold.RollbackAsync();
        await RecordedAsync($"{Files}?executed_obs_unit_id={execution}");
        Assert.That(await SummariesAsync(execution), Is.EqualTo(expected), "what is recorded is counted once");
    }

    [Test]
    public async Task A_package_that_moves_takes_its_recorded_files_along()
    {
        var (execution, location) = ((await Api.StartExecutionAsync()).Id, await SourceLocationAsync());
        await RegisterAsync(execution, location, "a", 1000, "2026-03-01T23:59:59Z", package: true);
        await RegisterAsync(execution, location, "b", 1, "2026-03-01T23:59:59Z", package: false);
        await RecordedAsync($"{Files}?executed_obs_unit_id={execution}");
        await using var holder = new NpgsqlConnection($"{Installation.Main.ToConnectionString()};Pooling=false");
        await holder.OpenAsync();
        await using var hold = await HoldAsync(holder);
        var package = (await Api.GetAsync($"{Packages}?executed_obs_unit_id={execution}")).Items.Single().GetProperty("id").GetGuid();
        await Api.PostAsync($"{Packages}/{package}/finalize", new { take_all = true });
        foreach (var status in (string[])["scheduled", "in_progress"])
            await Api.PostAsync($"{Packages}/{package}/move", new { build_status = status });
        await Api.PostAsync($"{Packages}/{package}/move", new { build_status = "completed", checksum = Checksum("package") });
        var moved = await Api.PostAsync($"{Packages}/{package}/move", new { state = "transferring" });
        Assert.That(moved.Status, Is.EqualTo(Taken(200)), moved.ToString());
        Assert.That(await SummaryAsync($"executed_obs_unit_id={execution}&group_by=state"), Is.EqualTo("state=transferring&files=2&bytes=1001"));
        await hold.RollbackAsync();
    }

    [Test]
    public async Task More_bytes_than_a_number_holds_are_no_failure()
    {
        var (execution, location) = ((await Api.StartExecutionAsync()).Id, await SourceLocationAsync());
        var items = Enumerable.Range(0, 1025).Select(i => File(execution, location, $"{i}", (1L << 53) - 1, "2026-03-01T00:00:00Z"));
        Assert.That((await Api.PostAsync($"{Files}/bulk", new { items })).Status, Is.EqualTo(Taken(200)));
        Assert.That(await SummaryAsync($"executed_obs_unit_id={execution}"), Is.EqualTo($"files=1025&bytes={long.MaxValue}"));
    }

    [TestCase("group_by=week", "group_by")]
    [TestCase("group_by=day,day", "group_by")]
    [TestCase("group_by=", "group_by")]
    [TestCase("group_by=Day", "group_by")]
    [TestCase("group_by=day&limit=3", "limit")]
    [TestCase("as_of=2026-03-01T00:00:00Z", "as_of")]
    [TestCase("instrument_module_id=first", "instrument_module_id")]
    public async Task What_cannot_be_asked_is_refused_with_its_name(string query, string parameter)
    {
        var answer = await Api.GetAsync($"{Files}/summary?{query}");
        Assert.That((answer.Status, answer.Problem), Is.EqualTo((400, "malformed-parameter")), answer.ToString());
        Assert.That(answer.Body.GetProperty("errors").EnumerateObject().Select(e => e.Name), Is.EqualTo((string[])[parameter]));
    }

    [Test]
    public async Task It_needs_the_permission_to_read_files() =>
        Assert.That((await Api.SendAsync(HttpMethod.Get, $"{Files}/summary", null, null)).Status, Is.EqualTo(401));

    /// <summary>At a secondary site nothing is applied until it is rolled back; at the main site nothing is held.</summary>
    private async Task<NpgsqlTransaction> HoldAsync(NpgsqlConnection holder)
    {
        var hold = await holder.BeginTransactionAsync();
        if (SiteType == SiteType.Secondary)
        {
            await using var command = new NpgsqlCommand("lock table site_watermark in share mode", holder, hold);
            await command.ExecuteNonQueryAsync();
        }
        return hold;
    }

    private async Task<IReadOnlyList<string>> SummariesAsync(Guid execution)
    {
        var summaries = new List<string>();
        foreach (var query in (string[])["", "&group_by=program", "&group_by=day", "&group_by=module", "&group_by=state",
            "&group_by=day,state&group_by=program", "&packaged=false", "&group_by=day&path_prefix=elsewhere"])
            summaries.Add(await SummaryAsync($"executed_obs_unit_id={execution}{query}"));
        return summaries;
    }

    /// <summary>The fields of each group in the order of what it is grouped by.</summary>
    private async Task<string> SummaryAsync(string query)
    {
        var answer = await Other.GetAsync($"{Files}/summary?{query}");
        Assert.That((answer.Status, answer.Header("OpsDb-Consistency") is not null), Is.EqualTo((200, true)), answer.ToString());
        Assert.That(answer.Body.GetProperty("truncated").GetBoolean(), Is.False);
        var by = query.Split('&').Where(p => p.StartsWith("group_by=", StringComparison.Ordinal)).SelectMany(p => p[9..].Split(','))
            .Select(b => b switch { "program" => "observing_program_id", "module" => "instrument_module_id", _ => b }).Concat(["files", "bytes"]).ToList();
        return string.Join(' ', answer.Items.Select(i =>
            string.Join('&', i.EnumerateObject().OrderBy(f => by.IndexOf(f.Name)).Select(f => $"{f.Name}={f.Value}"))));
    }

    private async Task RegisterAsync(Guid execution, int location, string path, long size, string at, bool package)
    {
        var answer = package
            ? await Api.PostAsync($"/api/v1/executions/{execution}/data", new
            {
                instrument_module_id = 1,
                source_location_id = location,
                package = new { },
                files = new[] { new { relative_path = path, size_bytes = size, checksum = Checksum(path), recorded_at = at } },
            })
            : await Api.PostAsync(Files, File(execution, location, path, size, at));
        Assert.That(answer.Status, Is.AnyOf(200, 201, 202), answer.ToString());
    }

    private async Task RecordedAsync(string path) => await Eventually.TrueAsync(async () => (await Other.GetAsync(path)).Items
        .All(i => i.GetProperty("sync").GetProperty("state").GetString() == (SiteType == SiteType.Main ? "applied" : "replicated")), "all is recorded");

    private static object File(Guid execution, int location, string path, long size, string at) => new
    {
        executed_obs_unit_id = execution,
        instrument_module_id = 1,
        source_location_id = location,
        relative_path = path,
        size_bytes = size,
        checksum = Checksum(path),
        recorded_at = at,
    };

    private static string Checksum(string content) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(content)));
}
