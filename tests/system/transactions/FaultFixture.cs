using OpsDb.Servers;
using OpsDb.TestKit;
using StackExchange.Redis;

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

    /// <summary>The site's key in Redis.</summary>
    protected string Key(string name) => $"site:{Installation.SiteName}:{name}";

    /// <summary>A connection to Redis as an administrator.</summary>
    protected Task<ConnectionMultiplexer> ConnectRedisAsync() => ConnectionMultiplexer.ConnectAsync($"{Servers.Redis.ToConnectionString()},allowAdmin=true");

    /// <summary>Any command to Redis, as an administrator.</summary>
    protected async Task<RedisResult> AdministerAsync(string command, params object[] arguments)
    {
        await using var redis = await ConnectRedisAsync();
        return await redis.GetDatabase().ExecuteAsync(command, arguments);
    }

    /// <summary>The command on a key of the site.</summary>
    protected Task<RedisResult> RedisAsync(string command, string key, params object[] arguments) =>
        AdministerAsync(command, [Key(key), .. arguments]);

    /// <summary>How many entries the site's log has.</summary>
    protected async Task<long> LogLengthAsync() => (long)await RedisAsync("XLEN", "transaction_buffer");

    /// <summary>Starts executions at the site; each must be taken.</summary>
    protected async Task<List<Guid>> StartAsync(int count, TestApi? api = null)
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, count).Select(i => (api ?? Site).StartExecutionAsync(1 + i % 60, Guid.NewGuid().ToString())));
        Assert.That(answers.Select(a => a.Status), Is.All.EqualTo(202), answers.FirstOrDefault(a => a.Status != 202)?.ToString());
        return [.. answers.Select(a => a.Id)];
    }

    /// <summary>Waits until the site shows an execution in a state of its synchronisation.</summary>
    protected Task SyncsAsync(Guid execution, string state, string what) =>
        Eventually.TrueAsync(async () => (await Site.GetAsync($"/api/v1/executions/{execution}")).SyncState == state, what);

    /// <summary>Waits until the site's reads come from its database alone, and checks that main has each execution once.</summary>
    protected async Task ConvergeAsync(IReadOnlyCollection<Guid> ids, int seconds = 40)
    {
        await Eventually.TrueAsync(async () => await Installation.ReplicaHasAsync() >= ids.Count, "the replica has every execution", seconds);
        await Assert.MultipleAsync(async () =>
        {
            await Assert.ThatAsync(async () => await Installation.MainHasAsync(), Is.EqualTo(ids.Count), "nothing lost, nothing twice");
            await Assert.ThatAsync(async () => await Installation.MainHasAsync(ids), Is.EqualTo(ids.Count), "the acknowledged ones");
            const string gaps = "select coalesce(max(position), 0) - count(*) from applied_transaction where site = @site";
            await Assert.ThatAsync(async () => await Installation.MainAsync<long>(gaps), Is.Zero, "each position once");
        });
    }
}
