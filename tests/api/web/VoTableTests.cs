using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Xml.Linq;
using OpsDb.ApiTests.Transfers;
using OpsDb.Kernel;
using OpsDb.Web;

namespace OpsDb.ApiTests.Web;

/// <summary>A list as a VOTable, read again by a parser of XML that knows nothing of its writer.</summary>
[TestFixture(SiteType.Main)]
public sealed class VoTableTests(SiteType type) : SiteFixture(type)
{
    private static readonly XNamespace Vo = "http://www.ivoa.net/xml/VOTable/v1.3";

    [Test]
    public async Task An_ObsCore_record_has_its_names_units_and_values()
    {
        var flow = await DataFlow.BeginAsync(Api, archives: 1);
        var package = await flow.RegisteredAsync();
        var collection = $"<a> & \"{Guid.NewGuid():n}\" µ語";
        await flow.DoneAsync($"raw-data-packages/{package}/obscore", new
        {
            obs_publisher_did = "ivo://example.org/raw?1",
            obs_collection = collection,
            s_region = "CIRCLE\r\n\tICRS \u0001\uFFFE\uFEFF\U0001F52D",
            t_resolution = 1e-300,
        });
        var query = $"/api/v1/obscore?obs_collection={Uri.EscapeDataString(collection)}";
        var (fields, rows) = await ReadAsync(query);
        var record = (await Api.GetAsync(query)).Items.Single();
        Assert.That(fields.Select(f => f.Attribute("name")!.Value), Is.SupersetOf(record.EnumerateObject().Select(f => f.Name)));
        Assert.That(Field("s_ra"), Is.EqualTo(
            "name=s_ra datatype=double unit=deg ucd=pos.eq.ra utype=obscore:Char.SpatialAxis.Coverage.Location.Coord.Position2D.Value2.C1"));
        Assert.That(Field("t_min"), Is.EqualTo(
            "name=t_min datatype=double unit=d ucd=time.start;obs.exposure utype=obscore:Char.TimeAxis.Coverage.Bounds.Limits.StartTime"));
        Assert.That(Field("access_estsize"), Is.EqualTo("name=access_estsize datatype=long unit=kbyte ucd=phys.size;meta.file utype=obscore:Access.size"));
        Assert.That(Field("calib_level"), Is.EqualTo("name=calib_level datatype=int ucd=meta.code;obs.calib utype=obscore:ObsDataset.calibLevel"));
        Assert.That(Field("created_at"), Is.EqualTo("name=created_at datatype=char arraysize=* xtype=timestamp"));
        Assert.That(fields.Count(f => f.Attribute("utype") is not null), Is.EqualTo(25), "the mandatory columns of ObsCore");
        var cells = rows.Single().Elements(Vo + "TD").Select(c => c.Value).ToList();
        foreach (var (field, cell) in fields.Select(f => f.Attribute("name")!.Value).Zip(cells).Where(f => f.First != "s_region"))
            Assert.That(cell, Is.EqualTo(record.TryGetProperty(field, out var value) ? value.ToString() : ""), field);
        Assert.That(cells[fields.FindIndex(f => f.Attribute("name")!.Value == "s_region")], Is.EqualTo("CIRCLE\r\n\tICRS \uFFFD\uFFFD\uFEFF\U0001F52D"));

        string Field(string name) =>
            string.Join(' ', fields.Single(f => f.Attribute("name")!.Value == name).Attributes().Select(a => $"{a.Name}={a.Value}"));
    }

    [Test]
    public async Task Every_list_can_be_one()
    {
        foreach (var list in (string[])["telescopes", "executions", "sources?limit=3", "raw-data-packages", "sources?name=none"])
        {
            var (fields, rows) = await ReadAsync($"/api/v1/{list}");
            Assert.That(rows.Select(r => r.Elements(Vo + "TD").Count()), Is.All.EqualTo(fields.Count), list);
        }
    }

    [Test]
    public void Every_kind_of_value_can_be_read_again()
    {
        var (fields, rows) = Read(Written(end: true,
            new Made(null, "", -5.4, 1.10m, true, [1, 2], JsonElement.Parse("""{"a": "<b>"}"""), new(2026, 3, 1, 2, 15, 0, TimeSpan.Zero), Quality.Good),
            new Made(" a]]>b&amp; ", "\"'", 1e-300, 0m, false, [], null, null, Quality.NotSoGood)));
        Assert.That(fields.Select(f => f.Attribute("datatype")!.Value),
            Is.EqualTo((string[])["unicodeChar", "unicodeChar", "double", "char", "boolean", "unicodeChar", "unicodeChar", "char", "char"]));
        Assert.That(rows.Select(r => r.Elements(Vo + "TD").Select(c => c.Value)), Is.EqualTo((string[][])
        [
            ["", "", "-5.4", "1.10", "true", "[1,2]", "{\"a\":\"<b>\"}", "2026-03-01T02:15:00Z", "good"],
            [" a]]>b&amp; ", "\"'", "1E-300", "0", "false", "[]", "", "", "not_so_good"],
        ]));
    }

    [Test]
    public void No_text_makes_it_something_that_XML_cannot_have()
    {
        var all = string.Concat(Enumerable.Range(0, 0x10000).Where(c => c is < 0xD800 or > 0xDFFF).Select(c => (char)c));
        var cell = Read(Written(end: true, new Made(all, "", 0, 0, false, [], null, null, Quality.Good))).Rows.Single().Element(Vo + "TD")!.Value;
        Assert.That(cell, Is.EqualTo(string.Concat(all.Select(c => System.Xml.XmlConvert.IsXmlChar(c) ? c : '\uFFFD'))));
    }

    [Test]
    public void One_that_is_not_whole_is_no_XML() =>
        Assert.That(() => XDocument.Parse(Written(end: false, new Made("a", "", 0, 0, false, [], null, null, Quality.Good))),
            Throws.InstanceOf<System.Xml.XmlException>());

    private static string Written(bool end, params Made[] rows)
    {
        var body = new ArrayBufferWriter<byte>();
        using var writer = new VoTable().Begin<Made>(body);
        foreach (var row in rows)
            writer.Write(row);
        if (end)
            writer.End();
        return Encoding.UTF8.GetString(body.WrittenSpan);
    }

    private async Task<(List<XElement> Fields, List<XElement> Rows)> ReadAsync(string path)
    {
        var answer = await Api.GetAsync(path, null, ("Accept", "application/x-votable+xml"));
        Assert.That((answer.Status, answer.Header("OpsDb-Consistency") is not null), Is.EqualTo((200, true)), answer.ToString());
        return Read(answer.Body.GetString()!);
    }

    private static (List<XElement> Fields, List<XElement> Rows) Read(string text)
    {
        var root = XDocument.Parse(text, LoadOptions.PreserveWhitespace).Root!;
        Assert.That((root.Name, root.Attribute("version")!.Value), Is.EqualTo((Vo + "VOTABLE", "1.4")));
        var resource = root.Elements().Single();
        Assert.That((resource.Name, resource.Attribute("type")!.Value), Is.EqualTo((Vo + "RESOURCE", "results")));
        Assert.That(resource.Elements().Select(e => e.Name.LocalName), Is.EqualTo((string[])["INFO", "TABLE"]));
        var info = resource.Element(Vo + "INFO")!;
        Assert.That((info.Attribute("name")!.Value, info.Attribute("value")!.Value), Is.EqualTo(("QUERY_STATUS", "OK")));
        var table = resource.Element(Vo + "TABLE")!;
        Assert.That(table.Elements().Select(e => e.Name.LocalName).Distinct(), Is.EqualTo((string[])["FIELD", "DATA"]));
        return ([.. table.Elements(Vo + "FIELD")], [.. table.Element(Vo + "DATA")!.Element(Vo + "TABLEDATA")!.Elements(Vo + "TR")]);
    }

    private enum Quality { Good, NotSoGood }

    private sealed record Made(
        string? First, string Second, double Number, decimal Exact, bool IsSo, IReadOnlyList<int> List, JsonElement? Json, DateTimeOffset? At, Quality Quality);
}
