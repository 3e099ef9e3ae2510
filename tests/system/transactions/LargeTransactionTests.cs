using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using OpsDb.Executions;
using OpsDb.Kernel;
using OpsDb.SiteBase;
using OpsDb.TestKit;

namespace OpsDb.SystemTests.Transactions;

/// <summary>A critical command whose transaction is as large as its caller wants.</summary>
[Critical("tests.start_many")]
internal sealed record StartMany(IReadOnlyList<Guid> Ids) : ICommand<int>
{
    public const int CommentBytes = 6000;

    internal sealed class Handler(TimeProvider time) : ICommandHandler<StartMany, int>
    {
        public Task<Decision<int>> Decide(StartMany command, CancellationToken ct)
        {
            var changes = new Changes();
            foreach (var id in command.Ids)
            {
                var comment = Convert.ToBase64String(RandomNumberGenerator.GetBytes(CommentBytes));
                changes.Create(new Execution { Id = id, ObsUnitId = 1, StartTime = time.GetUtcNow(), Comment = comment });
            }
            return Task.FromResult(new Decision<int>(changes, _ => command.Ids.Count));
        }
    }
}

public sealed class LargeTransactionTests : FaultFixture
{
    [Test]
    public async Task A_transaction_of_several_megabytes_takes_the_whole_way()
    {
        Servers.Relay.Down();
        var ids = Enumerable.Range(0, 400).Select(_ => Guid.CreateVersion7()).ToList();
        var receipt = await SubmitAsync(new StartMany(ids));
        Assert.That((receipt.Result, receipt.State), Is.EqualTo((400, SyncState.Buffered)));
        using var redis = await ConnectRedisAsync();
        var parts = await PartsAsync(redis);
        Assert.That(parts, Has.Length.GreaterThan(8));
        foreach (var part in parts)
            Assert.That(await redis.GetDatabase().StringLengthAsync(part), Is.LessThanOrEqualTo(256 * 1024));

        var fresh = await Installation.StartSecondaryAsync(("BUFFER_RETENTION", "1"), ("BUFFER_TRIM_INTERVAL", "0.2"));
        foreach (var api in (TestApi[])[Site, fresh])
            Assert.That((await api.GetAsync("/api/v1/executions?count=true")).Total, Is.EqualTo(400), "the overlay has it");
        var pending = await Site.GetAsync($"/api/v1/executions/{ids[^1]}");
        Assert.That(pending.SyncState, Is.EqualTo("buffered"));

        Servers.Relay.Up();
        await ConvergeAsync(ids);
        Assert.That((await Main.GetAsync($"/api/v1/executions/{ids[^1]}")).Text("comment"), Is.EqualTo(pending.Text("comment")));
        await Eventually.TrueAsync(async () =>
        {
            // The replica knows main's time by main's commits.
            await Installation.MainAsync<long>("select txid_current()");
            return (await PartsAsync(redis)).Length == 0;
        }, "its parts are trimmed");
        Assert.That(await LogLengthAsync(), Is.Zero);
        Assert.That((await Site.GetAsync($"/api/v1/executions/{ids[^1]}")).Text("comment"), Is.EqualTo(pending.Text("comment")));
    }

    [Test]
    public async Task Those_that_fill_a_page_of_the_log_each_are_applied_one_after_the_other()
    {
        // 17.6 MB of comments each, and a page ends at 16 MiB.
        var calls = Enumerable.Range(0, 3).Select(_ => Enumerable.Range(0, 2200).Select(_ => Guid.CreateVersion7()).ToList()).ToList();
        Servers.Relay.Down();
        foreach (var ids in calls)
            await SubmitAsync(new StartMany(ids));
        Servers.Relay.Up();
        await ConvergeAsync([.. calls.SelectMany(ids => ids)]);
    }

    [Test]
    public async Task A_process_that_meets_an_entry_without_a_part_says_so_and_does_not_blame_Redis()
    {
        Servers.Relay.Down();
        await SubmitAsync(new StartMany([.. Enumerable.Range(0, 100).Select(_ => Guid.CreateVersion7())]));
        using var redis = await ConnectRedisAsync();
        var parts = await PartsAsync(redis);
        await redis.GetDatabase().KeyDeleteAsync(parts[0]);
        await using var fresh = await TestApi.StartUnreadyAsync(Installation.SecondarySettings());
        var health = await fresh.GetAsync("/api/v1/site/health");
        Assert.That((health.Text("status"), health.Text("redis")), Is.EqualTo(("unhealthy", "connected")), health.ToString());
        Assert.That(health.Problems, Does.Contain("lacks a part of its content").And.Not.Contain("Redis does not answer"));
    }

    private async Task<string[]> PartsAsync(StackExchange.Redis.ConnectionMultiplexer redis) =>
        await redis.GetServers().Single().KeysAsync(pattern: Key("payload:*")).Select(key => (string)key!).ToArrayAsync();

    private async Task<Receipt<T>> SubmitAsync<T>(ICommand<T> command)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSite(TestApi.Read(Installation.SecondarySettings())).AddHandlersAndRules(typeof(StartMany).Assembly);
        await using var provider = services.BuildServiceProvider();
        await using var scope = provider.CreateAsyncScope();
        var submission = new Submission(new Actor("observer"), Guid.NewGuid().ToString(), "hash");
        return await scope.ServiceProvider.GetRequiredService<ICommands>().SubmitAsync(command, submission, CancellationToken.None);
    }
}
