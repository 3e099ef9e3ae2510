using Microsoft.Extensions.DependencyInjection;
using OpsDb.Executions;
using OpsDb.Jobs;
using OpsDb.Jobs.Db;
using OpsDb.Kernel;
using OpsDb.Locations;
using OpsDb.SiteBase;
using OpsDb.TestKit;

namespace OpsDb.DbTests.Jobs;

/// <summary>A site whose locations are directories of this test.</summary>
public abstract class WorkFixture : DatabaseFixture
{
    private readonly Dictionary<string, ServiceProvider> others = [];

    protected string Folder { get; } = Directory.CreateTempSubdirectory("opsdb-work-").FullName;

    protected Locations.Site Place { get; private set; } = null!;

    /// <summary>How long a claim lasts.</summary>
    protected virtual TimeSpan Lease => TimeSpan.FromSeconds(30);

    protected virtual int Workers => 4;

    protected sealed override void AddMore(IServiceCollection services) => AddJobs(services, "peak");

    /// <summary>The jobs of a site of the catalogue.</summary>
    protected virtual void AddJobs(IServiceCollection services, string site) => services
        .AddJobRunner(new(new HashSet<string>(), new Dictionary<string, string?>()), new(site, new HashSet<string>(), Workers, Lease),
            new("main", SiteType.Main, false))
        .AddJobsDb();

    [SetUp]
    public async Task MakePlace() => Place = await SubmitAsync(new CreateSite("The Peak", "peak"));

    [TearDown]
    public async Task Remove()
    {
        foreach (var site in others.Values)
            await site.DisposeAsync();
        others.Clear();
        Directory.Delete(Folder, recursive: true);
    }

    protected async Task<DataLocation> LocationAsync(string name, LocationType type, Locations.Site? place = null)
    {
        var path = Path.Combine(Folder, (place ?? Place).ShortName, name);
        Directory.CreateDirectory(path);
        return await SubmitAsync(new CreateDataLocation((place ?? Place).Id, name, type, StorageType.Disk) { Path = path });
    }

    protected Task<Execution> StartExecutionAsync() =>
        SubmitAsync(new StartExecution(1) { StartTime = new DateTimeOffset(2026, 11, 20, 3, 0, 0, TimeSpan.Zero) });

    protected async Task<T> SubmitAsync<T>(ICommand<T> command, Func<IServiceProvider, Func<Changes, CancellationToken, Task>>? also = null)
    {
        await using var scope = Services.CreateAsyncScope();
        var submission = new Submission(new("observer")) { Also = also?.Invoke(scope.ServiceProvider) };
        return (await scope.ServiceProvider.GetRequiredService<ICommands>().SubmitAsync(command, submission, CancellationToken.None)).Result;
    }

    protected async Task<T> ReadAsync<T>(Guid id) where T : Row<Guid>, IRow<T>
    {
        await using var scope = Services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<IReader<T, Guid>>().GetAsync(id, CancellationToken.None);
    }

    protected Task<JobRun> RunAsync(string job) => Services.GetRequiredService<JobRunner>().RunAsync(job, "test", CancellationToken.None);

    /// <summary>Runs a job of another site of the catalogue, as a process there does.</summary>
    protected Task<JobRun> RunAsync(string site, string job)
    {
        if (!others.TryGetValue(site, out var services))
        {
            var collection = new ServiceCollection();
            collection.AddLogging();
            AddJobs(collection.AddSite(TestApi.Read(Settings())), site);
            others[site] = services = collection.BuildServiceProvider();
        }
        return services.GetRequiredService<JobRunner>().RunAsync(job, "test", CancellationToken.None);
    }

    /// <summary>What waits for its next try is tried now.</summary>
    protected Task WaitNoLongerAsync() => Installation.MainAsync<int>("update work_item set not_before = now() - interval '1 second'; select 1");
}
