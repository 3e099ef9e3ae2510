using OpsDb.Jobs;
using OpsDb.Locations;
using OpsDb.TestKit;

namespace OpsDb.DbTests.Jobs;

/// <summary>A telescope site, and two archive sites to which its data go.</summary>
public abstract class ArchivesFixture : DataFixture
{
    protected Dictionary<string, (DataLocation Buffer, DataLocation Archive)> Archives { get; } = [];

    protected Dictionary<string, Site> Sites { get; } = [];

    [SetUp]
    public async Task MakeArchives()
    {
        Archives.Clear();
        foreach (var name in (string[])["valley", "lakes"])
        {
            var site = Sites[name] = await SubmitAsync(new CreateSite($"Data centre {name}", name));
            Archives[name] = (await LocationAsync("input_buffer", LocationType.Buffer, site),
                await LocationAsync("archive", LocationType.LongTermArchive, site));
        }
    }

    /// <summary>Runs all jobs of all sites until none has anything to do.</summary>
    /// <param name="more">Sites besides the telescope and the archives.</param>
    protected async Task FlowAsync(params IReadOnlyList<string> more)
    {
        (string Site, string Job)[] all =
        [
            ("peak", "package"), ("peak", "bundle"),
            .. Archives.Keys.Concat(more).SelectMany(s => ((string[])["transfer", "unpack-verify", "archive", "bundle"]).Select(j => (s, j))),
        ];
        for (var (round, done) = (0, 1); done > 0; round++)
        {
            Assert.That(round, Is.LessThan(10), "it comes to an end");
            done = 0;
            foreach (var (site, job) in all)
            {
                var run = site == "peak" ? await RunAsync(job) : await RunAsync(site, job);
                Assert.That(run.Outcome, Is.EqualTo(JobOutcome.Done), $"{site} {job}: {run.Reason}");
                done += run.Done;
            }
        }
    }

    protected Task UntilDoneAsync(string site, string job) =>
        UntilAsync(site, job, async () => await Installation.MainAsync<int>("select count(*) from work_item where state <> 'done'") == 0);

    /// <summary>Runs a job of a site until something is so.</summary>
    protected Task UntilAsync(string site, string job, Func<Task<bool>> isSo) => Eventually.TrueAsync(async () =>
    {
        _ = site == "peak" ? await RunAsync(job) : await RunAsync(site, job);
        return await isSo();
    }, $"what is left of {job} is done");

    /// <summary>Where the newest bundle goes first.</summary>
    protected async Task<string> FirstSiteAsync()
    {
        var to = await Installation.MainAsync<int>("select destination_location_id from data_transfer where first_hop order by id desc limit 1");
        return Archives.Single(a => a.Value.Buffer.Id == to).Key;
    }

    /// <summary>Changes one bit; a second time changes it back.</summary>
    protected static void Spoil(string file)
    {
        using var stream = new FileStream(file, FileMode.Open);
        stream.Position = 600;
        var was = stream.ReadByte();
        stream.Position = 600;
        stream.WriteByte((byte)(was ^ 1));
    }
}
