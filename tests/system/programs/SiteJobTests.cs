using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using OpsDb.BackgroundJobs;
using OpsDb.Jobs;
using OpsDb.TestKit;

namespace OpsDb.SystemTests.Programs;

/// <summary>The jobs of a telescope that cannot reach the main database.</summary>
public sealed class SiteJobTests
{
    private readonly string folder = Directory.CreateTempSubdirectory("opsdb-site-").FullName;
    private TestInstallation installation = null!;
    private TestApi site = null!;
    private int raw, buffer;

    [SetUp]
    public async Task Start()
    {
        installation = await TestInstallation.CreateAsync(AssemblyServers.Servers);
        site = await installation.StartSecondaryAsync();
        var place = await MadeAsync("sites", new { name = "The Peak", short_name = "peak" });
        raw = await LocationAsync(place, "raw", "source");
        buffer = await LocationAsync(place, "output_buffer", "buffer");
        await Eventually.TrueAsync(async () => await installation.ReplicaAsync<int>("select count(*) from data_location") == 2, "the site knows its locations");
    }

    [TearDown]
    public async Task Stop()
    {
        await installation.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Test]
    public async Task A_telescope_that_is_cut_off_packs_what_it_has_and_main_learns_of_it_later()
    {
        var package = await WriteAsync();
        var settings = installation.SecondarySettings();
        // For the jobs there is no main; the API's processor has a link.
        (settings["MAIN_DB_PORT"], settings["JOBS_SITE"], settings["BUNDLE_AGE"]) = ("1", "peak", "0");
        using var jobs = JobsBase.Build(JobsSettings.Read(new(settings.GetValueOrDefault)), serves: false);
        await jobs.StartAsync();
        var run = await jobs.Services.GetRequiredService<JobRunner>().RunAsync("package", "test", CancellationToken.None);
        Assert.That((run.Outcome, run.Done), Is.EqualTo((JobOutcome.Done, 1)), run.Reason);
        Assert.That(Directory.GetFiles(Path.Combine(folder, "output_buffer"), "*.tar", SearchOption.AllDirectories), Has.Length.EqualTo(1));
        var seen = await site.GetAsync($"/api/v1/raw-data-packages/{package}");
        Assert.That(seen.Text("build_status"), Is.EqualTo("completed"), "the site sees it at once");
        await Eventually.TrueAsync(async () => await installation.MainAsync<int>(
            "select count(*) from physical_copy where raw_data_package_id = @package and verified_at is not null", new { package }) == 1, "main has the copy");
        Assert.That(await installation.MainAsync<string>("select state || ' ' || operation || ' ' || queue from work_item"),
            Is.EqualTo("done packaging peak_raw_packaging"));
        Assert.That(await installation.MainAsync<string>("select string_agg(distinct outcome, ' ') from applied_transaction where actor = 'background-jobs'"),
            Is.EqualTo("applied"));
        Assert.That((await jobs.Services.GetRequiredService<JobRunner>().RunAsync("bundle", "test", CancellationToken.None)).Outcome,
            Is.EqualTo(JobOutcome.TryLater), "what leaves the site waits for the link");
        await jobs.StopAsync();
    }

    [Test]
    public async Task Two_processes_of_a_site_do_not_pack_the_same()
    {
        var packages = new List<Guid>();
        for (var n = 0; n < 6; n++)
            packages.Add(await WriteAsync());
        var settings = installation.SecondarySettings();
        (settings["MAIN_DB_PORT"], settings["JOBS_SITE"], settings["BUNDLE_AGE"]) = ("1", "peak", "0");
        using var one = JobsBase.Build(JobsSettings.Read(new(settings.GetValueOrDefault)), serves: false);
        using var other = JobsBase.Build(JobsSettings.Read(new(settings.GetValueOrDefault)), serves: false);
        await Task.WhenAll(one.StartAsync(), other.StartAsync());
        var runs = await Task.WhenAll(new[] { one, other }
            .Select(h => h.Services.GetRequiredService<JobRunner>().RunAsync("package", "test", CancellationToken.None)));
        Assert.That((runs.Sum(r => r.Done), runs.Sum(r => r.Failed)), Is.EqualTo((packages.Count, 0)), string.Join("; ", runs.Select(r => r.Reason)));
        await Task.WhenAll(one.StopAsync(), other.StopAsync());
    }

    /// <summary>Writes a file as an instrument does, and finalizes its package.</summary>
    private async Task<Guid> WriteAsync()
    {
        var execution = (await site.StartExecutionAsync()).Id;
        var content = Encoding.UTF8.GetBytes($"{execution}");
        await File.WriteAllBytesAsync(Path.Combine(folder, "raw", $"{execution}.fits"), content);
        var data = await site.PostAsync($"/api/v1/executions/{execution}/data", new
        {
            instrument_module_id = 1,
            source_location_id = raw,
            package = new { },
            files = new[]
            {
                new { relative_path = $"{execution}.fits", size_bytes = content.Length, checksum = Convert.ToHexStringLower(SHA256.HashData(content)) },
            },
        }, null, TestTokens.Admin);
        Assert.That(data.Status, Is.EqualTo(202), data.ToString());
        var package = data.Body.GetProperty("package").GetGuid();
        var finalized = await site.PostAsync($"/api/v1/raw-data-packages/{package}/finalize", new { }, null, TestTokens.Admin);
        Assert.That(finalized.Status, Is.EqualTo(202), finalized.ToString());
        return package;
    }

    private Task<int> LocationAsync(int place, string name, string type)
    {
        var path = Directory.CreateDirectory(Path.Combine(folder, name)).FullName;
        return MadeAsync("data-locations", new { site_id = place, name, location_type = type, storage_type = "disk", path });
    }

    private async Task<int> MadeAsync(string resource, object body)
    {
        var made = await site.PostAsync($"/api/v1/{resource}", body, null, TestTokens.Admin);
        Assert.That(made.Status, Is.EqualTo(201), made.ToString());
        return made.Body.GetProperty("id").GetInt32();
    }
}
