using System.Security.Cryptography;
using System.Text;
using Npgsql;
using OpsDb.ApiTests.Hostile;
using OpsDb.Kernel;
using OpsDb.TestKit;

namespace OpsDb.ApiTests.Identity;

/// <summary>
/// Whoever does not see all programmes sees those that they belong to and what is open, at every address; and nothing of the rest, at once
/// when a relation ends.
/// </summary>
[TestFixture(SiteType.Main)]
[TestFixture(SiteType.Secondary)]
public sealed class ProgramSightTests(SiteType type) : SiteFixture(type)
{
    private static readonly HttpClient Plain = new();

    private People People => new(Api, Other, Installation);

    /// <summary>Each relation of a user to a programme: how it begins, and all the ways in which it ends.</summary>
    private static readonly string[] Relations = ["lead", "member", "reader", "group of leads", "group of readers"];

    [TestCaseSource(nameof(Relations))]
    public async Task Who_belongs_to_a_program_sees_all_of_it_and_who_left_nothing(string relation)
    {
        var mine = await ProgramAsync();
        var other = await ProgramAsync();
        var (user, name, token) = await People.UserAsync(["*:*"], "viewer");
        await SeesAsync(token, mine, false);

        var role = relation.Split(' ')[^1].TrimEnd('s');
        if (!relation.StartsWith("group", StringComparison.Ordinal))
        {
            var member = await People.CreateAsync("/api/v1/program-members", new { observing_program_id = mine.Program, user_name = name, role });
            await SeesAsync(token, mine, true);
            await SeesAsync(token, other, false);
            Assert.That((await People.DeleteAsync($"/api/v1/program-members/{member}")).Status, Is.EqualTo(204));
            await SeesAsync(token, mine, false);
            return;
        }
        var group = await People.CreateAsync("/api/v1/groups", new { name = $"group {Guid.NewGuid()}" });
        var belongs = await People.CreateAsync("/api/v1/program-members", new { observing_program_id = mine.Program, user_group_id = group, role });
        await SeesAsync(token, mine, false);
        var within = await People.CreateAsync("/api/v1/group-members", new { user_group_id = group, app_user_id = user });
        await SeesAsync(token, mine, true);
        await SeesAsync(token, other, false);
        Assert.That((await People.DeleteAsync($"/api/v1/group-members/{within}")).Status, Is.EqualTo(204));
        await SeesAsync(token, mine, false);
        await People.CreateAsync("/api/v1/group-members", new { user_group_id = group, app_user_id = user });
        await SeesAsync(token, mine, true);
        Assert.That((await People.DeleteAsync($"/api/v1/program-members/{belongs}")).Status, Is.EqualTo(204));
        await SeesAsync(token, mine, false);
    }

    [Test]
    public async Task A_unit_that_moves_to_another_program_is_seen_there_alone()
    {
        var (mine, other) = (await ProgramAsync(), await ProgramAsync());
        var (_, name, token) = await People.UserAsync(["*:*"], "viewer");
        await People.CreateAsync("/api/v1/program-members", new { observing_program_id = mine.Program, user_name = name, role = "member" });
        await SeesAsync(token, mine, true);
        await Installation.MainAsync<int>("update obs_unit set observing_program_id = @to where id = @unit returning id",
            new { to = other.Program, unit = mine.Unit });
        await SeesAsync(token, mine with { Program = 0 }, false);
        await People.CreateAsync("/api/v1/program-members", new { observing_program_id = other.Program, user_name = name, role = "reader" });
        await SeesAsync(token, mine with { Program = other.Program }, true);
    }

    [Test]
    public async Task Data_open_when_the_proprietary_period_is_over()
    {
        var open = await ProgramAsync();
        var (_, _, token) = await People.UserAsync(["*:*"], "viewer");
        var program = $"/api/v1/programs/{open.Program}";
        await FinishAsync(open.Execution);
        foreach (var (days, isOpen) in ((int?, bool)[])[(1, false), (0, true), (null, false)])
        {
            Assert.That((await Api.PatchAsync(program, new { proprietary_days = days }, "*", TestTokens.Admin)).Status, Is.EqualTo(200));
            await SeesAsync(token, open, isOpen, membersToo: false);
        }
        Assert.That((await Api.PatchAsync(program, new { proprietary_days = -1 }, "*", TestTokens.Admin)).Wrong("proprietary_days"), Is.Not.Null);
        await Api.PatchAsync(program, new { proprietary_days = 0 }, "*", TestTokens.Admin);
        var later = (await Api.StartExecutionAsync(open.Unit)).Id;
        await SeesAsync(token, open, true, membersToo: false);
        Assert.That((await Api.GetAsync($"/api/v1/executions/{later}", token)).Status, Is.EqualTo(404), "what goes on is nobody else's");
    }

    [Test]
    public async Task Pending_rows_are_narrowed_as_those_of_the_database()
    {
        var (mine, other) = (await ProgramAsync(), await ProgramAsync());
        var (_, name, token) = await People.UserAsync(["*:*"], "viewer");
        await People.CreateAsync("/api/v1/program-members", new { observing_program_id = mine.Program, user_name = name, role = "reader" });
        await SeesAsync(token, mine, true);
        await using var holder = new NpgsqlConnection($"{Installation.Main.ToConnectionString()};Pooling=false");
        await holder.OpenAsync();
        await using var held = await holder.BeginTransactionAsync();
        if (SiteType == SiteType.Secondary)
            await new NpgsqlCommand("lock table site_watermark in share mode", holder, held).ExecuteNonQueryAsync();
        var now = (await RecordAsync(mine, Other), await RecordAsync(other, Other));
        await SeesAsync(token, now.Item1, true);
        await SeesAsync(token, now.Item2, false);
        await held.RollbackAsync();
        await SeesAsync(token, now.Item1, true);
        await SeesAsync(token, now.Item2, false);
    }

    [Test]
    public async Task Readers_read_members_write_and_leads_rule_their_program()
    {
        var (mine, other) = (await ProgramAsync(), await ProgramAsync());
        var role = await People.CreateAsync("/api/v1/roles", new { name = $"scientist {Guid.NewGuid()}", permissions = (string[])["read:*", "write:*"] });
        var (user, name, token) = await People.UserAsync(["*:*"], "viewer");
        await People.CreateAsync("/api/v1/user-roles", new { app_user_id = user, role_id = role });
        var member = await People.CreateAsync("/api/v1/program-members", new { observing_program_id = mine.Program, user_name = name, role = "reader" });
        await SeesAsync(token, mine, true);
        await Eventually.TrueAsync(async () => (await Api.PostAsync("/api/v1/sources", new { }, null, token)).Status != 403, "the role counts");

        foreach (var (rank, writes, rules) in ((string, bool, bool)[])[("reader", false, false), ("member", true, false), ("lead", true, true)])
        {
            var changed = await Api.PatchAsync($"/api/v1/program-members/{member}", new { role = rank }, "*", TestTokens.Admin);
            Assert.That(changed.Status, Is.EqualTo(200), changed.ToString());
            await Eventually.TrueAsync(async () =>
                (await Api.GetAsync($"/api/v1/program-members/{member}", token)).Body.GetProperty("role").GetString() == rank, "the site has it");
            string? Refused(bool may) => may ? null : "program-read-only";
            var planned = await Api.PatchAsync($"/api/v1/obs-units/{mine.Unit}", new { comment = $"by a {rank}" }, "*", token);
            Assert.That(planned.Problem, Is.EqualTo(Refused(writes)), planned.ToString());
            var started = await Api.PostAsync("/api/v1/executions", new { obs_unit_id = mine.Unit }, null, token);
            Assert.That(started.Problem, Is.EqualTo(Refused(writes)), started.ToString());
            var commented = await Api.PatchAsync($"/api/v1/executions/{mine.Execution}", new { comment = $"by a {rank}" }, "*", token);
            Assert.That(commented.Problem, Is.EqualTo(Refused(writes)), commented.ToString());
            Assert.That((await Api.PatchAsync($"/api/v1/programs/{mine.Program}", new { description = $"by a {rank}" }, "*", token)).Problem,
                Is.EqualTo(Refused(rules)));
            var joined = await Api.PostAsync("/api/v1/program-members", new { observing_program_id = mine.Program, user_name = $"u{rank}", role = "reader" },
                null, token);
            Assert.That(joined.Problem, Is.EqualTo(Refused(rules)), joined.ToString());
            Assert.That((await Api.PatchAsync($"/api/v1/obs-units/{other.Unit}", new { comment = "mine" }, "*", token)).Status, Is.EqualTo(404));
            Assert.That((await Api.PostAsync("/api/v1/executions", new { obs_unit_id = other.Unit }, null, token)).Status, Is.EqualTo(422));
        }
        var id = $"{Guid.NewGuid()}";
        var begun = await Api.PostAsync("/api/v1/programs", new { short_name = id, name = id, kind = "science" }, null, token);
        Assert.That(begun.Problem, Is.EqualTo("program-read-only"), "a programme begins with those who see all");
    }

    [Test]
    public async Task What_became_of_a_write_only_its_writer_is_told()
    {
        var mine = await ProgramAsync();
        var (_, _, token) = await People.UserAsync(["*:*"], "viewer");
        var execution = await Api.GetAsync($"/api/v1/executions/{mine.Execution}", TestTokens.Admin);
        var transaction = execution.Body.GetProperty("sync").GetProperty("transaction").GetGuid();
        Assert.That((await Api.GetAsync($"/api/v1/transactions/{transaction}", TestTokens.Viewer)).Status, Is.EqualTo(404));
        Assert.That((await Api.GetAsync($"/api/v1/transactions/{transaction}", token)).Status, Is.EqualTo(404));
        Assert.That((await Api.GetAsync($"/api/v1/transactions/{transaction}", TestTokens.Observer)).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task No_address_shows_anything_of_a_program_to_whoever_does_not_belong_to_it()
    {
        var mine = await ProgramAsync();
        var (_, _, stranger) = await People.UserAsync(["*:*"], "viewer");
        var (_, name, reader) = await People.UserAsync(["*:*"], "viewer");
        await People.CreateAsync("/api/v1/program-members", new { observing_program_id = mine.Program, user_name = name, role = "reader" });
        await SeesAsync(reader, mine, true);
        var operations = Operation.Read((await Api.GetAsync("/openapi/v1.json")).Body).Where(o => o.Method == "GET" && o.Needed.Count > 0).ToList();
        var shown = new List<string>();
        foreach (var operation in operations)
        {
            foreach (var (address, accept) in Questions(operation, mine))
            {
                var seen = await ShowsAsync(address, accept, stranger, mine);
                Assert.That(seen, Is.False, $"{address} as {accept}");
                if (await ShowsAsync(address, accept, reader, mine))
                    shown.Add($"{operation}");
            }
        }
        var distinct = shown.Distinct().ToList();
        Assert.That(distinct, Has.Count.GreaterThan(20), string.Join('\n', distinct));
        await TestContext.Out.WriteLineAsync($"{SiteType}: {operations.Count} addresses, of which {distinct.Count} show something of it to a reader");
    }

    /// <summary>An address with what it is asked for of a programme, now and as of now, in all forms.</summary>
    private static IEnumerable<(string Address, string Accept)> Questions(Operation operation, Scene scene)
    {
        var id = operation.Path.Contains("program", StringComparison.Ordinal) ? scene.Program : scene.Unit;
        var address = operation.Address(new Dictionary<string, string>(Operation.Anything)
        {
            ["id"] = $"{id}",
            ["obs_unit_id"] = $"{scene.Unit}",
            ["execution"] = $"{scene.Execution}",
            ["raw-data-files"] = $"{scene.File}",
            ["raw-data-packages"] = $"{scene.Package}",
        });
        var limit = (operation.IsList ? "limit=1000&" : "") + (operation.InQuery.Any(q => q.Name == "sort") ? "sort=-id&" : "");
        string[] times = operation.InQuery.Any(q => q.Name == "as_of") ? ["", $"as_of={Uri.EscapeDataString(Instant.Format(DateTimeOffset.UtcNow))}"] : [""];
        string[] forms = operation.IsList ? ["application/json", "application/x-ndjson", "text/csv"] : ["application/json"];
        return from time in times from form in forms select ($"{address}?{limit}{time}", form);
    }

    private async Task<bool> ShowsAsync(string address, string accept, TestTokens token, Scene scene)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Api.Address, address));
        request.Headers.Authorization = new("Bearer", token.Text);
        request.Headers.Accept.ParseAdd(accept);
        using var answer = await Plain.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode && ((Guid[])[scene.Name, scene.Execution, scene.File, scene.Package])
            .Any(sign => text.Contains($"{sign}", StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>A programme with a unit, and what was observed of it.</summary>
    private sealed record Scene(Guid Name, int Program, int Unit, Guid Execution, Guid File, Guid Package, int Location);

    private async Task<Scene> ProgramAsync()
    {
        var id = Guid.NewGuid();
        var program = await People.CreateAsync("/api/v1/programs", new { short_name = $"P{id}", name = $"Program {id}", kind = "science" });
        var unit = await People.CreateAsync("/api/v1/obs-units",
            new { name = $"U{id}", observing_program_id = program, source_id = 1, obs_mode_id = 1, instrument_id = 1, priority = 1 });
        var scene = await RecordAsync(new(id, program, unit, default, default, default, await SourceLocationAsync()), Api);
        await Eventually.TrueAsync(async () =>
            await Installation.MainAsync<int>("select count(*) from raw_data_file where id = @id", new { id = scene.File }) == 1, "main has it");
        return scene;
    }

    /// <summary>An execution with a file and its package.</summary>
    private static async Task<Scene> RecordAsync(Scene scene, TestApi api)
    {
        var started = await api.StartExecutionAsync(scene.Unit);
        Assert.That(started.Status, Is.LessThan(300), started.ToString());
        var data = await api.PostAsync($"/api/v1/executions/{started.Id}/data", new
        {
            instrument_module_id = 1,
            source_location_id = scene.Location,
            package = new { },
            files = (object[])[new { relative_path = $"{started.Id}.fits", size_bytes = 1000, checksum = Sum($"{started.Id}") }],
        });
        Assert.That(data.Status, Is.LessThan(300), data.ToString());
        var files = await api.GetAsync($"/api/v1/raw-data-files?executed_obs_unit_id={started.Id}");
        var file = files.Items.Single().GetProperty("id").GetGuid();
        return scene with { Execution = started.Id, File = file, Package = data.Body.GetProperty("package").GetGuid() };
    }

    private async Task FinishAsync(Guid execution)
    {
        var finished = await Api.PostAsync($"/api/v1/executions/{execution}/finish", new { });
        Assert.That(finished.Status, Is.LessThan(300), finished.ToString());
        await Eventually.TrueAsync(async () => (await Api.GetAsync($"/api/v1/executions/{execution}")).SyncState != "buffered", "main has it");
    }

    private static string Sum(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <summary>Looks from both processes of the site at each address at which something of a programme is shown.</summary>
    private async Task SeesAsync(TestTokens token, Scene scene, bool sees, bool membersToo = true)
    {
        string[] addresses =
        [
            .. scene.Program == 0 ? [] : (string[])[$"programs/{scene.Program}", $"programs/{scene.Program}/history", $"programs/{scene.Program}/hours"],
            $"obs-units/{scene.Unit}", $"obs-units/{scene.Unit}/history",
            $"executions/{scene.Execution}", $"executions/{scene.Execution}/history", $"executions/{scene.Execution}/provenance",
            $"executions/{scene.Execution}/lineage", $"raw-data-files/{scene.File}", $"raw-data-files/{scene.File}/history",
            $"raw-data-packages/{scene.Package}", $"raw-data-packages/{scene.Package}/history",
        ];
        string[] lists =
        [
            $"executions?obs_unit_id={scene.Unit}&status=running,completed", $"raw-data-files?executed_obs_unit_id={scene.Execution}",
            $"raw-data-packages?executed_obs_unit_id={scene.Execution}",
            .. scene.Program == 0 ? [] : (string[])[$"obs-units?observing_program_id={scene.Program}"],
            .. membersToo && sees ? (string[])[$"program-members?observing_program_id={scene.Program}"] : [],
        ];
        foreach (var api in (TestApi[])[Api, Other])
        {
            // A replica may be a moment behind what main was told.
            await Eventually.TrueAsync(async () => (await api.GetAsync($"/api/v1/executions/{scene.Execution}", token)).Status == (sees ? 200 : 404),
                $"{scene.Execution} is {(sees ? "seen" : "not seen")}");
            foreach (var address in addresses)
            {
                var answer = await api.GetAsync($"/api/v1/{address}", token);
                Assert.That(answer.Status, Is.EqualTo(sees ? 200 : 404), $"{address}: {answer}");
            }
            foreach (var list in lists)
            {
                var answer = await api.GetAsync($"/api/v1/{list}&count=true", token);
                Assert.That((answer.Items.Any(), answer.Total > 0), Is.EqualTo((sees, sees)), $"{list}: {answer}");
            }
            var known = await api.PostAsync("/api/v1/raw-data-files/known",
                new { paths = (object[])[new { source_location_id = scene.Location, relative_path = $"{scene.Execution}.fits" }] }, null, token);
            Assert.That(known.Body.ToString().Contains($"{scene.File}", StringComparison.Ordinal), Is.EqualTo(sees), known.ToString());
            var summary = await api.GetAsync($"/api/v1/raw-data-files/summary?executed_obs_unit_id={scene.Execution}", token);
            Assert.That(summary.Body.ToString().Contains("1000", StringComparison.Ordinal), Is.EqualTo(sees), summary.ToString());
            var now = Uri.EscapeDataString(Instant.Format(DateTimeOffset.UtcNow));
            var asOf = await api.GetAsync($"/api/v1/executions?obs_unit_id={scene.Unit}&as_of={now}", token);
            if (!sees)
                Assert.That(asOf.Items, Is.Empty, asOf.ToString());
        }
    }
}
