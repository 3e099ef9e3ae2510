using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpsDb.Executions;
using OpsDb.Kernel;
using OpsDb.Redis;
using OpsDb.SiteBase;
using OpsDb.TestKit;
using OpsDb.Transactions;

namespace OpsDb.DbTests.Transactions;

/// <summary>The clock of a site's computer is set while the site works.</summary>
public sealed class ClockTests : DatabaseFixture
{
    private readonly OffsetClock clock = new();
    private ServiceProvider site = null!;

    protected override Dictionary<string, string> Settings() => new(SecondarySettings())
    {
        ["BUFFER_RETENTION"] = "3600",
        ["BUFFER_TRIM_INTERVAL"] = "0.1",
        ["BACKGROUND_PROCESSING_INTERVAL"] = "0.1",
    };

    [SetUp]
    public async Task Work()
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSite(TestApi.Read(Settings())).AddTransactionProcessing().AddSingleton<TimeProvider>(clock);
        site = services.BuildServiceProvider();
        foreach (var service in site.GetServices<IHostedService>())
            await service.StartAsync(CancellationToken.None);
    }

    [TearDown]
    public async Task Rest()
    {
        foreach (var service in site.GetServices<IHostedService>())
            await service.StopAsync(CancellationToken.None);
        await site.DisposeAsync();
    }

    [TestCase(-1)]
    [TestCase(1)]
    public async Task A_clock_that_jumps_by_a_day_changes_neither_order_nor_keys_nor_what_is_kept(int days)
    {
        var first = await StartAsync("first");
        var before = await TokenAsync();
        clock.Offset = TimeSpan.FromDays(days);
        var second = await StartAsync("second");
        clock.Offset = TimeSpan.Zero;
        var third = await StartAsync("third");
        await AppliedAsync(3);
        await Assert.MultipleAsync(async () =>
        {
            Assert.That(new[] { first, second, third }.Select(r => r.State), Is.All.EqualTo(SyncState.Buffered));
            await Assert.ThatAsync(KeysAsync, Is.EqualTo("first second third"), "in the order of the log");
            await Assert.ThatAsync(async () => await TokenAsync(before), Is.Not.Null, "an older token is reached");
        });
        clock.Offset = TimeSpan.FromDays(days);
        var again = await StartAsync("first");
        Assert.That((again.Replayed, again.Transaction, again.Result.Id), Is.EqualTo((true, first.Transaction, first.Result.Id)));

        // By main's clock nothing is an hour old, whatever the site's says; and what is leaves.
        var redis = site.GetRequiredService<RedisStore>();
        var stream = $"site:{Installation.SiteName}:transaction_buffer";
        await Installation.MainAsync<int>("update applied_transaction set applied_at = applied_at - interval '2 hours' where position = 1 returning 1");
        await Eventually.TrueAsync(async () => (await redis.RangeAsync(stream, 0, 10)).Count < 3, "the oldest entry is trimmed");
        Assert.That((await redis.RangeAsync(stream, 0, 10)).Select(e => e.Position), Is.EqualTo(new[] { 2L, 3L }));
        var last = await StartAsync("last");
        await AppliedAsync(4);
        Assert.That((await StartAsync("first")).Result.Id, Is.EqualTo(first.Result.Id), "its key answers from the database");
        Assert.That(last.Replayed, Is.False);
        await TestContext.Out.WriteLineAsync($"6 writes tried, 6 acknowledged, clock set by {days} days and back");
    }

    private async Task<Receipt<Execution>> StartAsync(string key)
    {
        await using var scope = site.CreateAsyncScope();
        var commands = scope.ServiceProvider.GetRequiredService<ICommands>();
        return await commands.SubmitAsync(new StartExecution(1), new(new("observer"), key, key), CancellationToken.None);
    }

    /// <summary>Of a read that demands the state of another one, if one is given.</summary>
    private async Task<string?> TokenAsync(string? atLeast = null)
    {
        await using var scope = site.CreateAsyncScope();
        var consistency = scope.ServiceProvider.GetRequiredService<IConsistency>();
        consistency.Want(new(atLeast, TimeSpan.Zero, false));
        await scope.ServiceProvider.GetRequiredService<IReader<Execution, Guid>>().FindAsync(Guid.NewGuid(), CancellationToken.None);
        return consistency.Current!.Token;
    }

    private Task<string?> KeysAsync() => Installation.MainAsync<string>(
        "select string_agg(idempotency_key, ' ' order by position) from applied_transaction where epoch is not null");

    private Task AppliedAsync(int count) => Eventually.TrueAsync(
        async () => await Installation.MainAsync<int>("select count(*) from applied_transaction where epoch is not null") == count,
        "main has them");

    /// <summary>The computer's clock, set forward or back; how long something takes is not affected by it.</summary>
    private sealed class OffsetClock : TimeProvider
    {
        public TimeSpan Offset { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Offset;
    }
}
