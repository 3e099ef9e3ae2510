using System.Diagnostics;
using OpsDb.Redis;
using OpsDb.Servers;
using OpsDb.TestKit;
using StackExchange.Redis;

namespace OpsDb.DbTests.Redis;

/// <summary>What a Redis of the test's own may do to its callers.</summary>
public sealed class RedisStoreTests
{
    /// <summary>Far longer than a call on a Redis that is known to be down may take.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(6);

    private static readonly RedisScript Count = new("return redis.call('INCR', KEYS[1])");

    private TestServers servers = null!;
    private RedisStore store = null!;

    private IRedisServer Server => servers.RedisServer!;

    [SetUp]
    public async Task Open()
    {
        servers = await TestServers.StartAsync(new() { Primary = false, Redis = true, Own = true });
        store = Store(Patience);
        await store.PingAsync();
    }

    [TearDown]
    public async Task Close()
    {
        await store.DisposeAsync();
        await servers.DisposeAsync();
    }

    [Test]
    public async Task A_Redis_that_is_down_is_told_at_once_by_every_call()
    {
        await Server.KillAsync();
        await UnavailableAsync();
        foreach (var call in Calls())
        {
            var clock = Stopwatch.StartNew();
            await Assert.ThrowsAsync<RedisUnavailableException>(call);
            Assert.That(clock.ElapsedMilliseconds, Is.LessThan(500));
        }
    }

    [Test]
    public async Task Calls_under_way_when_Redis_dies_end_with_it()
    {
        await Server.PauseAsync();
        var calls = Calls().Select(call => call()).ToList();
        var clock = Stopwatch.StartNew();
        await Server.KillAsync();
        foreach (var call in calls)
            await Assert.ThrowsAsync<RedisUnavailableException>(() => call);
        Assert.That(clock.Elapsed, Is.LessThan(Patience / 2));
    }

    [Test]
    public async Task A_Redis_that_is_frozen_costs_a_call_its_time_out_and_no_more()
    {
        await using var hasty = Store(TimeSpan.FromMilliseconds(300));
        await hasty.PingAsync();
        await Server.PauseAsync();
        var clock = Stopwatch.StartNew();
        await Assert.ThrowsAsync<RedisUnavailableException>(hasty.PingAsync);
        Assert.That(clock.ElapsedMilliseconds, Is.InRange(250, 900));
    }

    [Test]
    public async Task A_Redis_that_is_back_is_told_and_its_subscriptions_with_it()
    {
        int reconnected = 0, received = 0;
        store.Reconnected += () => Interlocked.Increment(ref reconnected);
        await store.SubscribeAsync("news", _ => Interlocked.Increment(ref received));
        await Server.KillAsync();
        await UnavailableAsync();
        await Server.StartAsync();
        await Eventually.TrueAsync(() => Task.FromResult(Volatile.Read(ref reconnected) > 0), "the connection is back");
        await NewsAsync(() => Volatile.Read(ref received));
    }

    [Test]
    public async Task A_subscription_that_was_wanted_while_Redis_was_down_begins_when_it_is_back()
    {
        var received = 0;
        await Server.KillAsync();
        await UnavailableAsync();
        await Assert.ThrowsAsync<RedisUnavailableException>(() => store.SubscribeAsync("news", _ => Interlocked.Increment(ref received)));
        await Server.StartAsync();
        await NewsAsync(() => Volatile.Read(ref received));
    }

    [Test]
    public async Task A_script_that_Redis_has_forgotten_is_sent_again_and_runs_once()
    {
        Assert.That((await store.EvaluateAsync(Count, ["n"], [])).Number, Is.EqualTo(1));
        await AdministerAsync("SCRIPT", "FLUSH");
        Assert.That((await store.EvaluateAsync(Count, ["n"], [])).Number, Is.EqualTo(2));
    }

    [Test]
    public async Task A_script_that_Redis_knows_is_sent_by_its_hash()
    {
        for (var i = 0; i < 3; i++)
            await store.EvaluateAsync(Count, ["n"], []);
        Assert.That((string?)await AdministerAsync("INFO", "commandstats"), Does.Contain("cmdstat_eval:calls=1,").And.Contain("cmdstat_evalsha:calls=2,"));
    }

    [Test]
    public async Task What_is_stored_is_read_as_it_was()
    {
        await store.HashSetAsync("hash", ("a", "1"), ("b", ""));
        await store.SetAsync("value", [0, 255, 13, 10], TimeSpan.FromMinutes(1));
        await AdministerAsync("XADD", "stream", "7-0", "t", "x", "id", "y");
        var entry = (await store.RangeAsync("stream", 1, 10)).Single();
        Assert.Multiple(() =>
        {
            Assert.That(entry.Position, Is.EqualTo(7));
            Assert.That(entry.Fields, Is.EqualTo(new Dictionary<string, byte[]> { ["t"] = "x"u8.ToArray(), ["id"] = "y"u8.ToArray() }));
        });
        Assert.That((await store.HashGetAsync("hash", "a"), await store.HashGetAsync("hash", "b"), await store.HashGetAsync("hash", "c")),
            Is.EqualTo(("1", "", (string?)null)));
        Assert.That(await store.GetAsync("value"), Is.EqualTo(new byte[] { 0, 255, 13, 10 }));
        Assert.That(await store.GetAsync("nothing"), Is.Null);
        Assert.That((await store.EvaluateAsync(new("return redis.call('XRANGE', KEYS[1], '-', '+')"), ["stream"], [])).Entries.Single().Position,
            Is.EqualTo(7));
        var answer = await store.EvaluateAsync(new("return {ARGV[1], ARGV[2], ARGV[3], false}"), [], ["ä", 12L, new byte[] { 120 }]);
        var texts = answer.Items.Select(i => i.Text);
        Assert.That(texts, Is.EqualTo((string?[])["ä", "12", "x", null]));
    }

    [Test]
    public async Task What_Redis_does_not_tell_is_null()
    {
        Assert.That((await store.ConfigAsync("appendfsync"), await store.RoleAsync(), await store.ConfigAsync("nothing")),
            Is.EqualTo(("always", "master", (string?)null)));
        await AdministerAsync("ACL", "SETUSER", "default", "-config", "-role");
        Assert.That((await store.ConfigAsync("appendfsync"), await store.RoleAsync()), Is.EqualTo(((string?)null, (string?)null)));
    }

    [Test]
    public async Task A_replica_tells_its_role()
    {
        await AdministerAsync("REPLICAOF", "127.0.0.1", "1");
        Assert.That(await store.RoleAsync(), Is.EqualTo("slave"));
    }

    private RedisStore Store(TimeSpan timeout) => new(new(Server.Address.Host, Server.Address.Port, 0, Server.Address.Password, timeout));

    private IEnumerable<Func<Task>> Calls() =>
    [
        store.PingAsync, () => store.GetAsync("k"), () => store.SetAsync("k", [1], TimeSpan.FromMinutes(1)), () => store.HashGetAsync("k", "f"),
        () => store.HashSetAsync("k", ("f", "v")), () => store.RangeAsync("k", 1, 1), () => store.EvaluateAsync(Count, ["k"], []),
        () => store.ConfigAsync("appendfsync"), store.RoleAsync, () => store.SubscribeAsync("other", _ => { }),
    ];

    private Task UnavailableAsync() => Eventually.TrueAsync(async () =>
    {
        try
        {
            await store.PingAsync();
            return false;
        }
        catch (RedisUnavailableException)
        {
            return true;
        }
    }, "it is noticed");

    private Task NewsAsync(Func<int> received) => Eventually.TrueAsync(async () =>
    {
        try
        {
            await store.EvaluateAsync(new("return redis.call('PUBLISH', KEYS[1], '')"), ["news"], []);
        }
        catch (RedisUnavailableException)
        {
            // Not yet.
        }
        return received() > 0;
    }, "the news arrive");

    private async Task<RedisResult> AdministerAsync(string command, params object[] arguments)
    {
        await using var redis = await ConnectionMultiplexer.ConnectAsync($"{Server.Address.ToConnectionString()},allowAdmin=true");
        return await redis.GetDatabase().ExecuteAsync(command, arguments);
    }
}
