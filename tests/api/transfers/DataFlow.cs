using System.Security.Cryptography;
using System.Text;
using OpsDb.TestKit;

namespace OpsDb.ApiTests.Transfers;

/// <summary>Sites with places for data, and what moves between them, for the tests of all that moves.</summary>
internal sealed class DataFlow(TestApi api)
{
    private readonly string name = $"s{Guid.NewGuid():n}"[..16];

    public int Summit { get; private set; }

    public int Source { get; private set; }

    public int Buffer { get; private set; }

    /// <summary>Of the archive sites, buffers and archives.</summary>
    public List<(int Site, int Buffer, int Archive)> Archives { get; } = [];

    public int Processing { get; private set; }

    /// <summary>A telescope and two archive sites, the first of which has a place to work.</summary>
    public static async Task<DataFlow> BeginAsync(TestApi api, int archives = 2)
    {
        var flow = new DataFlow(api);
        flow.Summit = await flow.SiteAsync("t");
        flow.Source = await flow.LocationAsync(flow.Summit, "raw", "source");
        flow.Buffer = await flow.LocationAsync(flow.Summit, "out", "buffer");
        for (var i = 0; i < archives; i++)
        {
            var site = await flow.SiteAsync($"a{i}");
            flow.Archives.Add((site, await flow.LocationAsync(site, "in", "buffer"), await flow.LocationAsync(site, "lta", "long_term_archive")));
        }
        flow.Processing = await flow.LocationAsync(flow.Archives[0].Site, "work", "processing");
        return flow;
    }

    public async Task<int> SiteAsync(string suffix) =>
        await IdAsync("sites", new { name = $"{name}{suffix}", short_name = $"{name}{suffix}" });

    public Task<int> LocationAsync(int site, string called, string type) =>
        IdAsync("data-locations", new { site_id = site, name = called, location_type = type, storage_type = "disk", path = "/data" });

    /// <summary>A package of some files that is built.</summary>
    public async Task<Guid> BuiltAsync(int files = 2)
    {
        var package = await RegisteredAsync(files);
        await DoneAsync($"raw-data-packages/{package}/finalize", new { });
        await MovedAsync($"raw-data-packages/{package}", "build_status", new { build_status = "completed", checksum = Sum($"{package}") });
        return package;
    }

    /// <summary>A package that some files are registered for.</summary>
    public async Task<Guid> RegisteredAsync(int files = 2)
    {
        var execution = (await api.StartExecutionAsync()).Id;
        var data = await api.PostAsync($"/api/v1/executions/{execution}/data", new
        {
            instrument_module_id = 1,
            source_location_id = Source,
            package = new { },
            files = Enumerable.Range(0, files)
                .Select(i => new { relative_path = $"{execution}/{i}.fits", size_bytes = 1000, checksum = Sum($"{execution}{i}") }),
        });
        Assert.That(data.Status, Is.EqualTo(200), data.ToString());
        return data.Body.GetProperty("package").GetGuid();
    }

    /// <summary>Archives a package at an archive site with a verified copy.</summary>
    public async Task ArchiveAsync(Guid package, int at)
    {
        var body = new { raw_data_package_id = package, origin_location_id = Archives[at].Buffer, destination_location_id = Archives[at].Archive };
        var transfer = await DoneAsync("archive-transfers", body);
        await MovedAsync($"archive-transfers/{transfer.Id}", "status", new { status = "completed", checksum = Sum($"{package}") });
    }

    /// <summary>Moves work to what the last move says, by way of the queue and a worker.</summary>
    public async Task<TestAnswer> MovedAsync(string resource, string status, object last)
    {
        foreach (var step in (string[])["scheduled", "in_progress"])
            await DoneAsync($"{resource}/move", new Dictionary<string, string> { [status] = step });
        return await DoneAsync($"{resource}/move", last);
    }

    public Task<TestAnswer> PostAsync(string address, object body) => api.PostAsync($"/api/v1/{address}", body, null, TestTokens.Admin);

    public async Task<TestAnswer> DoneAsync(string address, object body)
    {
        var done = await PostAsync(address, body);
        Assert.That(done.Status is 200 or 201, done.ToString());
        return done;
    }

    public async Task<TestAnswer> GetAsync(string address)
    {
        var found = await api.GetAsync($"/api/v1/{address}", TestTokens.Admin);
        Assert.That(found.Status, Is.EqualTo(200), found.ToString());
        return found;
    }

    /// <summary>The copies of something at a location.</summary>
    public async Task<Guid> CopyAsync(string of, Guid id, int location) =>
        (await GetAsync($"physical-copies?{of}={id}&data_location_id={location}")).Items.Single().GetProperty("id").GetGuid();

    public static string Sum(string content) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(content)));

    private async Task<int> IdAsync(string resource, object body) => (await DoneAsync(resource, body)).Body.GetProperty("id").GetInt32();
}
