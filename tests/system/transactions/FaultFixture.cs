using OpsDb.Servers;
using OpsDb.TestKit;

namespace OpsDb.SystemTests.Transactions;

/// <summary>Two sites on servers of their own, which a test may freeze, kill and cut off; each test has its own installation.</summary>
public abstract class FaultFixture
{
    private static readonly Dictionary<Type, TestServers> Started = [];

    protected TestServers Servers => Started[GetType()];

    protected TestInstallation Installation { get; private set; } = null!;

    protected TestApi Main { get; private set; } = null!;

    protected TestApi Site { get; private set; } = null!;

    [SetUp]
    public async Task Start()
    {
        if (!Started.ContainsKey(GetType()))
            Started[GetType()] = await TestServers.StartAsync(new() { Own = true, Replica = true, Redis = true });
        Installation = await TestInstallation.CreateAsync(Servers);
        Main = await Installation.StartMainAsync();
        Site = await Installation.StartSecondaryAsync();
    }

    [TearDown]
    public async Task Heal()
    {
        Servers.Relay.Up();
        Servers.Relay.Disarm();
        if (Installation is not null)
            await Installation.DisposeAsync();
    }

    [OneTimeTearDown]
    public static async Task Stop()
    {
        foreach (var (type, servers) in Started.Where(s => s.Key.FullName == TestContext.CurrentContext.Test.FullName).ToList())
        {
            Started.Remove(type);
            await servers.DisposeAsync();
        }
    }

    /// <summary>Starts executions at the site; each must be taken.</summary>
    protected async Task<List<Guid>> StartAsync(int count, TestApi? api = null)
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, count).Select(i => (api ?? Site).StartExecutionAsync(1 + i % 60, Guid.NewGuid().ToString())));
        Assert.That(answers.Select(a => a.Status), Is.All.EqualTo(202), answers.FirstOrDefault(a => a.Status != 202)?.ToString());
        return [.. answers.Select(a => a.Id)];
    }

    /// <summary>Waits until the site's reads come from its database alone, and checks that main has each execution once.</summary>
    protected async Task ConvergeAsync(IReadOnlyCollection<Guid> ids, int seconds = 40)
    {
        await Eventually.TrueAsync(async () => await Installation.ReplicaAsync<int>("select count(*) from executed_obs_unit") >= ids.Count, "the replica has every execution", seconds);
        await Assert.MultipleAsync(async () =>
        {
            await Assert.ThatAsync(async () => await Installation.MainAsync<int>("select count(*) from executed_obs_unit"), Is.EqualTo(ids.Count), "nothing lost, nothing twice");
            await Assert.ThatAsync(async () => await Installation.MainAsync<int>("select count(*) from executed_obs_unit where id = any(@ids)", new { ids = ids.ToArray() }), Is.EqualTo(ids.Count), "the acknowledged ones");
            await Assert.ThatAsync(async () => await Installation.MainAsync<long>("select coalesce(max(position), 0) - count(*) from applied_transaction where site = @site", new { site = Installation.SiteName }), Is.Zero, "each position once");
        });
    }
}
