using OpsDb.Kernel;
using OpsDb.Locations;
using OpsDb.RawData;

namespace OpsDb.Transfers;

/// <summary>A data transfer package is to go somewhere.</summary>
/// <param name="DataTransferPackageId">One that is bundled.</param>
[Kind("data_transfers.create")]
public sealed record CreateDataTransfer(Guid DataTransferPackageId) : ICommand<DataTransfer>
{
    /// <summary>From which buffer; the package's own when absent.</summary>
    public int? OriginLocationId { get; init; }

    /// <summary>To which buffer; when absent, on its first way, to the next archive site in turn.</summary>
    public int? DestinationLocationId { get; init; }

    /// <summary>By which way.</summary>
    public int? RouteId { get; init; }

    internal sealed class Handler(
        IReader<DataTransferPackage, Guid> bundles, IReader<DataLocation, int> locations, IReader<DataTransferRoute, int> routes, Rotation rotation,
        TimeProvider time) : ICommandHandler<CreateDataTransfer, DataTransfer>
    {
        public async Task<Decision<DataTransfer>> Decide(CreateDataTransfer command, CancellationToken ct)
        {
            var bundle = await bundles.RequireAsync(command.DataTransferPackageId, "data_transfer_package_id", ct);
            if (bundle.Status != WorkStatus.Completed)
                throw new RefusalException(Problems.StateConflict,
                    $"The data transfer package is {EnumText.Of(bundle.Status)}: only what is bundled can be moved.");
            var source = await locations.RequireAsync(bundle.OriginLocationId, "origin_location_id", ct);
            var origin = command.OriginLocationId is { } from ? await locations.RequireAsync(from, "origin_location_id", ct) : source;
            var isFirst = origin.SiteId == source.SiteId;
            var destination = command.DestinationLocationId is { } to ? await locations.RequireAsync(to, "destination_location_id", ct)
                : isFirst ? await rotation.NextAsync(source.SiteId, ct)
                : throw Wrong("destination_location_id", "is needed between archives: which of them is not chosen here");
            if (destination.LocationType != LocationType.Buffer)
                throw Wrong("destination_location_id", $"is a location of type {EnumText.Of(destination.LocationType)}; bundles go to one of type buffer");
            if (isFirst && destination.SiteId == source.SiteId)
                throw Wrong("destination_location_id", "is at the site that the package leaves");
            if (command.RouteId is { } route)
                RequireFits(await routes.RequireAsync(route, "route_id", ct), origin, destination);
            var now = time.GetUtcNow();
            return Decision.Create(new DataTransfer
            {
                Id = Guid.CreateVersion7(now),
                DataTransferPackageId = bundle.Id,
                RouteId = command.RouteId,
                OriginLocationId = origin.Id,
                DestinationLocationId = destination.Id,
                FirstHop = isFirst,
                Since = now,
                NextStep = "copying",
            });
        }

        private static void RequireFits(DataTransferRoute route, DataLocation origin, DataLocation destination)
        {
            if (!route.Active)
                throw Wrong("route_id", $"is {route.Name}, which is not in use");
            if (route.OriginSiteId != origin.SiteId || route.DestinationSiteId != destination.SiteId)
                throw Wrong("route_id", $"is {route.Name}, which leads from site {route.OriginSiteId} to site {route.DestinationSiteId}");
        }

        private static RefusalException Wrong(string field, string what) =>
            RefusalException.Fields(Problems.InvalidFields, new Dictionary<string, string[]> { [field] = [what] });
    }
}

/// <summary>Chooses where packages go first: to each archive site in turn, because one link carries them all and each archive takes its part.</summary>
internal sealed class Rotation(IReader<DataLocation, int> locations, IReader<DataTransfer, Guid> transfers)
{
    /// <param name="except">The site that the package leaves.</param>
    /// <exception cref="RefusalException">state-conflict: there is no archive site.</exception>
    public async Task<DataLocation> NextAsync(int except, CancellationToken ct)
    {
        var all = (await locations.AllAsync(ct)).Where(l => l.Active && l.SiteId != except).ToList();
        var archives = all.Where(l => l.LocationType == LocationType.LongTermArchive).Select(l => l.SiteId).ToHashSet();
        var buffers = all.Where(l => l.LocationType == LocationType.Buffer && archives.Contains(l.SiteId))
            .GroupBy(l => l.SiteId, (_, of) => of.MinBy(l => (l.Priority, l.Id))!).OrderBy(l => l.SiteId).ToList();
        if (buffers.Count == 0)
            throw new RefusalException(Problems.StateConflict, "No other site has a long-term archive and a buffer that are in use; name a destination.");
        var last = (await transfers.ListAsync(ListQuery<DataTransfer>.Everything.Where("first_hop", true) with { Limit = 1 }, ct)).Items.FirstOrDefault();
        var site = last is null ? 0 : (await locations.FindAsync(last.DestinationLocationId, ct))?.SiteId ?? 0;
        return buffers.FirstOrDefault(b => b.SiteId > site) ?? buffers[0];
    }
}
