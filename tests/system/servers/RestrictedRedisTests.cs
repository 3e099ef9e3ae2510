using OpsDb.Servers;
using OpsDb.TestKit;

namespace OpsDb.SystemTests.Servers;

/// <summary>The user that the data API is at Redis may do what it needs and not change or end the server.</summary>
public sealed class RestrictedRedisTests
{
    private readonly string home = Directory.CreateTempSubdirectory("opsdb-acl-").FullName;
    private readonly ServerPasswords passwords = ServerPasswords.Create();
    private RedisServer redis = null!;

    [SetUp]
    public async Task Start()
    {
        ServersHome.Create(home);
        redis = new(new()
        {
            Home = home,
            Port = Ports.Next(),
            Passwords = passwords,
            Restricted = true,
            Settings = ["enable-debug-command local"]
        })
        { Started = AssemblyServers.Servers.Watch };
        await redis.StartAsync();
    }

    [TearDown]
    public async Task Stop()
    {
        await redis.DisposeAsync();
        ServersHome.Delete(home);
    }

    [TestCase("CONFIG SET appendfsync no")]
    [TestCase("CONFIG REWRITE")]
    [TestCase("FLUSHALL")]
    [TestCase("FLUSHDB")]
    [TestCase("DEBUG SLEEP 0")]
    [TestCase("SHUTDOWN NOSAVE")]
    [TestCase("KEYS *")]
    [TestCase("ACL LIST")]
    [TestCase("REPLICAOF 192.0.2.1 6379")]
    [TestCase("MONITOR")]
    [TestCase("BGREWRITEAOF")]
    [TestCase("CLIENT KILL TYPE normal")]
    public async Task It_may_not(string command)
    {
        Assert.That(await AskAsync($"AUTH {passwords.Redis}", command), Does.Contain("NOPERM"));
        Assert.That(await AskAsync("PING"), Does.Contain("NOAUTH"));
    }

    [Test]
    public async Task Administrators_may() =>
        Assert.That(await AskAsync($"AUTH admin {passwords.Admin}", "CONFIG SET appendfsync always", "ACL WHOAMI"),
            Does.Contain("admin").And.Not.Contain("NOPERM"));

    [Test]
    public async Task A_site_records_and_applies_and_knows_that_it_is_durable()
    {
        await using var installation = await TestInstallation.CreateAsync(AssemblyServers.Servers);
        await using var api = await installation.StartSecondaryAsync(("REDIS_PORT", $"{redis.Options.Port}"), ("REDIS_PASSWORD", passwords.Redis));
        var started = await api.StartExecutionAsync();
        Assert.That(started.Status, Is.EqualTo(202), started.ToString());
        await Eventually.TrueAsync(async () => await installation.MainHasAsync() == 1, "it is applied");
        await Eventually.TrueAsync(async () => (await api.GetAsync("/health")).Text("status") == "healthy", "the site is healthy");
    }

    [Test]
    public void It_does_not_run_as_root()
    {
        if (System.Environment.UserName != "root")
            Assert.Ignore("Only as root servers run as another user.");
        var user = File.ReadLines($"/proc/{redis.Process!.Pid}/status").Single(l => l.StartsWith("Uid:", StringComparison.Ordinal));
        Assert.That(user.Split('\t')[1], Is.Not.EqualTo("0"));
    }

    private Task<string> AskAsync(params string[] commands) => RedisText.AskAsync("127.0.0.1", redis.Options.Port, commands);
}
