using System.Text.Json.Nodes;

namespace OpsDb.SystemTests.Chaos;

/// <summary>The same of calls that write many files, and of packages.</summary>
public sealed partial class ChaosTests
{
    private const string Files = "raw_data_files", Packages = "raw_data_packages";

    [Test]
    public async Task A_file_of_a_call_of_many_that_is_not_on_main_is_found()
    {
        var file = PackedFile();
        final.Remove(file);
        SetRows(Files);
        await ExpectAsync("half-transaction: An acknowledged or applied call has named ");
    }

    [Test]
    public async Task A_file_that_lost_its_package_is_found()
    {
        PackedFile()["row"]!["fields"]!["raw_data_package_id"] = null;
        await ExpectAsync("with another raw_data_package_id than a call that named it asked for.");
    }

    [Test]
    public async Task A_file_that_is_there_twice_is_found()
    {
        var file = PackedFile();
        var again = file.DeepClone().AsObject();
        again["row"]!["id"] = Guid.NewGuid().ToString();
        final.Insert(final.IndexOf(file), again);
        SetRows(Files);
        await ExpectAsync("applied-twice: Main has two rows of raw_data_files with the same ");
    }

    [Test]
    public async Task A_finalized_package_with_one_file_more_than_it_says_is_found()
    {
        var package = final.First(l => IsOnMain(l, Packages) && l["row"]!["fields"]!["finalized_at"] is not null);
        var fields = package["row"]!["fields"]!;
        fields["file_count"] = fields["file_count"]!.GetValue<int>() - 1;
        await ExpectAsync("package-total: ");
    }

    [Test]
    public async Task A_file_of_a_refused_call_that_is_on_main_is_found()
    {
        var call = history.First(l => Text(l, "op") == "data" && Text(l, "outcome") == "ok");
        var ids = call["answer"]!["rows"]!.AsArray().Select(r => Text(r!, "id")).ToHashSet();
        var file = final.First(l => IsOnMain(l, Files) && ids.Contains(Text(l["row"]!, "id")));
        var path = Text(file["row"]!["fields"]!, "relative_path");
        foreach (var line in history.Where(l => l["writes"] is JsonArray writes && writes.Any(w => w!["set"]?["relative_path"]?.GetValue<string>() == path)))
            (line["outcome"], line["answer"]) = ("refused", null);
        await ExpectAsync("refused-present: ");
    }

    private static bool IsOnMain(JsonObject line, string entity) => Text(line, "t") == "row" && Text(line, "at") == "main" && Text(line, "entity") == entity;

    /// <summary>A file on main that a call of many has registered with its package.</summary>
    private JsonObject PackedFile()
    {
        var ids = history.Where(l => Text(l, "op") == "data" && Text(l, "outcome") == "ok" && Text(l["writes"]![0]!, "entity") == Packages)
            .SelectMany(l => l["answer"]!["rows"]!.AsArray()).Select(r => Text(r!, "id")).ToHashSet();
        return final.First(l => IsOnMain(l, Files) && ids.Contains(Text(l["row"]!, "id")));
    }

    private void SetRows(string entity) =>
        final.First(l => Text(l, "t") == "table" && Text(l, "at") == "main" && Text(l, "entity") == entity)["rows"] = final.Count(l => IsOnMain(l, entity));
}
