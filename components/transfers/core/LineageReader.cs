using OpsDb.Copies;
using OpsDb.Executions;
using OpsDb.Kernel;
using OpsDb.RawData;

namespace OpsDb.Transfers;

/// <summary>What became of the data of an execution, from the files to the archives.</summary>
/// <param name="Execution">What was observed.</param>
/// <param name="Packages">Its raw data packages, with their files.</param>
/// <param name="Files">Its files that are in no package.</param>
/// <param name="DataTransferPackages">The bundles that its packages are in.</param>
/// <param name="IsTruncated">Whether it has more than 10,000 files, of which the first are told of.</param>
public sealed record Lineage(
    Execution Execution, IReadOnlyList<PackageLineage> Packages, IReadOnlyList<FileLineage> Files, IReadOnlyList<BundleLineage> DataTransferPackages,
    bool IsTruncated);

/// <summary>A raw data package and what became of it.</summary>
/// <param name="Package">As it is.</param>
/// <param name="Files">That are in it.</param>
/// <param name="Copies">Where it is.</param>
/// <param name="ArchiveTransfers">Its ways into archives.</param>
/// <param name="StagingJobs">For which it is or was staged and is not released.</param>
public sealed record PackageLineage(
    RawDataPackage Package, IReadOnlyList<FileLineage> Files, IReadOnlyList<CopyLineage> Copies, IReadOnlyList<ArchiveTransfer> ArchiveTransfers,
    IReadOnlyList<Guid> StagingJobs);

/// <summary>A file and where it is.</summary>
/// <param name="Id">Of the file.</param>
/// <param name="RelativePath">Below the location where the instrument has written it.</param>
/// <param name="SizeBytes">Bytes.</param>
/// <param name="Checksum">Of its content.</param>
/// <param name="Sync">Where its newest change is on its way.</param>
/// <param name="Copies">Where it is, as far as the main database has been told.</param>
public sealed record FileLineage(Guid Id, string RelativePath, long SizeBytes, byte[] Checksum, Sync? Sync, IReadOnlyList<CopyLineage> Copies);

/// <summary>A data transfer package and its ways.</summary>
/// <param name="Package">As it is.</param>
/// <param name="Transfers">Its ways from one buffer to another.</param>
/// <param name="Copies">Where it is.</param>
public sealed record BundleLineage(DataTransferPackage Package, IReadOnlyList<DataTransfer> Transfers, IReadOnlyList<CopyLineage> Copies);

/// <summary>A copy.</summary>
/// <param name="Id">Of the copy.</param>
/// <param name="DataLocationId">Where it is.</param>
/// <param name="Status">Whether it is there.</param>
/// <param name="VerifiedAt">When its content was last found to be right, UTC.</param>
public sealed record CopyLineage(Guid Id, int DataLocationId, CopyStatus Status, DateTimeOffset? VerifiedAt);

/// <summary>Follows the data of an execution: two round trips, the second for what the first has named.</summary>
public sealed class LineageReader(IReadTogether reader)
{
    private const int MaxFiles = 10_000;

    private static readonly Filter<Execution> ExecutionId = Field.OneOf((Execution e) => e.Id, "");
    private static readonly Filter<DataTransferPackage> BundleId = Field.OneOf((DataTransferPackage p) => p.Id, "");

    /// <exception cref="RefusalException">not-found.</exception>
    public async Task<Lineage> ReadAsync(Guid id, CancellationToken ct)
    {
        var executions = new RowsOf<Execution>(ListQuery<Execution>.Everything.That(ExecutionId, id));
        var files = new RowsOf<RawDataFile>(DerivedRows<RawDataFile>.Of(id).Where("executed_obs_unit_id", id) with { Limit = MaxFiles });
        var packages = new RowsOf<RawDataPackage>(ListQuery<RawDataPackage>.Everything.Where("executed_obs_unit_id", id));
        await reader.ReadAsync([executions, files, packages], ct);
        if (executions.Rows is not [var execution])
            throw new RefusalException(Problems.NotFound, $"There is no {Execution.Table.Noun} {id}.");

        List<object> packageIds = [.. packages.Rows.Select(p => (object)p.Id)];
        List<object> bundleIds = [.. packages.Rows.Select(p => p.DataTransferPackageId).OfType<Guid>().Distinct().Select(b => (object)b)];
        var fileCopies = new RowsOf<PhysicalCopy>(DerivedRows<PhysicalCopy>.Of(id).WhereOneOf("raw_data_file_id", [.. files.Rows.Select(f => (object)f.Id)]));
        var packageCopies = new RowsOf<PhysicalCopy>(DerivedRows<PhysicalCopy>.Of(id).WhereOneOf("raw_data_package_id", packageIds));
        var bundleCopies = new RowsOf<PhysicalCopy>(ListQuery<PhysicalCopy>.Everything.WhereOneOf("data_transfer_package_id", bundleIds));
        var bundles = new RowsOf<DataTransferPackage>(ListQuery<DataTransferPackage>.Everything.That(BundleId, bundleIds));
        var transfers = new RowsOf<DataTransfer>(ListQuery<DataTransfer>.Everything.WhereOneOf("data_transfer_package_id", bundleIds));
        var archiving = new RowsOf<ArchiveTransfer>(ListQuery<ArchiveTransfer>.Everything.WhereOneOf("raw_data_package_id", packageIds));
        var staging = new RowsOf<StagingJob>(ListQuery<StagingJob>.Everything.Where("released", false).WhereOneOf("raw_data_package_ids", packageIds));
        await reader.ReadAsync([fileCopies, packageCopies, bundleCopies, bundles, transfers, archiving, staging], ct);

        var copies = fileCopies.Rows.Concat(packageCopies.Rows).Concat(bundleCopies.Rows)
            .ToLookup(c => (c.RawDataFileId ?? c.RawDataPackageId ?? c.DataTransferPackageId)!.Value, Of);
        var known = files.Rows.ToLookup(f => f.RawDataPackageId, f => Of(f, copies));
        return new(execution,
            [
                .. packages.Rows.Select(p => new PackageLineage(p, [.. known[p.Id]], [.. copies[p.Id]],
                    [.. archiving.Rows.Where(t => t.RawDataPackageId == p.Id)],
                    [.. staging.Rows.Where(j => j.RawDataPackageIds.Contains(p.Id)).Select(j => j.Id)])),
            ],
            [.. known[null]],
            [.. bundles.Rows.Select(b => new BundleLineage(b, [.. transfers.Rows.Where(t => t.DataTransferPackageId == b.Id)], [.. copies[b.Id]]))],
            files.HasMore);
    }

    private static CopyLineage Of(PhysicalCopy copy) => new(copy.Id, copy.DataLocationId, copy.Status, copy.VerifiedAt);

    private static FileLineage Of(RawDataFile file, ILookup<Guid, CopyLineage> copies) =>
        new(file.Id, file.RelativePath, file.SizeBytes, file.Checksum, file.Sync, [.. copies[file.Id]]);
}
