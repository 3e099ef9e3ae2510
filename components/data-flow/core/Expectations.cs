using System.Runtime.CompilerServices;
using OpsDb.Copies;
using OpsDb.Kernel;
using OpsDb.Locations;
using OpsDb.RawData;
using OpsDb.Stores;

namespace OpsDb.DataFlow;

/// <summary>Something that may be at a location.</summary>
/// <param name="Key">Its name there.</param>
/// <param name="Id">Of the object.</param>
/// <param name="Checksum">That it should have; null when nobody knows yet.</param>
/// <param name="Copy">What the catalogue says of it there; null for nothing.</param>
internal sealed record Expectation(string Key, Guid Id, byte[]? Checksum, PhysicalCopy? Copy)
{
    public bool IsBundle { get; init; }

    /// <summary>Whether it follows from the catalogue, and no copy of it is noted.</summary>
    public bool IsDerived { get; init; }

    /// <summary>Makes it again; null where it comes from elsewhere.</summary>
    public Func<IStore, CancellationToken, Task>? Write { get; init; }
}

/// <summary>What the catalogue knows, in the order in which a store lists it.</summary>
public sealed class Expectations(
    IReader<RawDataPackage, Guid> packages, IReader<DataTransferPackage, Guid> bundles, IReader<PhysicalCopy, Guid> copies, Sidecars sidecars)
{
    private const int PageSize = 500;

    private const string Ticket = "reconcile";

    /// <summary>Whether a name is of the form of OpsDb's own.</summary>
    internal static bool IsOurs(string key) => PackedFiles.PackageOf(key) is not null
        || key.EndsWith(".tar.json", StringComparison.Ordinal) && PackedFiles.PackageOf(key[..^5]) is not null
        || key.StartsWith("bundles/", StringComparison.Ordinal) || IsMark(key);

    /// <summary>Whether it is what tells that a tree was unpacked whole.</summary>
    internal static bool IsMark(string key) => StagedTree.PackageOf(key) is not null;

    internal async IAsyncEnumerable<Expectation> OfAsync(DataLocation location, [EnumeratorCancellation] CancellationToken ct)
    {
        var isStaged = location.LocationType == LocationType.Processing;
        if (!isStaged)
        {
            await foreach (var page in bundles.PagesAsync(InOrder<DataTransferPackage>(), ct))
            {
                var noted = await copies.FindManyAsync([.. page.Select(b => PhysicalCopy.IdOf(b.Id, location.Id))], ct);
                foreach (var bundle in page)
                {
                    yield return new(BundleJob.KeyOf(bundle.Id), bundle.Id, bundle.Checksum,
                        noted.GetValueOrDefault(PhysicalCopy.IdOf(bundle.Id, location.Id)))
                    {
                        IsBundle = true,
                        // Where it was made nobody notes a copy of the list.
                        IsDerived = bundle.OriginLocationId == location.Id,
                    };
                }
            }
        }
        await foreach (var page in packages.PagesAsync(InOrder<RawDataPackage>(), ct))
        {
            var noted = await copies.FindManyAsync([.. page.Select(p => PhysicalCopy.IdOf(p.Id, location.Id))], ct);
            foreach (var package in page)
            {
                var copy = noted.GetValueOrDefault(PhysicalCopy.IdOf(package.Id, location.Id));
                if (isStaged)
                {
                    yield return new(StagedTree.ManifestOf(package.Id), package.Id, null, copy);
                    continue;
                }
                yield return new(PackedFiles.KeyOf(package.Id), package.Id, package.Checksum, copy);
                if (location.LocationType == LocationType.LongTermArchive)
                {
                    yield return new(Sidecars.KeyOf(package.Id), package.Id, null, copy)
                    {
                        IsDerived = true,
                        Write = (store, token) => sidecars.WriteAsync(package, store, Ticket, token),
                    };
                }
            }
        }
    }

    private static ListQuery<T> InOrder<T>() where T : Row<Guid>, IRow<T> =>
        ListQuery<T>.Parse(new Dictionary<string, IReadOnlyList<string>> { ["sort"] = ["id"] }).AtMost(PageSize);
}
