using Microsoft.Extensions.DependencyInjection;
using OpsDb.Executions;
using OpsDb.Jobs;
using OpsDb.Jobs.Db;
using OpsDb.Kernel;
using OpsDb.Locations;

namespace OpsDb.DbTests.Jobs;

/// <summary>A site whose locations are directories of this test.</summary>
public abstract class WorkFixture : DatabaseFixture
{
    protected string Folder { get; } = Directory.CreateTempSubdirectory("opsdb-work-").FullName;

    protected Locations.Site Place { get; private set; } = null!;

    /// <summary>How long a claim lasts.</summary>
    protected virtual TimeSpan Lease => TimeSpan.FromSeconds(30);

    protected virtual int Workers => 4;

    protected override void AddMore(IServiceCollection services) => services
        .AddJobRunner(new(new HashSet<string>(), new Dictionary<string, string?>()), new("peak", new HashSet<string>(), Workers, Lease),
            new("main", SiteType.Main, false))
        .AddJobsDb();

    [SetUp]
    public async Task MakePlace() => Place = await SubmitAsync(new CreateSite("The Peak", "peak"));

    [TearDown]
    public void Remove() => Directory.Delete(Folder, recursive: true);

    protected async Task<DataLocation> LocationAsync(string name, LocationType type)
    {
        Directory.CreateDirectory(Path.Combine(Folder, name));
        return await SubmitAsync(new CreateDataLocation(Place.Id, name, type, StorageType.Disk) { Path = Path.Combine(Folder, name) });
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
}
