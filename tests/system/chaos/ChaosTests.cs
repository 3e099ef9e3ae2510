using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace OpsDb.SystemTests.Chaos;

/// <summary>
/// Many clients while servers, processes and the link fail. What they saw is proven by a checker that shares no code with the product;
/// and it is judged, not passed over: what is planted into it is found.
/// </summary>
public sealed partial class ChaosTests
{
    private string folder = "";
    private List<JsonObject> history = [], final = [];

    [SetUp]
    public async Task Copy()
    {
        folder = Directory.CreateTempSubdirectory("opsdb-chaos-").FullName;
        foreach (var file in Directory.GetFiles((await ChaosRuns.OfAsync(ChaosRuns.Seeds[0])).Folder))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        (history, final) = (Read("history"), Read("final"));
    }

    [TearDown]
    public void Remove() => Directory.Delete(folder, recursive: true);

    [OneTimeTearDown]
    public static Task RemoveRuns() => ChaosRuns.RemoveAsync();

    [Test]
    public async Task What_clients_saw_is_proven([ValueSource(typeof(ChaosRuns), nameof(ChaosRuns.Seeds))] int seed)
    {
        var run = await ChaosRuns.OfAsync(seed);
        var output = run.Process.Output + run.Process.Errors;
        await TestContext.Out.WriteLineAsync(output);
        Assert.That(run.Process.ExitCode, Is.Zero, output);
        Assert.That(output, Does.Contain("PROVEN"));
        // Less than a busy machine of two processors does with many other tests beside it.
        Assert.That(Number(Writes(), output), Is.GreaterThan(100), "writes");
        Assert.That(Number(Reads(), output), Is.GreaterThan(150), "reads");
        Assert.That(await File.ReadAllLinesAsync(Path.Combine(run.Folder, "faults.jsonl")), Has.Length.GreaterThan(1), "faults");
    }

    [Test]
    public async Task A_write_that_is_not_on_main_is_found()
    {
        var start = Acknowledged("start", w => final.Exists(l => IsRow(l, w) && l["row"]!["version"]!.GetValue<int>() == 1));
        final.RemoveAll(l => IsRow(l, start) || Text(l, "t") == "applied" && Text(l, "id") == Text(start["answer"]!, "transaction"));
        final.First(l => Text(l, "t") == "table" && Text(l, "at") == "main" && Text(l, "entity") == "executions")["rows"] =
            final.Count(l => Text(l, "t") == "row" && Text(l, "entity") == "executions");
        await ExpectAsync("lost-write: An acknowledged write is not on main: executions/");
    }

    [Test]
    public async Task A_write_that_was_applied_twice_is_found()
    {
        var start = Acknowledged("start", w => final.Exists(l => IsRow(l, w)));
        var row = final.First(l => IsRow(l, start));
        row["row"]!["version"] = row["row"]!["version"]!.GetValue<int>() + 1;
        await ExpectAsync("something was applied twice");
    }

    [Test]
    public async Task Two_versions_that_changed_places_are_found()
    {
        var later = Acknowledged("change", w => Before(w) is { } b && Time(b, "complete") < Time(w, "invoke"));
        var earlier = Before(later)!;
        var (one, other) = (earlier["answer"]!["rows"]![0]!, later["answer"]!["rows"]![0]!);
        (one["version"], other["version"]) = (other["version"]!.DeepClone(), one["version"]!.DeepClone());
        await ExpectAsync("have changed places");
    }

    [Test]
    public async Task A_read_that_misses_what_the_other_process_had_acknowledged_is_found()
    {
        // Nothing else was answered for a moment, so that a read fits in.
        var change = Acknowledged("change", w => Before(w) is not null && Time(history[history.IndexOf(w) + 1], "complete") > Time(w, "complete") + 10);
        var row = Before(change)!["answer"]!["rows"]![0]!.DeepClone();
        history.Insert(history.IndexOf(change) + 1, new JsonObject
        {
            ["client"] = "planted",
            ["process"] = Text(change, "process") == "observatory/1" ? "observatory/2" : "observatory/1",
            ["op"] = "read",
            ["invoke"] = Time(change, "complete") + 1,
            ["complete"] = Time(change, "complete") + 2,
            ["outcome"] = "ok",
            ["read"] = new JsonObject { ["entity"] = "executions", ["id"] = row["id"]!.DeepClone() },
            ["answer"] = new JsonObject { ["rows"] = new JsonArray(row) },
        });
        await ExpectAsync("stale-read: ");
    }

    [Test]
    public async Task A_process_that_contradicts_what_another_one_of_the_site_has_shown_is_found()
    {
        var shown = history.First(l => Text(l, "op") == "read" && Text(l, "outcome") == "ok" && Text(l, "process") == "observatory/1" && l["stale"] is null
            && l["answer"]!["rows"] is JsonArray { Count: 1 } rows && Text(rows[0]!, "state") is "applied" or "replicated"
            && Time(history[history.IndexOf(l) + 1], "complete") > Time(l, "complete") + 10);
        var transaction = Text(shown["answer"]!["rows"]![0]!, "transaction");
        history.Insert(history.IndexOf(shown) + 1, new JsonObject
        {
            ["client"] = "planted",
            ["process"] = "observatory/2",
            ["op"] = "failed",
            ["invoke"] = Time(shown, "complete") + 1,
            ["complete"] = Time(shown, "complete") + 2,
            ["outcome"] = "ok",
            ["ask"] = new JsonObject { ["about"] = "held", ["state"] = "failed" },
            ["answer"] = new JsonObject { ["states"] = new JsonArray(new JsonObject { ["transaction"] = transaction, ["state"] = "failed" }) },
        });
        await ExpectAsync("contradicted: A call says that a transaction is failed, which the site had said is applied");
    }

    [Test]
    public async Task A_list_that_misses_a_row_is_found()
    {
        // Only what the site has acknowledged before must be there: a row of main comes whenever the replica has it.
        var start = Acknowledged("start", w => final.Exists(f => IsRow(f, w)));
        history.Insert(history.IndexOf(start) + 1, new JsonObject
        {
            ["client"] = "planted",
            ["process"] = Text(start, "process"),
            ["op"] = "list",
            ["invoke"] = Time(start, "complete") + 1,
            ["complete"] = Time(start, "complete") + 2,
            ["outcome"] = "ok",
            ["list"] = new JsonObject { ["entity"] = "executions", ["filter"] = new JsonObject(), ["sort"] = "-start_time" },
            ["answer"] = new JsonObject { ["rows"] = new JsonArray(), ["pages"] = 1, ["more"] = false },
        });
        await ExpectAsync($"list-missing: A list does not show executions/{RowId(start)}");
    }

    [Test]
    public async Task A_sum_without_what_the_site_has_acknowledged_is_found()
    {
        var sum = history.Last(l => Text(l, "op") == "hours" && Text(l, "outcome") == "ok" && l["stale"] is null && Text(l, "process") != "main/1"
            && l["answer"]!["seconds"]!.GetValue<double>() > 0);
        sum["answer"]!["seconds"] = 0;
        await ExpectAsync("sum: ");
    }

    [Test]
    public async Task A_refused_write_that_is_on_main_is_found()
    {
        var start = Acknowledged("start", w => history.Count(l => Text(l, "key") == Text(w, "key")) == 1);
        (start["outcome"], start["answer"]) = ("refused", null);
        await ExpectAsync("refused-present: ");
    }

    [Test]
    public async Task A_replica_that_differs_is_found()
    {
        final.First(l => Text(l, "t") == "table" && Text(l, "at") == "observatory" && Text(l, "entity") == "executions")["digest"] = "otherwise";
        await ExpectAsync("replica: executions at observatory is not as on main");
    }

    private static string Text(JsonNode line, string name) => line[name]?.GetValue<string>() ?? "";

    private static long Time(JsonNode line, string name) => line[name]!.GetValue<long>();

    private static string RowId(JsonObject write) => Text(write["answer"]!["rows"]![0]!, "id");

    private static int Version(JsonObject write) => write["answer"]!["rows"]![0]!["version"]!.GetValue<int>();

    private static bool IsRow(JsonObject line, JsonObject write) =>
        Text(line, "t") == "row" && Text(line, "at") == "main" && Text(line, "entity") == "executions" && Text(line["row"]!, "id") == RowId(write);

    /// <summary>Whether the row was written at the site alone, so that its versions are judged.</summary>
    private bool IsOfTheSite(JsonObject write) =>
        history.TrueForAll(l => Text(l, "process") != "main/1" || l["writes"]?[0]?["id"] is not { } id || id.ToJsonString() != $"\"{RowId(write)}\"");

    private JsonObject Acknowledged(string operation, Func<JsonObject, bool> suits) => history.First(l =>
        Text(l, "op") == operation && Text(l, "outcome") == "ok" && Text(l, "process") != "main/1"
            && l["answer"]!["replayed"] is null && IsOfTheSite(l) && suits(l));

    /// <summary>The write of the version before.</summary>
    private JsonObject? Before(JsonObject write) => history.Find(l =>
        Text(l, "op") == "change" && Text(l, "outcome") == "ok" && l["answer"]!["replayed"] is null
            && RowId(l) == RowId(write) && Version(l) == Version(write) - 1);

    private async Task ExpectAsync(string finding)
    {
        await File.WriteAllLinesAsync(Path.Combine(folder, "history.jsonl"), history.Select(l => l.ToJsonString()));
        await File.WriteAllLinesAsync(Path.Combine(folder, "final.jsonl"), final.Select(l => l.ToJsonString()));
        var check = await ChaosRuns.VerifyAsync(folder);
        Assert.That(check.ExitCode, Is.EqualTo(1), check.Output);
        Assert.That(check.Output, Does.Contain(finding));
    }

    private List<JsonObject> Read(string name) => [.. File.ReadLines(Path.Combine(folder, $"{name}.jsonl")).Select(l => JsonNode.Parse(l)!.AsObject())];

    private static int Number(Regex pattern, string output) => int.Parse(pattern.Match(output).Groups[1].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^writes +(\d+) acknowledged", RegexOptions.Multiline)]
    private static partial Regex Writes();

    [GeneratedRegex(@"^reads +(\d+) and", RegexOptions.Multiline)]
    private static partial Regex Reads();
}
