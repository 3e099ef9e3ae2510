using System.Globalization;

namespace OpsDb.UnitTests.Verify;

/// <summary>Calls that write many rows, whose answers do not tell the versions of each. Each test but the first plants a bug.</summary>
public sealed class ManyRowsTests : SmallHistoryFixture
{
    private const string Package = "0193a000-0000-7000-8000-000000000001", One = "0193a000-0000-7000-8000-000000000011",
        Two = "0193a000-0000-7000-8000-000000000012", Three = "0193a000-0000-7000-8000-000000000013", Another = "0193a000-0000-7000-8000-000000000014";

    // What main has at the end: the name of each file, the package that it is in, its size and its version.
    private readonly Dictionary<string, (string Name, string? Package, int Bytes, int Version, string By)> files = new()
    {
        [One] = ("a", Package, 10, 1, "t1"),
        [Two] = ("b", Package, 20, 1, "t1"),
        [Three] = ("c", Package, 30, 2, "t3"),
    };
    private (int Count, int Bytes) says = (3, 60);

    /// <summary>Two files with their package, a third one without, a repetition with another key that changes nothing, and the package is closed.</summary>
    [SetUp]
    public void WriteDown()
    {
        Run.Call("observatory/1", 10, 20, Data("t1", [("a", 10), ("b", 20)], $"{Id(Package)},{Id(One)},{Id(Two)}"));
        Run.Call("observatory/2", 30, 40, Data("t2", [("a", 10), ("b", 20)], $"{Id(Package)},{Id(One)},{Id(Two)}"));
        Run.Call("observatory/1", 50, 60, $$"""
            "key":"key of t0","writes":[{{File("c", 30, isPackaged: false)}}],"answer":{"transaction":"t0","rows":[{{Id(Three)}}]}
            """);
        Run.Call("observatory/2", 70, 80, $$"""
            "key":"key of t3","writes":[
              {"entity":"raw_data_packages","id":"{{Package}}","action":"update","from":{"finalized_at":null},"set":{"next_step":"packing"},
               "open":["finalized_at","file_count","size_bytes"]},
              {"entity":"raw_data_files","action":"each","where":{"executed_obs_unit_id":"x","raw_data_package_id":null},
               "set":{"raw_data_package_id":"{{Package}}"} }],
            "answer":{"transaction":"t3",{{Fourth}},"rows":[{"id":"{{Package}}","version":2,"transaction":"t3","fields":{ {{PackageFields}} } }]}
            """);
    }

    [Test]
    public void Calls_of_many_rows_are_proven()
    {
        Run.Call("observatory/2", 90, 95, Read(Three, 2, "t3"));
        Run.Call("observatory/2", 90, 95, List("\"raw_data_package_id\":[null]", ""));
        ExpectProven();
    }

    [Test]
    public void A_file_of_a_call_that_is_not_on_main_is_found()
    {
        files.Remove(Two);
        ExpectFound("half-transaction: An acknowledged or applied call has named 3 rows, and 1 of them are not on main");
    }

    [Test]
    public void A_link_that_was_lost_is_found()
    {
        files[Two] = files[Two] with { Package = null };
        ExpectFound($"other-content: Main has raw_data_files/{Two} with another raw_data_package_id than a call that named it asked for.");
    }

    [Test]
    public void A_file_that_is_there_twice_is_found()
    {
        files[Another] = files[Two];
        ExpectFound("applied-twice: Main has two rows of raw_data_files with the same executed_obs_unit_id, relative_path.");
    }

    [Test]
    public void Another_content_than_a_call_has_registered_is_found()
    {
        files[Two] = files[Two] with { Bytes = 21 };
        ExpectFound($"other-content: Main has raw_data_files/{Two} with another size_bytes than a call that named it asked for.");
    }

    [Test]
    public void A_file_that_only_a_refused_call_has_named_is_found()
    {
        Run.Call("observatory/1", 100, 110, $"\"key\":\"key of t9\",\"writes\":[{File("d", 1, isPackaged: false)}]", "refused");
        files[Another] = ("d", null, 1, 1, "t9");
        ExpectFound("refused-present: A call was refused each time it was made, and a row that it named is on main.");
    }

    [Test]
    public void A_finalized_package_with_one_file_more_is_found()
    {
        says = (2, 30);
        ExpectFound($"package-total: Package {Package} says that it has 2 files of 30 bytes, and there are 3 of 60 bytes.");
    }

    [Test]
    public void A_finalized_package_of_another_size_is_found()
    {
        says = (3, 61);
        ExpectFound($"package-total: Package {Package} says that it has 3 files of 61 bytes, and there are 3 of 60 bytes.");
    }

    [Test]
    public void A_file_that_was_not_taken_into_the_package_is_found()
    {
        files[Three] = files[Three] with { Package = null, Version = 1, By = "t0" };
        says = (2, 30);
        ExpectFound($"half-transaction: A call has changed all rows that match, and not raw_data_files/{Three}, which did.");
    }

    [TestCase(25, One, TestName = "A_read_that_misses_a_file_of_an_acknowledged_call_is_found")]
    [TestCase(65, Three, TestName = "A_read_that_misses_a_file_of_a_later_call_is_found")]
    public void A_read_that_misses_a_file(int at, string file)
    {
        Run.Call("observatory/2", at, at + 1, $$"""
            "read":{"entity":"raw_data_files","id":"{{file}}"},"answer":{"rows":[]}
            """);
        ExpectFound($"A call finds no raw_data_files/{file} and misses");
    }

    [Test]
    public void A_read_that_shows_a_file_as_it_was_before_its_package_was_closed_is_found()
    {
        Run.Call("observatory/1", 90, 95, Read(Three, 1, "t0"));
        ExpectFound($"A call shows version 1 of raw_data_files/{Three} and misses");
    }

    [Test]
    public void A_list_that_lacks_a_file_is_found()
    {
        Run.Call("observatory/2", 90, 95, List("\"executed_obs_unit_id\":[\"x\"]", $"{Id(One)},{Id(Two)}"));
        ExpectFound($"list-missing: A list does not show raw_data_files/{Three}");
    }

    [TestCase(true)]
    [TestCase(false)]
    public void Half_of_a_call_of_unknown_outcome_is_found(bool isHalf)
    {
        var files = $"{File("d", 1, isPackaged: false)},{File("e", 2, isPackaged: false)}";
        Run.Call("observatory/1", 100, 110, $"\"key\":\"key of t4\",\"writes\":[{files}]", "unknown");
        Run.Applied("observatory", "t4", "\"epoch\":\"first\",\"position\":5");
        this.files[Another] = ("d", null, 1, 1, "t4");
        if (!isHalf)
            this.files[Package[..^2] + "15"] = ("e", null, 2, 1, "t4");
        End();
        Run.ExpectFoundUnless(!isHalf, "half-transaction: An acknowledged or applied call has named 2 rows, and 1 of them are not on main");
    }

    [Test]
    public void A_row_that_a_call_says_to_have_changed_and_has_not_is_found()
    {
        Run.Call("observatory/1", 100, 110, $$"""
            "key":"key of t4","writes":[{"entity":"raw_data_files","action":"each","where":{"executed_obs_unit_id":"y"},"set":{"file_type":"z"} }],
            "answer":{"transaction":"t4","rows":[{{Id(One)}}]}
            """);
        Run.Applied("observatory", "t4", "\"epoch\":\"first\",\"position\":5");
        ExpectFound($"half-transaction: A call was told that it had changed raw_data_files/{One}, and main has no version of it by that call.");
    }

    private const string Fourth = "\"epoch\":\"first\",\"position\":4";

    private string PackageFields => string.Create(CultureInfo.InvariantCulture, $$"""
        "executed_obs_unit_id":"x","part_number":1,"next_step":"packing","finalized_at":"2026-11-27T00:00:00Z",
        "file_count":{{says.Count}},"size_bytes":{{says.Bytes}}
        """);

    private static string Id(string id) => $"{{\"id\":\"{id}\"}}";

    private static string Read(string id, int version, string transaction) => $$"""
        "read":{"entity":"raw_data_files","id":"{{id}}"},"answer":{"rows":[{{SmallHistory.Row(id, version, transaction)}}]}
        """;

    private static string List(string filter, string rows) => $$"""
        "list":{"entity":"raw_data_files","filter":{ {{filter}} } },"answer":{"rows":[{{rows}}],"pages":1,"more":false}
        """;

    private static string Data(string transaction, (string Name, int Bytes)[] files, string rows) => $$"""
        "key":"key of {{transaction}}","writes":[
          {"entity":"raw_data_packages","action":"ensure","by":["executed_obs_unit_id","part_number"],"set":{"executed_obs_unit_id":"x","part_number":1},
           "new":{"finalized_at":null} },
          {{string.Join(',', files.Select(f => File(f.Name, f.Bytes, isPackaged: true)))}}],
        "answer":{"transaction":"{{transaction}}","rows":[{{rows}}]}
        """;

    private static string File(string name, int bytes, bool isPackaged) => string.Create(CultureInfo.InvariantCulture, $$"""
        {"entity":"raw_data_files","action":"ensure","by":["executed_obs_unit_id","relative_path"],
         "set":{"executed_obs_unit_id":"x","relative_path":"{{name}}","size_bytes":{{bytes}}},
         {{(isPackaged ? "\"refers\":{\"raw_data_package_id\":0}" : "\"new\":{\"raw_data_package_id\":null}")}}}
        """);

    private void ExpectProven()
    {
        End();
        Run.ExpectProven();
    }

    private void ExpectFound(string sentence)
    {
        End();
        Run.ExpectFound(sentence);
    }

    private void End()
    {
        foreach (var (i, transaction) in new[] { "t1", "t2", "t0", "t3" }.Index())
            Run.Applied("observatory", transaction, string.Create(CultureInfo.InvariantCulture, $"\"epoch\":\"first\",\"position\":{i + 1}"));
        Made("raw_data_packages", Package, "t1");
        if (files[Three].Version == 2)
            Made("raw_data_files", Three, "t0");
        Ends("raw_data_packages", SmallHistory.Row(Package, 2, "t3", PackageFields));
        foreach (var (id, (name, package, bytes, version, by)) in files)
        {
            var of = package is null ? "null" : $"\"{package}\"";
            Ends("raw_data_files", SmallHistory.Row(id, version, by, string.Create(CultureInfo.InvariantCulture,
                $"\"executed_obs_unit_id\":\"x\",\"relative_path\":\"{name}\",\"size_bytes\":{bytes},\"raw_data_package_id\":{of}")));
        }
    }

    private void Made(string entity, string id, string transaction) =>
        Run.Final($$"""{"t":"made","entity":"{{entity}}","row":{{SmallHistory.Row(id, 1, transaction)}}}""");

    private void Ends(string entity, string row)
    {
        foreach (var place in (string[])["main", "observatory"])
            Run.Final($$"""{"t":"row","at":"{{place}}","entity":"{{entity}}","row":{{row}}}""");
    }
}
