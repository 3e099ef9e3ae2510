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
        IReader<DataTransferPackage, Guid> bundles, IReader<DataLocation, int> locations, Routing routing, TimeProvider time)
        : ICommandHandler<CreateDataTransfer, DataTransfer>
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
            var wanted = command.DestinationLocationId is { } to ? await locations.RequireAsync(to, "destination_location_id", ct) : null;
            var (destination, route) = await routing.ChooseAsync(origin, wanted, command.RouteId, isFirst, ct);
            if (destination.LocationType != LocationType.Buffer)
                throw Wrong("destination_location_id", $"is a location of type {EnumText.Of(destination.LocationType)}; bundles go to one of type buffer");
            if (isFirst && destination.SiteId == source.SiteId)
                throw Wrong("destination_location_id", "is at the site that the package leaves");
            var now = time.GetUtcNow();
            return Decision.Create(new DataTransfer
            {
                Id = Guid.CreateVersion7(now),
                DataTransferPackageId = bundle.Id,
                RouteId = route?.Id,
                OriginLocationId = origin.Id,
                DestinationLocationId = destination.Id,
                FirstHop = isFirst,
                Since = now,
                NextStep = "copying",
            });
        }
    }

    internal static RefusalException Wrong(string field, string what) =>
        RefusalException.Fields(Problems.InvalidFields, new Dictionary<string, string[]> { [field] = [what] });
}
