using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using OpsDb.Csv;
using OpsDb.Kernel;
using OpsDb.Servers;
using OpsDb.TestKit;
using OpsDb.Web;

namespace OpsDb.ApiTests.Web;

/// <summary>A list as comma-separated values, read again by a reader that knows nothing of their writer.</summary>
[TestFixture(SiteType.Main)]
[TestFixture(SiteType.Secondary)]
public sealed class CsvStreamTests(SiteType type) : SiteFixture(type)
{
    [Test]
    public async Task Rows_have_the_fields_and_values_that_they_have_in_JSON()
    {
        var mark = $"{Guid.NewGuid():n}";
        string[] texts = ["=1+1", "+1", "-1", "@SUM(A1)", "'quoted", "plain", "a, b", "say \"a\"", "µ é 語"];
        var items = texts.Select(t => new { name = $"{t} {mark}", type = "fixed", ra_deg = 83.8, dec_deg = -5.4, catalogue = mark });
        Assert.That((await Api.PostAsync("/api/v1/sources/bulk", new { items }, null, TestTokens.Admin)).Status, Is.AnyOf(201, 202));
        var started = await Api.PostAsync("/api/v1/executions", new { obs_unit_id = 43, comment = "-5 dB" });

        foreach (var (schema, path) in new[] { ("Source", $"/api/v1/sources?catalogue={mark}"), ("Execution", "/api/v1/executions?obs_unit_id=43") })
        {
            var columns = Columns(schema);
            var (text, table) = await ReadAsync(path, columns);
            var rows = (await Api.GetAsync($"{path}&limit=1000")).Items.ToList();
            Assert.That(text, Does.StartWith($"{string.Join(',', columns)}\r\n").And.EndsWith("\r\n"));
            Assert.That(table.Rows, Has.Count.EqualTo(rows.Count));
            foreach (var (line, row) in table.Rows.Zip(rows))
                Assert.That(columns.Select(c => line.Values[c]), Is.EqualTo(columns.Select(c => Cell(row, c))));
        }
        var sources = await ReadAsync($"/api/v1/sources?catalogue={mark}", Columns("Source"));
        Assert.That(sources.Text, Does.Contain($",'=1+1 {mark},").And.Contains(",83.8,-5.4,"));
        Assert.That(started.Status, Is.EqualTo(Taken(201)));
    }

    [Test]
    public async Task A_list_without_rows_has_its_header() =>
        Assert.That((await ReadAsync("/api/v1/sources?name=none", Columns("Source"))).Text, Is.EqualTo($"{string.Join(',', Columns("Source"))}\r\n"));

    [Test]
    public async Task A_history_is_no_such_list()
    {
        var started = await Api.StartExecutionAsync();
        var answer = await Api.GetAsync($"/api/v1/executions/{started.Id}/history", null, ("Accept", "text/csv"));
        Assert.That(answer.Items.Count(), Is.EqualTo(1), "pages in JSON are answered whatever is asked for");
    }

    [Test]
    public void Every_kind_of_value_is_written_so_that_it_can_be_told_from_others()
    {
        var body = new ArrayBufferWriter<byte>();
        using (var writer = new CsvLines().Begin<Made>(body))
        {
            writer.Write(new(null, "", -5.4, true, [1, 2], JsonElement.Parse("""{"a": "b\"c", "d": [null]}"""), new(2026, 3, 1, 2, 15, 0, TimeSpan.Zero)));
            writer.Write(new("\ta\r\nb", "=\"x\",", 1e-300, false, [], null, null));
            writer.End();
        }
        Assert.That(Encoding.UTF8.GetString(body.WrittenSpan), Is.EqualTo(
            "first,second,number,is_so,list,json,at\r\n"
            + ",\"\",-5.4,true,\"[1,2]\",\"{\"\"a\"\":\"\"b\\\"\"c\"\",\"\"d\"\":[null]}\",2026-03-01T02:15:00Z\r\n"
            + "\"'\ta\r\nb\",\"'=\"\"x\"\",\",1E-300,false,\"[]\",,\r\n"));
    }

    private async Task<(string Text, TextTable Table)> ReadAsync(string path, IReadOnlyList<string> columns)
    {
        var answer = await Api.GetAsync(path, null, ("Accept", "text/csv"));
        var text = answer.Body.GetString()!;
        Assert.That((answer.Status, answer.Header("OpsDb-Consistency") is not null), Is.EqualTo((200, true)), text);
        var table = CsvFiles.Read(Encoding.UTF8.GetBytes(text), new("list.csv", columns));
        Assert.That(table.Mistakes, Is.Empty);
        return (text, table);
    }

    /// <summary>As the API document has them.</summary>
    private static IReadOnlyList<string> Columns(string schema)
    {
        var document = JsonNode.Parse(File.ReadAllText(Path.Combine(BuiltPrograms.Root, "docs/openapi/v1.json")))!;
        return [.. document["components"]!["schemas"]![schema]!["properties"]!.AsObject().Select(p => p.Key)];
    }

    private static string Cell(JsonElement row, string column)
    {
        if (!row.TryGetProperty(column, out var value) || value.ValueKind == JsonValueKind.Null)
            return "";
        var text = value.ToString();
        return value.ValueKind == JsonValueKind.String && text.IndexOfAny(['=', '+', '-', '@', '\'']) == 0 ? $"'{text}" : text;
    }

    private sealed record Made(string? First, string Second, double Number, bool IsSo, IReadOnlyList<int> List, JsonElement? Json, DateTimeOffset? At);
}
