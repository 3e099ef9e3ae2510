using OpsDb.Kernel;
using OpsDb.RawData;

namespace OpsDb.Copies;

/// <summary>Notes copies, and compares what they contain with what they should.</summary>
public sealed class CopyBook(
    IReader<PhysicalCopy, Guid> copies, IReader<RawDataFile, Guid> files, IReader<RawDataPackage, Guid> packages, IReader<DataTransferPackage, Guid> bundles)
{
    /// <summary>Notes that a copy is there. What is noted already stays as it is; what was deleted is there again.</summary>
    /// <param name="found">The copy as it would be when nobody had told of it yet.</param>
    /// <param name="checksum">Computed from the copy; null when nobody has.</param>
    /// <returns>The copy, which <see cref="Changes.Stamped"/> knows.</returns>
    public async Task<PhysicalCopy> NoteAsync(Changes changes, PhysicalCopy found, byte[]? checksum, ChecksumAlgorithm algorithm, CancellationToken ct)
    {
        var before = await copies.FindAsync(found.Id, ct);
        var after = before is { Status: CopyStatus.Deleted }
            ? found with { CreatedAt = before.CreatedAt, CreatedBy = before.CreatedBy, Version = before.Version }
            : before ?? found;
        if (checksum is not null)
            after = await VerifiedAsync(after, checksum, algorithm, found.Since, ct);
        _ = before is null ? changes.Create(after) : changes.Update(before, after, c => c.Status);
        return after;
    }

    /// <summary>Looks for the object that the copy is of.</summary>
    /// <exception cref="RefusalException">reference-unknown.</exception>
    internal Task RequireItemAsync(PhysicalCopy copy, CancellationToken ct) => copy switch
    {
        { RawDataFileId: { } file } => files.RequireAsync(file, "raw_data_file_id", ct),
        { RawDataPackageId: { } package } => packages.RequireAsync(package, "raw_data_package_id", ct),
        _ => bundles.RequireAsync(copy.DataTransferPackageId!.Value, "data_transfer_package_id", ct),
    };

    /// <returns>The copy as found right by this checksum, or as not verified, with the reason.</returns>
    /// <exception cref="RefusalException">state-conflict: there is nothing to compare with.</exception>
    internal async Task<PhysicalCopy> VerifiedAsync(PhysicalCopy copy, byte[] checksum, ChecksumAlgorithm algorithm, DateTimeOffset now, CancellationToken ct)
    {
        if (copy.Status is not (CopyStatus.Present or CopyStatus.DeletionPossible))
            throw new RefusalException(Problems.StateConflict, $"The copy is {EnumText.Of(copy.Status)}: there is nothing to verify.");
        var (wanted, by) = await WantedAsync(copy, ct);
        if (wanted is null || by is null)
            throw new RefusalException(Problems.StateConflict, "The object has no checksum yet: it is known when the object is built.");
        if (by != algorithm)
        {
            throw RefusalException.Fields(Problems.InvalidFields, new Dictionary<string, string[]>
            {
                ["checksum_algorithm"] = [$"is {EnumText.Of(by)} for this object, not {EnumText.Of(algorithm)}"],
            });
        }
        return wanted.AsSpan().SequenceEqual(checksum)
            ? copy with
            {
                VerifiedAt = now,
                VerifiedChecksum = checksum,
                VerifiedAlgorithm = algorithm,
                Reason = null,
                NextStep = copy.IsWrong() ? null : copy.NextStep,
            }
            : copy.Unverified() with
            {
                Since = now,
                Reason = $"its {EnumText.Of(algorithm)} is {Convert.ToHexStringLower(checksum)} and should be {Convert.ToHexStringLower(wanted)}",
                NextStep = PhysicalCopy.CopyAgain,
            };
    }

    private async Task<(byte[]? Checksum, ChecksumAlgorithm? Algorithm)> WantedAsync(PhysicalCopy copy, CancellationToken ct) => copy switch
    {
        { RawDataFileId: { } file } => await files.FindAsync(file, ct) is { } f ? (f.Checksum, f.ChecksumAlgorithm) : (null, null),
        { RawDataPackageId: { } package } => await packages.FindAsync(package, ct) is { } p ? (p.Checksum, p.ChecksumAlgorithm) : (null, null),
        _ => await bundles.FindAsync(copy.DataTransferPackageId!.Value, ct) is { } b ? (b.Checksum, b.ChecksumAlgorithm) : (null, null),
    };
}
