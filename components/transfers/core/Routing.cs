using OpsDb.Kernel;
using OpsDb.Locations;

namespace OpsDb.Transfers;

/// <summary>Chooses the way that a bundle takes.</summary>
internal sealed class Routing(IReader<DataLocation, int> locations, IReader<DataTransferRoute, int> routes, Rotation rotation)
{
    /// <summary>
    /// Of the routes in use from where it is to where it goes that with the lowest priority number: to the buffer of the other site, to the site
    /// between, or to a location that the route names. Where there is none it goes without one.
    /// </summary>
    /// <param name="wanted">Where it has to go next; null to choose.</param>
    /// <param name="asked">The route that it has to take; null to choose.</param>
    /// <exception cref="RefusalException">invalid-fields: the route does not lead there; state-conflict: there is nowhere to go.</exception>
    public async Task<(DataLocation Destination, DataTransferRoute? Route)> ChooseAsync(
        DataLocation origin, DataLocation? wanted, int? asked, bool isFirst, CancellationToken ct)
    {
        var all = await locations.AllAsync(ct);
        if (asked is { } id)
        {
            var route = await routes.RequireAsync(id, "route_id", ct);
            if (!route.Active)
                throw CreateDataTransfer.Wrong("route_id", $"is {route.Name}, which is not in use");
            var next = wanted ?? NextOn(route, origin, all);
            return next is not null && Leads(route, origin, next) ? (next, route) : throw CreateDataTransfer.Wrong("route_id",
                $"is {route.Name}, which leads from site {route.OriginSiteId} to site {route.DestinationSiteId}, and not this way");
        }
        var known = (await routes.AllAsync(ct)).Where(r => r.Active).OrderBy(r => (r.Priority, r.Id)).ToList();
        if (wanted is not null)
            return (wanted, known.Find(r => Leads(r, origin, wanted)));
        if (!isFirst)
            throw CreateDataTransfer.Wrong("destination_location_id", "is needed between archives: which of them is not chosen here");
        var end = await rotation.NextAsync(origin.SiteId, ct);
        var way = known.Find(r => r.OriginSiteId == origin.SiteId && r.DestinationSiteId == end.SiteId && NextOn(r, origin, all) is not null);
        return way is null ? (end, null) : (NextOn(way, origin, all)!, way);
    }

    /// <summary>The first buffer of a site.</summary>
    internal static DataLocation? BufferOf(int site, IEnumerable<DataLocation> all) =>
        all.Where(l => l.SiteId == site && l is { LocationType: LocationType.Buffer, Active: true }).MinBy(l => (l.Priority, l.Id));

    /// <returns>Where a route leads next; null when it does not lead from there.</returns>
    private static DataLocation? NextOn(DataTransferRoute route, DataLocation origin, IReadOnlyList<DataLocation> all) => route.RouteType switch
    {
        RouteType.Custom => origin.Id == route.OriginLocationId ? all.FirstOrDefault(l => l.Id == route.DestinationLocationId && l.Active) : null,
        RouteType.Relay when origin.SiteId == route.RelaySiteId => BufferOf(route.DestinationSiteId, all),
        RouteType.Relay => origin.SiteId == route.OriginSiteId ? BufferOf(route.RelaySiteId!.Value, all) : null,
        _ => origin.SiteId == route.OriginSiteId ? BufferOf(route.DestinationSiteId, all) : null,
    };

    private static bool Leads(DataTransferRoute route, DataLocation from, DataLocation to) => route.RouteType switch
    {
        RouteType.Custom => from.Id == route.OriginLocationId && to.Id == route.DestinationLocationId,
        RouteType.Relay => from.SiteId == route.OriginSiteId && to.SiteId == route.RelaySiteId
            || from.SiteId == route.RelaySiteId && to.SiteId == route.DestinationSiteId,
        _ => from.SiteId == route.OriginSiteId && to.SiteId == route.DestinationSiteId,
    };
}

/// <summary>Chooses where packages go first: to each archive site in turn, because one link carries them all and each archive takes its part.</summary>
internal sealed class Rotation(IReader<DataLocation, int> locations, IReader<DataTransfer, Guid> transfers, IReader<DataTransferRoute, int> routes)
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
        var site = last switch
        {
            null => 0,
            // Where it leads, not where it goes by.
            { RouteId: { } route } when await routes.FindAsync(route, ct) is { } by => by.DestinationSiteId,
            _ => (await locations.FindAsync(last.DestinationLocationId, ct))?.SiteId ?? 0,
        };
        return buffers.FirstOrDefault(b => b.SiteId > site) ?? buffers[0];
    }
}
