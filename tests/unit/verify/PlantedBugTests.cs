using System.Text.Json.Nodes;

namespace OpsDb.UnitTests.Verify;

/// <summary>Each test plants one bug into the files of a correct run; the check must name it. All in one file, to be read as a list.</summary>
public sealed class PlantedBugTests
{
    private RunFolder run = null!;

    [SetUp]
    public void MakeRun() => run = new RunFolder(4, 1500);

    [TearDown]
    public void RemoveRun() => run.Dispose();

    [Test]
    public void A_lost_write_is_found()
    {
        var start = Acknowledged("start", w => Later(w, "finish").Count == 0);
        RemoveFromMain(start);
        run.Final.RemoveAll(l => Text(l, "t") == "applied" && Text(l, "id") == Transaction(start));
        run.History.RemoveAll(l => l["writes"] is null && Names(l, RowId(start)) || IsWriteOf(l, RowId(start)) && l != start);
        Expect("lost-write: An acknowledged write is not on main: executions/", start);
    }

    [Test]
    public void A_write_that_is_applied_twice_is_found()
    {
        var row = RowOnMain(RowId(Acknowledged("finish", w => IsNewest(w))));
        foreach (var copy in row)
            copy["row"]!["version"] = copy["row"]!["version"]!.GetValue<int>() + 1;
        Expect("whose writes end with version");
    }

    [Test]
    public void A_key_that_is_applied_twice_is_found()
    {
        var start = Acknowledged("start");
        var again = run.Final.First(l => Text(l, "t") == "applied" && Text(l, "id") == Transaction(start)).DeepClone().AsObject();
        again["id"] = Guid.NewGuid().ToString();
        again["answer"]!["rows"]![0]!["id"] = Guid.NewGuid().ToString();
        run.Final.Add(again);
        Expect("applied-twice: The transactions of one key were applied 2 times.");
    }

    [Test]
    public void Two_writes_of_one_row_that_changed_places_are_found()
    {
        var finish = Acknowledged("finish", w => Later(w, "update").Exists(u => IsNext(w, u) && Number(u, "invoke") > Number(w, "complete")));
        var update = Later(finish, "update").First(u => IsNext(finish, u));
        var (one, other) = (finish["answer"]!, update["answer"]!);
        (one["position"], other["position"]) = (other["position"]!.DeepClone(), one["position"]!.DeepClone());
        foreach (var line in run.Final.Where(l => Text(l, "t") == "applied" && (Text(l, "id") == Transaction(finish) || Text(l, "id") == Transaction(update))))
            line["position"] = (Text(line, "id") == Transaction(finish) ? one : other)["position"]!.DeepClone();
        (one["rows"]![0]!["version"], other["rows"]![0]!["version"]) = (Version(finish) + 1, Version(finish));
        Expect("have changed places", finish, update);

        bool IsNext(JsonObject write, JsonObject next) => Version(next) == Version(write) + 1 && IsOnlyTry(next);
    }

    [Test]
    public void An_overlay_that_was_dropped_early_is_found()
    {
        var write = Acknowledged("update", Version: 2, suits: w => w["process"]!.GetValue<string>() != "main/1");
        var read = Read(write, after: 1, client: Text(write, "client"), version: 1);
        Expect("own-write-missed: A call shows version 1 of executions/", write, read);
    }

    [Test]
    public void A_stale_read_is_found_across_both_processes()
    {
        var write = Acknowledged("update", Version: 2, suits: w => Text(w, "process") == "observatory/1");
        var read = Read(write, after: 1, client: "another", version: 1, process: "observatory/2");
        Expect("by observatory/1 (this is observatory/2)", write, read);
        Assert.That(run.Output, Does.Contain("stale-read: A call shows version 1 of executions/"));
    }

    [Test]
    public void A_stale_read_that_says_so_is_accepted()
    {
        var write = Acknowledged("update", Version: 2, suits: w => Text(w, "process") == "observatory/1");
        Read(write, after: 1, client: "another", version: 1)["stale"] = true;
        Assert.That(run.Check(), Is.Zero, run.Output);
    }

    [Test]
    public void A_site_that_goes_back_after_a_fallback_is_found()
    {
        var write = Acknowledged("update", Version: 2, suits: w => Text(w, "process") == "main/1");
        // Main was read in place of the replica, and then the replica again, which lacks the write.
        var shown = Read(write, after: 1, client: "c0", version: 2, process: "observatory/1");
        var back = Read(write, after: 5, client: "c1", version: 1, process: "observatory/2");
        run.History.RemoveAll(l => l != shown && l != back && l["writes"] is null && Text(l, "process") != "main/1"
            && Number(l, "complete") <= Number(back, "complete") && Names(l, RowId(write)));
        Expect("which goes back: the site had shown version 2", shown, back);
    }

    [Test]
    public void An_entry_that_was_trimmed_too_soon_is_found()
    {
        var start = Acknowledged("start", w => Text(w, "process") != "main/1");
        var read = Read(start, after: 1, client: "another", version: 0);
        Expect("stale-read: A call finds no executions/", start, read);
    }

    [Test]
    public void A_forgotten_tombstone_is_found()
    {
        var delete = Acknowledged("delete", w => Text(w, "process") != "main/1");
        var made = run.History.First(l => Text(l, "op") == "register" && Text(l, "outcome") == "ok" && IsWriteOf(l, RowId(delete)));
        var row = made["answer"]!["rows"]!.AsArray().First(r => r!["id"]!.GetValue<string>() == RowId(delete))!;
        var read = Insert(delete, 1, "another", Text(delete, "process"), "files", RowId(delete), row.DeepClone());
        Expect("which is deleted", delete, read);
        Assert.That(run.Output, Does.Contain("came-back: "));
    }

    [Test]
    public void Two_finishes_that_were_both_accepted_are_found()
    {
        var finish = Acknowledged("finish", w => Text(w, "process") != "main/1" && IsNewest(w));
        var second = finish.DeepClone().AsObject();
        second["client"] = "another";
        second["key"] = Guid.NewGuid().ToString();
        foreach (var place in new[] { second["answer"]!, second["answer"]!["rows"]![0]! })
            place["transaction"] = "00000000-0000-0000-0000-000000000001";
        second["answer"]!["epoch"] = second["answer"]!["position"] = null;
        run.History.Insert(run.History.IndexOf(finish) + 1, second);
        Expect("both accepted as new", finish, second);
    }

    [Test]
    public void A_position_that_was_used_again_after_Redis_came_back_shorter_is_found()
    {
        var start = Acknowledged("start", w => Text(w, "process") != "main/1");
        var epoch = Text(start["answer"]!.AsObject(), "epoch");
        var other = run.History.First(l =>
            l != start && Text(l, "op") == "start" && Text(l, "outcome") == "ok" && l["answer"]!["epoch"]?.GetValue<string>() == epoch);
        other["answer"]!["position"] = start["answer"]!["position"]!.DeepClone();
        foreach (var line in run.Final.Where(l => Text(l, "t") == "applied" && Text(l, "id") == Transaction(other)))
            line["position"] = start["answer"]!["position"]!.DeepClone();
        Expect("a log that came back shorter must begin a new epoch", start, other);
    }

    [Test]
    public void Half_a_transaction_is_found()
    {
        var register = Acknowledged("register", w => w["writes"]!.AsArray().All(r => RowOnMain(r!["id"]!.GetValue<string>()).Count > 0));
        RemoveFromMain(register);
        Expect("half-transaction: A transaction is half on main: files/", register);
    }

    [Test]
    public void Half_a_transaction_of_unknown_outcome_is_found()
    {
        var register = Acknowledged("register", w => w["writes"]!.AsArray().All(r => RowOnMain(r!["id"]!.GetValue<string>()).Count > 0));
        run.Final.RemoveAll(l => Text(l, "t") == "applied" && Text(l, "id") == Transaction(register));
        var ids = register["answer"]!["rows"]!.AsArray().Select(r => r!["id"]!.GetValue<string>()).ToList();
        run.History.RemoveAll(l => l != register && ids.Exists(id => Names(l, id)));
        RemoveFromMain(register);
        register["outcome"] = "unknown";
        register["answer"] = null;
        Expect("half-transaction: A transaction is half on main: files/", register);
    }

    [Test]
    public void A_list_that_misses_a_row_is_found()
    {
        var list = run.History.Last(l =>
            l["list"]?["filter"]?["obs_unit_id"] is not null && Text(l, "process") != "main/1" && l["answer"]!["rows"]!.AsArray().Count > 5);
        list["answer"]!["rows"]!.AsArray().RemoveAt(2);
        Expect("list-missing: A list does not show executions/", list);
    }

    [Test]
    public void A_newest_page_that_misses_a_row_is_found()
    {
        var list = run.History.Last(l => l["list"]?["sort"] is not null && Text(l, "process") != "main/1" && l["answer"]!["rows"]!.AsArray().Count == 20);
        list["answer"]!["rows"]!.AsArray().RemoveAt(15);
        Expect("list-missing: A list does not show executions/", list);
    }

    [Test]
    public void A_list_with_a_row_that_its_filter_excludes_is_found()
    {
        var list = run.History.Last(l => l["list"]?["filter"]?["status"]?[0]?.GetValue<string>() == "running" && Text(l, "process") != "main/1");
        var finish = run.History.Last(l => Text(l, "op") == "finish" && Text(l, "outcome") == "ok" && Text(l, "process") != "main/1"
            && IsNewest(l) && Number(l, "complete") < Number(list, "invoke"));
        var row = finish["answer"]!["rows"]![0]!.DeepClone().AsObject();
        row.Remove("fields");
        list["answer"]!["rows"]!.AsArray().Add(row);
        Expect("whose status its filter excludes", list);
    }

    [Test]
    public void A_replica_that_differs_is_found()
    {
        var row = run.Final.First(l => Text(l, "t") == "row" && Text(l, "at") == "observatory" && Text(l, "entity") == "executions");
        row["row"]!["fields"]!["comment"] = "otherwise";
        Expect("replica: executions/");
    }

    [Test]
    public void A_wrong_counter_is_found()
    {
        var counter = run.Final.First(l => Text(l, "t") == "counter" && Text(l, "name") == "rows");
        counter["value"] = counter["value"]!.GetValue<int>() + 1;
        Expect("counter: The counter rows of executions at main says");
    }

    [Test]
    public void Another_content_on_main_is_found()
    {
        foreach (var copy in RowOnMain(RowId(Acknowledged("update", w => IsNewest(w)))))
            copy["row"]!["fields"]!["comment"] = "otherwise";
        Expect("with another comment than was acknowledged");
    }

    [Test]
    public void A_refused_write_that_is_on_main_is_found()
    {
        var start = Acknowledged("start");
        run.History.RemoveAll(l => l != start && Text(l, "key") == Text(start, "key"));
        start["outcome"] = "refused";
        start["answer"] = null;
        Expect("refused-present: ", start);
    }

    [Test]
    public void A_loss_that_no_epoch_change_names_is_found()
    {
        Assert.That(run.Check(), Is.Zero);
        Assume.That(run.Output, Does.Not.Contain(" 0 declared lost"));
        foreach (var watermark in run.Final.Where(l => l["previous_epoch"] is not null))
            watermark["missing_position"] = (long)watermark["seen_position"]! + 1;
        Expect("but no epoch change names its position");
    }

    [Test]
    public void A_loss_without_a_fault_is_found()
    {
        run.Faults.RemoveAll(f => f["may_lose"] is not null);
        Expect("lost-write: An acknowledged write is not on main");
    }

    [Test]
    public void A_site_that_calls_itself_healthy_after_a_loss_is_found()
    {
        run.Final.First(l => Text(l, "t") == "health")["status"] = "healthy";
        Expect("loss-not-named: ");
    }

    [Test]
    public void A_discard_that_nobody_has_audited_is_found()
    {
        run.Dispose();
        run = new RunFolder(2, 4000);
        Assume.That(run.Final.RemoveAll(l => Text(l, "t") == "intervention"), Is.Positive);
        Expect("A write was discarded, and no audit tells by whom.");
    }

    private static string Text(JsonObject line, string name) => line[name]?.GetValue<string>() ?? "";

    private static long Number(JsonObject line, string name) => line[name]!.GetValue<long>();

    private static int Version(JsonObject write) => write["answer"]!["rows"]![0]!["version"]!.GetValue<int>();

    private static string Transaction(JsonObject write) => write["answer"]!["transaction"]!.GetValue<string>();

    private static string RowId(JsonObject write) => write["writes"]![0]!["id"]!.GetValue<string>();

    private static bool IsWriteOf(JsonObject line, string id) => line["writes"] is JsonArray writes && writes.Any(w => w!["id"]!.GetValue<string>() == id);

    /// <summary>Whether a row is named anywhere in a line.</summary>
    private static bool Names(JsonObject line, string id) => line.ToJsonString().Contains(id, StringComparison.Ordinal);

    /// <summary>Whether no other call has the key of this one.</summary>
    private bool IsOnlyTry(JsonObject write) => run.History.Count(l => Text(l, "key") == Text(write, "key")) == 1;

    private List<JsonObject> Later(JsonObject write, string operation) =>
        run.History.FindAll(l => Text(l, "op") == operation && Text(l, "outcome") == "ok" && l != write && IsWriteOf(l, RowId(write))
            && Number(l, "invoke") > Number(write, "complete"));

    private bool IsNewest(JsonObject write) => RowOnMain(RowId(write)) is [var row, ..] && row["row"]!["transaction"]!.GetValue<string>() == Transaction(write);

    private List<JsonObject> RowOnMain(string id) => run.Final.FindAll(l => Text(l, "t") == "row" && l["row"]!["id"]!.GetValue<string>() == id);

    /// <summary>A write that was acknowledged at its first try, is applied, and not lost.</summary>
    private JsonObject Acknowledged(string operation, Func<JsonObject, bool>? suits = null, int Version = 0) => run.History.First(l =>
        Text(l, "op") == operation && Text(l, "outcome") == "ok" && IsOnlyTry(l)
        && run.Final.Exists(f => Text(f, "t") == "applied" && Text(f, "id") == Transaction(l) && Text(f, "outcome") == "applied")
        && (Version == 0 || PlantedBugTests.Version(l) == Version) && suits?.Invoke(l) != false);

    private void RemoveFromMain(JsonObject write)
    {
        foreach (var row in RowOnMain(RowId(write)))
        {
            var (place, entity) = (Text(row, "at"), Text(row, "entity"));
            foreach (var line in run.Final.Where(l => Text(l, "t") is "table" or "counter" && Text(l, "at") == place && Text(l, "entity") == entity))
            {
                var count = Text(line, "t") == "table" ? "rows" : "value";
                line[count] = line[count]!.GetValue<int>() - 1;
            }
            run.Final.Remove(row);
        }
    }

    /// <summary>Adds a read of a written row, some µs after the write, that shows an earlier version; 0 for none.</summary>
    private JsonObject Read(JsonObject write, long after, string client, int version, string? process = null)
    {
        var made = run.History.Find(l => Text(l, "outcome") == "ok" && IsWriteOf(l, RowId(write)) && Version(l) == version);
        var entity = write["writes"]![0]!["entity"]!.GetValue<string>();
        return Insert(write, after, client, process ?? Text(write, "process"), entity, RowId(write), made?["answer"]!["rows"]![0]!.DeepClone());
    }

    private JsonObject Insert(JsonObject behind, long after, string client, string process, string entity, string id, JsonNode? row)
    {
        var at = Number(behind, "complete") + after;
        var read = new JsonObject
        {
            ["client"] = client,
            ["process"] = process,
            ["op"] = "read",
            ["invoke"] = at,
            ["complete"] = at + 1,
            ["outcome"] = "ok",
            ["read"] = new JsonObject { ["entity"] = entity, ["id"] = id },
            ["answer"] = new JsonObject { ["rows"] = row is null ? new JsonArray() : new JsonArray(row) },
        };
        run.History.Insert(run.History.FindLastIndex(l => Number(l, "complete") <= at + 1) + 1, read);
        return read;
    }

    private void Expect(string sentence, params JsonObject[] excerpt)
    {
        Assert.That(run.Check(), Is.EqualTo(1), run.Output);
        Assert.That(run.Output, Does.Contain(sentence));
        foreach (var line in excerpt)
            Assert.That(run.Output, Does.Contain($"history.jsonl:{run.History.IndexOf(line) + 1}: "));
        TestContext.Out.WriteLine(run.Output.Split('\n').First(l => l.Contains(sentence, StringComparison.Ordinal)));
    }
}
