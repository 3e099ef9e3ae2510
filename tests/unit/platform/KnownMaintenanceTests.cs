using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using OpsDb.Kernel;
using OpsDb.Platform;
using OpsDb.TestKit;

namespace OpsDb.UnitTests.Platform;

/// <summary>What a process knows of a maintenance while its database answers, and while it does not.</summary>
public sealed class KnownMaintenanceTests : IDisposable
{
    private static readonly JsonElement NewDisk = Json.ToElement(new Maintenance("a new disk"));

    private readonly Settings settings = new();
    private readonly ManualClock clock = new();
    private readonly ServiceProvider services;
    private readonly KnownMaintenance known;

    public KnownMaintenanceTests()
    {
        services = new ServiceCollection().AddScoped<IReader<PlatformSetting, Guid>>(_ => settings).BuildServiceProvider();
        known = new(services.GetRequiredService<IServiceScopeFactory>(), clock);
    }

    public void Dispose() => services.Dispose();

    [Test]
    public async Task It_is_read_once_within_that_time()
    {
        settings.Set(NewDisk);
        await BecomesAsync("a new disk");
        for (var i = 0; i < 10; i++)
            await known.FindAsync();
        Assert.That(settings.Asked, Is.EqualTo(1));
        settings.Set(null);
        clock.Pass(KnownMaintenance.Memory);
        await BecomesAsync(null);
        Assert.That(settings.Asked, Is.EqualTo(2));
    }

    [Test]
    public async Task What_was_known_last_holds_while_the_database_does_not_answer()
    {
        settings.Set(NewDisk);
        await BecomesAsync("a new disk");
        settings.Find = () => throw new OutageException(Problems.LocalUnreachable, "It is away.");
        await AskedAgainAsync();
        await BecomesAsync("a new disk");
        settings.Set(null);
        await AskedAgainAsync();
        await BecomesAsync(null);
    }

    [Test]
    public async Task Fields_that_only_a_newer_release_knows_change_nothing()
    {
        settings.Set(NewDisk);
        await BecomesAsync("a new disk");
        settings.Set(JsonElement.Parse("""{"reason": "another", "nobody_knows": 1}"""));
        await AskedAgainAsync();
        await BecomesAsync("a new disk");
    }

    [Test]
    public async Task A_database_that_hangs_holds_nobody_up()
    {
        settings.Set(NewDisk);
        await BecomesAsync("a new disk");
        var answer = new TaskCompletionSource<PlatformSetting?>();
        settings.Find = () => answer.Task;
        clock.Pass(KnownMaintenance.Memory);
        Assert.That((await known.FindAsync().WaitAsync(TimeSpan.FromSeconds(20)))?.Reason, Is.EqualTo("a new disk"));
        answer.SetResult(null);
        await BecomesAsync(null);
    }

    /// <summary>One that is on its way may take longer than anybody waits for it.</summary>
    private Task BecomesAsync(string? reason) => Eventually.TrueAsync(async () => (await known.FindAsync())?.Reason == reason, $"it is known: {reason}");

    private async Task AskedAgainAsync()
    {
        var before = settings.Asked;
        clock.Pass(KnownMaintenance.Memory);
        await Eventually.TrueAsync(async () =>
        {
            await known.FindAsync();
            return settings.Asked > before;
        }, "it is asked again");
    }

    private sealed class Settings : IReader<PlatformSetting, Guid>
    {
        private int asked;

        public Func<Task<PlatformSetting?>> Find { get; set; } = () => Task.FromResult<PlatformSetting?>(null);

        public int Asked => asked;

        public void Set(JsonElement? value) => Find = () => Task.FromResult(value is { } set
            ? new PlatformSetting { Id = PlatformSetting.IdOf(SettingName.Maintenance), Name = SettingName.Maintenance, Value = set } : null);

        public Task<PlatformSetting?> FindAsync(Guid id, CancellationToken ct)
        {
            Interlocked.Increment(ref asked);
            return Find();
        }

        public Task<IReadOnlyDictionary<Guid, PlatformSetting>> FindManyAsync(IReadOnlyCollection<Guid> ids, CancellationToken ct) =>
            throw new NotSupportedException();

        public Task<Page<PlatformSetting>> ListAsync(ListQuery<PlatformSetting> query, CancellationToken ct) => throw new NotSupportedException();
    }
}
