using System.Security.Cryptography;
using System.Text;
using OpsDb.Copies;
using OpsDb.Jobs;
using OpsDb.Kernel;
using OpsDb.Locations;
using OpsDb.RawData;
using OpsDb.Stores;
using OpsDb.Transfers;

namespace OpsDb.DataFlow;

/// <summary>When packages that wait make a bundle.</summary>
/// <param name="Bytes">As soon as they have so many bytes together, which is also the most that one has.</param>
/// <param name="Age">Or as soon as one has waited for so long.</param>
public sealed record BundleOptions(long Bytes, TimeSpan Age)
{
    public static BundleOptions Read(Settings settings) => new(
        settings.Integer("BUNDLE_BYTES", 1_000_000_000_000, 1, Sizes.Max, "packages that wait leave a site together as soon as they have so many bytes"),
        settings.Seconds("BUNDLE_AGE", 900, 0, 604_800, "and as soon as one of them has waited for so long"));
}

/// <summary>
/// Puts packages together that leave a site, and decides where they go: first to one archive site in turn, over the link that all share, then from there to
/// others until as many have them as the policy wants. A bundle is a list of packages with their checksums, not another file with the same bytes: a
/// transfer that is interrupted goes on with the next package.
/// </summary>
internal sealed class BundleJob(
    WorkPlacesReader placesReader, IReader<RawDataPackage, Guid> packages, IReader<DataTransferPackage, Guid> bundles, IReader<DataTransfer, Guid> transfers,
    IReader<PhysicalCopy, Guid> copies, IReader<DataLocation, int> locations, IReader<DataTransferRoute, int> routes, StoreKinds stores,
    ICommands commands, BundleOptions options, WorkOptions work, TimeProvider time) : IJob
{
    private const int MaxPackages = 10_000, MaxTransfers = 500;

    public string Name => "bundle";

    public string Description => "Puts packages together that leave the site, and decides to which archive sites they go.";

    public string Schedule => "5/10 * * * * ?";

    public bool RunsAt(SiteType site) => true;

    public string Lease => work.LeaseOf(this);

    public async Task<JobResult> RunAsync(CancellationToken ct)
    {
        if (await placesReader.ReadAsync(ct) is not { } places)
            return new(0);
        var (done, failures) = (0, new List<string>());
        foreach (var buffer in places.Locations.Where(l => l.LocationType == LocationType.Buffer))
        {
            foreach (var bundle in await OpenAsync(buffer, ct))
                await TryAsync(() => FinishAsync(bundle, buffer, ct));
            foreach (var bundle in await UnsentAsync(buffer, ct))
                await TryAsync(() => SendAsync(bundle, ct));
            foreach (var some in await WaitingAsync(buffer, ct))
                await TryAsync(async () => await FinishAsync(await SubmitAsync(new BundlePackages(buffer.Id, some), ct), buffer, ct));
            await TryAsync(() => SendOnAsync(buffer, ct));
        }
        return JobResult.Of(done, failures);

        async Task TryAsync(Func<Task<int>> what)
        {
            try
            {
                done += await what();
            }
            catch (Exception e) when (e is RefusalException or StoreException)
            {
                failures.Add(e.Message);
            }
        }
    }

    /// <summary>The text that says what a bundle has: a line for each package, as sha256sum reads it.</summary>
    internal static byte[] ListOf(IEnumerable<RawDataPackage> members) => Encoding.UTF8.GetBytes(string.Concat(
        members.OrderBy(p => PackedFiles.KeyOf(p.Id), StringComparer.Ordinal)
            .Select(p => $"{Convert.ToHexStringLower(p.Checksum!)}  {PackedFiles.KeyOf(p.Id)}\n")));

    internal static string KeyOf(Guid bundle) => $"bundles/{bundle}.sha256";

    private async Task<IReadOnlyList<DataTransferPackage>> OpenAsync(DataLocation buffer, CancellationToken ct) => (await bundles.ListAsync(
        ListQuery<DataTransferPackage>.Everything.Where("origin_location_id", buffer.Id)
            .WhereOneOf("status", [WorkStatus.Pending, WorkStatus.Scheduled, WorkStatus.InProgress]), ct)).Items;

    /// <summary>Packages of the buffer that go together now.</summary>
    private async Task<IReadOnlyList<IReadOnlyList<Guid>>> WaitingAsync(DataLocation buffer, CancellationToken ct)
    {
        var waiting = (await packages.ListAsync(ListQuery<RawDataPackage>.Everything.Where("build_status", WorkStatus.Completed)
            .Where("state", Whereabouts.Waiting).AtMost(MaxPackages), ct)).Items;
        var here = await copies.FindManyAsync([.. waiting.Select(p => PhysicalCopy.IdOf(p.Id, buffer.Id))], ct);
        var mine = waiting.Where(p => p.DataTransferPackageId is null && here.GetValueOrDefault(PhysicalCopy.IdOf(p.Id, buffer.Id)) is
        { Status: CopyStatus.Present, VerifiedAt: not null }).OrderBy(p => p.Since).ToList();
        var (some, bytes) = (new List<List<RawDataPackage>>(), 0L);
        foreach (var package in mine)
        {
            var size = package.SizeBytes ?? 0;
            if (some.Count == 0 || bytes + size > options.Bytes)
            {
                some.Add([]);
                bytes = 0;
            }
            some[^1].Add(package);
            bytes += size;
        }
        // The last one waits for more, unless one of it has waited for long enough.
        if (some.Count > 0 && bytes < options.Bytes && some[^1][0].Since > time.GetUtcNow() - options.Age)
            some.RemoveAt(some.Count - 1);
        return [.. some.Select(s => s.ConvertAll(p => p.Id))];
    }

    /// <summary>Writes the list, and sends the bundle.</summary>
    private async Task<int> FinishAsync(DataTransferPackage bundle, DataLocation buffer, CancellationToken ct)
    {
        var members = (await packages.ListAsync(ListQuery<RawDataPackage>.Everything.Where("data_transfer_package_id", bundle.Id), ct)).Items;
        var list = ListOf(members);
        if (bundle.Status == WorkStatus.Pending)
            await SubmitAsync(new MoveBundle(WorkStatus.Scheduled) { Id = bundle.Id, NextStep = "bundling" }, ct);
        if (bundle.Status is WorkStatus.Pending or WorkStatus.Scheduled)
            await SubmitAsync(new MoveBundle(WorkStatus.InProgress) { Id = bundle.Id, NextStep = "bundling" }, ct);
        await stores.Open(buffer).WriteAsync(KeyOf(bundle.Id), "bundle", (stream, token) => stream.WriteAsync(list, token).AsTask(), null, ct);
        await SubmitAsync(new MoveBundle(WorkStatus.Completed)
        {
            Id = bundle.Id,
            FileName = KeyOf(bundle.Id),
            Checksum = SHA256.HashData(list),
            ChecksumAlgorithm = ChecksumAlgorithm.Sha256,
            NextStep = "transfer",
        }, ct);
        return await SendAsync(bundle.Id, ct);
    }

    /// <summary>Bundles that go nowhere yet: whoever made them was interrupted, or there was no archive site.</summary>
    private async Task<IEnumerable<Guid>> UnsentAsync(DataLocation buffer, CancellationToken ct)
    {
        var newest = ListQuery<DataTransferPackage>.Parse(new Dictionary<string, IReadOnlyList<string>> { ["sort"] = ["-since"] })
            .Where("origin_location_id", buffer.Id).Where("status", WorkStatus.Completed).AtMost(MaxTransfers);
        var made = (await bundles.ListAsync(newest, ct)).Items.Select(b => b.Id).ToList();
        if (made.Count == 0)
            return [];
        var sent = await transfers.ListAsync(ListQuery<DataTransfer>.Everything.Where("first_hop", true)
            .WhereOneOf("data_transfer_package_id", [.. made.Select(b => (object)b)]), ct);
        return made.Except(sent.Items.Select(t => t.DataTransferPackageId));
    }

    /// <summary>Lets a bundle go its first way.</summary>
    private async Task<int> SendAsync(Guid bundle, CancellationToken ct)
    {
        await SubmitAsync(new CreateDataTransfer(bundle), ct);
        return 1;
    }

    /// <summary>Of what has come here from where it was made, lets copies go on to archive sites that lack them.</summary>
    private async Task<int> SendOnAsync(DataLocation buffer, CancellationToken ct)
    {
        var arrived = (await transfers.ListAsync(ListQuery<DataTransfer>.Everything.Where("destination_location_id", buffer.Id).Where("first_hop", true)
            .Where("unpack_status", WorkStatus.Completed).AtMost(MaxTransfers), ct)).Items;
        if (arrived.Count == 0)
            return 0;
        var all = await locations.AllAsync(ct);
        var archives = all.Where(l => l is { LocationType: LocationType.LongTermArchive, Active: true }).Select(l => l.SiteId).ToHashSet();
        var known = (await transfers.ListAsync(
            ListQuery<DataTransfer>.Everything.WhereOneOf("data_transfer_package_id", [.. arrived.Select(t => (object)t.DataTransferPackageId)]), ct)).Items;
        var bundle = await bundles.FindManyAsync([.. arrived.Select(t => t.DataTransferPackageId)], ct);
        var routed = await routes.FindManyAsync([.. arrived.Select(t => t.RouteId).OfType<int>().Distinct()], ct);
        var sent = 0;
        foreach (var transfer in arrived)
        {
            var origin = all.First(l => l.Id == bundle[transfer.DataTransferPackageId].OriginLocationId);
            var reached = known.Where(t => t.DataTransferPackageId == transfer.DataTransferPackageId)
                .Select(t => all.First(l => l.Id == t.DestinationLocationId).SiteId).ToHashSet();
            // Where a relay leads it goes in any case, and first.
            var end = transfer.RouteId is { } id && routed.GetValueOrDefault(id) is { RouteType: RouteType.Relay } route && route.RelaySiteId == buffer.SiteId
                ? route.DestinationSiteId : (int?)null;
            var missing = origin.MinArchiveCopies - reached.Count(archives.Contains);
            var next = all.Where(l => l is { LocationType: LocationType.Buffer, Active: true } && archives.Contains(l.SiteId) && l.SiteId != origin.SiteId
                && !reached.Contains(l.SiteId)).GroupBy(l => l.SiteId, (_, of) => of.MinBy(l => (l.Priority, l.Id))!)
                .OrderBy(l => (l.SiteId == end ? 0 : 1, l.SiteId)).Where((l, n) => l.SiteId == end || n < missing);
            foreach (var destination in next)
            {
                await SubmitAsync(new CreateDataTransfer(transfer.DataTransferPackageId)
                {
                    OriginLocationId = buffer.Id,
                    DestinationLocationId = destination.Id,
                    RouteId = destination.SiteId == end ? transfer.RouteId : null,
                }, ct);
                sent++;
            }
        }
        return sent;
    }

    private async Task<T> SubmitAsync<T>(ICommand<T> command, CancellationToken ct) => (await commands.SubmitAsync(command, new(Actor.Jobs), ct)).Result;
}
