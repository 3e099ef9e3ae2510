using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using OpsDb.Database;
using OpsDb.Executions;
using OpsDb.Kernel;
using OpsDb.SiteBase;
using OpsDb.TestKit;

namespace OpsDb.DbTests;

/// <summary>A database of its own for each test, and the components over it without HTTP.</summary>
public abstract class DatabaseFixture
{
    private ServiceProvider services = null!;

    protected TestInstallation Installation { get; private set; } = null!;

    protected Databases Databases => services.GetRequiredService<Databases>();

    protected IEnumerable<Table> Tables => services.GetServices<Table>();

    protected IServiceProvider Services => services;

    /// <summary>Of a main site, unless a fixture needs another.</summary>
    protected virtual Dictionary<string, string> Settings() => Installation.MainSettings();

    /// <summary>Of a secondary site whose own database is the main one: what is executed here is there at once.</summary>
    protected Dictionary<string, string> SecondarySettings() => new(Installation.MainSettings())
    {
        ["SITE_NAME"] = Installation.SiteName,
        ["SITE_TYPE"] = "secondary",
        ["LOCAL_DB_HOST"] = Installation.Application.Host,
        ["LOCAL_DB_PORT"] = $"{Installation.Application.Port}",
        ["LOCAL_DB_USER"] = Installation.Application.User,
        ["LOCAL_DB_PASSWORD"] = Installation.Application.Password,
        ["LOCAL_DB_NAME"] = Installation.Database,
        ["REDIS_HOST"] = AssemblyServers.Servers.Redis.Host,
        ["REDIS_PORT"] = $"{AssemblyServers.Servers.Redis.Port}",
        ["REDIS_PASSWORD"] = AssemblyServers.Servers.Redis.Password,
    };

    /// <summary>What a fixture needs besides the product.</summary>
    protected virtual void AddMore(IServiceCollection services) { }

    [SetUp]
    public async Task Start()
    {
        Installation = await TestInstallation.CreateAsync(AssemblyServers.Servers);
        var collection = new ServiceCollection();
        collection.AddLogging();
        collection.AddSite(TestApi.Read(Settings()));
        AddMore(collection);
        services = collection.BuildServiceProvider();
    }

    [TearDown]
    public async Task Stop()
    {
        await services.DisposeAsync();
        await Installation.DisposeAsync();
    }

    /// <summary>Executes transactions as the processor does: one batch, one commit.</summary>
    protected async Task ExecuteAsync(params Transaction[] transactions)
    {
        var executor = services.GetRequiredService<Executor>();
        await using var main = await Databases.MainAsync(CancellationToken.None);
        await main.BeginAsync(CancellationToken.None);
        await using var batch = new NpgsqlBatch();
        foreach (var transaction in transactions)
            executor.Append(batch, transaction);
        await main.ExecuteAsync(batch, TimeSpan.FromSeconds(20), CancellationToken.None);
        await main.CommitAsync(CancellationToken.None);
    }

    protected static Transaction Transaction(Changes changes, string? key = null)
    {
        var id = Guid.CreateVersion7();
        var steps = changes.Stamp(new("observer"), DateTimeOffset.UtcNow, id);
        return new(id, "main", "test", 1, new("observer"), Instant.Round(DateTimeOffset.UtcNow), key, key is null ? null : "hash", null, steps);
    }

    protected static Execution Running(int second = 0) => new()
    {
        Id = Guid.CreateVersion7(),
        ObsUnitId = 1,
        StartTime = new DateTimeOffset(2026, 11, 20, 3, 0, 0, TimeSpan.Zero).AddSeconds(second),
    };

    protected async Task<Execution> ReadAsync(Guid id)
    {
        await using var scope = services.CreateAsyncScope();
        return (await scope.ServiceProvider.GetRequiredService<IReader<Execution, Guid>>().FindAsync(id, CancellationToken.None))!;
    }

    protected async Task<Page<Execution>> ListAsync(ListQuery<Execution> query)
    {
        await using var scope = services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<IReader<Execution, Guid>>().ListAsync(query, CancellationToken.None);
    }
}
