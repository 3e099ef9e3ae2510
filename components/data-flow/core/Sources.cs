using OpsDb.Copies;
using OpsDb.Jobs;
using OpsDb.Kernel;
using OpsDb.Locations;
using OpsDb.Stores;

namespace OpsDb.DataFlow;

/// <summary>Finds from where a package can be had.</summary>
internal sealed class Sources(IReader<PhysicalCopy, Guid> copies, IReader<DataLocation, int> locations, StoreKinds stores)
{
    /// <summary>
    /// Lets something be done with one after the other of the places that have a verified copy, until it works: first those of the same site, then
    /// archives, then those with the lowest priority number.
    /// </summary>
    /// <param name="to">Where the bytes go, from which they are not taken.</param>
    /// <exception cref="WorkFailedException">It worked with none; the reason is that of the last one.</exception>
    /// <exception cref="NoAnswerException">All are away.</exception>
    public async Task<DataLocation> FirstAsync(Guid package, DataLocation to, Func<IStore, Task> use, CancellationToken ct)
    {
        var found = (await copies.ListAsync(ListQuery<PhysicalCopy>.Everything.Where("raw_data_package_id", package)
            .Where("status", CopyStatus.Present).Where("verified", true), ct)).Items;
        var places = await locations.FindManyAsync([.. found.Select(c => c.DataLocationId)], ct);
        Exception? failure = null;
        foreach (var from in places.Values.Where(l => l.Id != to.Id)
            .OrderBy(l => (l.SiteId == to.SiteId ? 0 : 1, l.LocationType == LocationType.LongTermArchive ? 0 : 1, l.Priority, l.Id)))
        {
            try
            {
                await use(stores.Open(from));
                return from;
            }
            catch (Exception e) when (e is StoreException or StoreAwayException)
            {
                // What is wrong with the bytes is of more use than that another place is away.
                failure = e is StoreException || failure is null ? e : failure;
            }
        }
        throw failure switch
        {
            StoreAwayException away => away,
            null => new WorkFailedException($"nobody has a verified copy of {PackedFiles.KeyOf(package)}"),
            _ => new WorkFailedException(failure.Message, cause: failure),
        };
    }
}
