using OpsDb.Kernel;
using OpsDb.TestKit;

namespace OpsDb.ApiTests;

/// <summary>An installation for one fixture, with two APIs of the site under test: what holds at the main site holds at a secondary one.</summary>
public abstract class SiteFixture(SiteType type)
{
    // NUnit makes one instance per test; what a fixture shares is kept by its type and arguments.
    private static readonly Dictionary<(Type, SiteType), (TestInstallation Installation, TestApi Api, TestApi Other)> Shared = [];

    protected SiteType SiteType { get; } = type;

    protected TestInstallation Installation => Mine.Installation;

    protected TestApi Api => Mine.Api;

    /// <summary>Another process of the same site.</summary>
    protected TestApi Other => Mine.Other;

    private (TestInstallation Installation, TestApi Api, TestApi Other) Mine => Shared[(GetType(), SiteType)];

    /// <summary>The answer to a write that was taken: 201 or 200 at main, 202 at a secondary site.</summary>
    protected int Taken(int atMain) => SiteType == SiteType.Main ? atMain : 202;

    [SetUp]
    public async Task Start()
    {
        if (Shared.ContainsKey((GetType(), SiteType)))
            return;
        var installation = await TestInstallation.CreateAsync(AssemblyServers.Servers);
        Task<TestApi> Run() => SiteType == SiteType.Main ? installation.StartMainAsync() : installation.StartSecondaryAsync();
        Shared[(GetType(), SiteType)] = (installation, await Run(), await Run());
    }

    /// <summary>A new data location of a new site, to which an instrument writes, that both sites know.</summary>
    protected async Task<int> SourceLocationAsync()
    {
        var site = await Api.PostAsync("/api/v1/sites", new { name = $"{Guid.NewGuid()}", short_name = $"s{Guid.NewGuid():n}"[..20] }, null, TestTokens.Admin);
        var location = await Api.PostAsync("/api/v1/data-locations", new
        {
            site_id = site.Body.GetProperty("id").GetInt32(),
            name = "raw",
            location_type = "source",
            storage_type = "disk",
            path = "/data",
        }, null, TestTokens.Admin);
        var id = location.Body.GetProperty("id").GetInt32();
        await HasLocationAsync(id);
        return id;
    }

    /// <summary>What is decided for the log does not wait for what was just written at main.</summary>
    protected async Task HasLocationAsync(int id)
    {
        if (SiteType == SiteType.Secondary)
        {
            await Eventually.TrueAsync(async () => await Installation.ReplicaAsync<int>("select count(*) from data_location where id = @id", new { id }) == 1,
                "the site's database has the location");
        }
    }

    [OneTimeTearDown]
    public static async Task Stop()
    {
        var ended = TestContext.CurrentContext.Test.FullName;
        foreach (var (key, (installation, _, _)) in Shared.Where(s => ended == $"{s.Key.Item1.FullName}({s.Key.Item2})").ToList())
        {
            Shared.Remove(key);
            await installation.DisposeAsync();
        }
    }
}
