using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpsDb.Copies;
using OpsDb.Jobs;
using OpsDb.Kernel;
using OpsDb.Locations;
using OpsDb.RawData;
using OpsDb.Stores;

namespace OpsDb.DataFlow;

/// <summary>
/// Makes copies right again that were found wrong, or gone, from a verified copy elsewhere. What is there stays until its replacement was hashed on the way and
/// found right, and takes its place then in one step.
/// </summary>
internal sealed class RepairStage(
    IReader<PhysicalCopy, Guid> copies, IReader<RawDataPackage, Guid> packages, IReader<DataLocation, int> locations, Sources sources, WorkBook book,
    StoreKinds stores, ICommands commands) : IWorkStage
{
    private const int MaxFound = 500;

    public string Operation => "repair";

    public bool WorksAt(DataLocation location) => location.LocationType is LocationType.Buffer or LocationType.LongTermArchive;

    public async Task<IReadOnlyList<WorkOffer>> FindAsync(WorkPlaces places, CancellationToken ct)
    {
        var offers = new List<WorkOffer>();
        foreach (var location in places.Locations.Where(WorksAt))
        {
            var unsure = ListQuery<PhysicalCopy>.Everything.Where("data_location_id", location.Id).Where("status", CopyStatus.Present)
                .Where("verified", false).AtMost(MaxFound);
            await foreach (var page in copies.PagesAsync(unsure, ct))
            {
                offers.AddRange(page.Where(c => c.RawDataPackageId is not null && c.IsWrong()).Select(c => places.Offer(location.Id, Operation, c)));
                if (offers.Count >= MaxFound)
                    break;
            }
        }
        return offers;
    }

    public async Task DoAsync(WorkItem item, CancellationToken ct)
    {
        var copy = await copies.GetAsync(item.SubjectId, ct);
        if (copy.RawDataPackageId is not { } id || !copy.IsWrong())
        {
            await SubmitAsync(new Nothing(), item, ct);
            return;
        }
        var (package, here) = (await packages.GetAsync(id, ct), await locations.GetAsync(item.DataLocationId, ct));
        var (to, key) = (stores.Open(here), PackedFiles.KeyOf(id));
        await sources.FirstAsync(id, here, async from => await from.CopyAsync(key, to, item.Ticket(), package.Checksum!, ct), ct);
        await to.RequireAsync(key, package.Checksum!, ct);
        await SubmitAsync(new VerifyCopy(package.Checksum!) { Id = copy.Id }, item, ct);
    }

    /// <summary>The copy itself says that it is not right.</summary>
    public Task FailedAsync(WorkItem after, CancellationToken ct) => Task.CompletedTask;

    private Task SubmitAsync<T>(ICommand<T> command, WorkItem item, CancellationToken ct) =>
        commands.SubmitAsync(command, new(Actor.Jobs) { Also = (changes, token) => book.DoneAsync(changes, item, token) }, ct);
}

/// <summary>Makes copies right again.</summary>
internal sealed class RepairJob(
    IServiceScopeFactory scopes, IWorkClaims claims, WorkOptions options, JobRunner runner, TimeProvider time, ILogger<StageJob<RepairStage>> logger)
    : StageJob<RepairStage>(scopes, claims, options, runner, time, logger)
{
    public override string Name => "repair";

    public override string Description => "Replaces packages that were found wrong, or gone, by right copies from elsewhere.";

    public override string Schedule => "50 * * * * ?";
}
