using OpsDb.RawData;
using OpsDb.Stores;

namespace OpsDb.DataFlow;

/// <summary>
/// An unpacked package at a location where data are worked on: the files as the instrument has written them, below a directory with the package's id.
/// Its manifest is written last, so that a tree that has one is whole.
/// </summary>
internal static class StagedTree
{
    private const int Buffer = 1024 * 1024;

    public static string FolderOf(Guid package) => $"staged/{package}";

    public static string ManifestOf(Guid package) => $"{FolderOf(package)}/{PackageManifest.Name}";

    /// <returns>Of which package it is the manifest; null when it is none.</returns>
    public static Guid? PackageOf(string key) =>
        key.Split('/') is ["staged", var name, ..] && Guid.TryParseExact(name, "D", out var id) && ManifestOf(id) == key ? id : null;

    /// <summary>Unpacks a packed file, and compares all of it with its checksum, and each file with its own.</summary>
    /// <exception cref="StoreException">It is not what it should be, or cannot be read or written; the tree has no manifest then.</exception>
    public static async Task UnpackAsync(RawDataPackage package, IStore from, IStore to, string ticket, CancellationToken ct)
    {
        await using var packed = await from.ReadAsync(PackedFiles.KeyOf(package.Id), ct);
        await using var content = new HashingStream(packed);
        var manifest = await PackageTar.ReadAsync(content, PackedFiles.KeyOf(package.Id), (file, stream, token) => to.WriteAsync(
            $"{FolderOf(package.Id)}/{file.RelativePath}", ticket, (into, t) => stream.CopyToAsync(into, Buffer, t),
            file.ChecksumAlgorithm == ChecksumAlgorithm.Sha256 ? file.Checksum : null, token), ct);
        // What follows the last file is a part of what the checksum is of.
        await content.CopyToAsync(Stream.Null, Buffer, ct);
        var sum = content.Finish();
        if (!sum.AsSpan().SequenceEqual(package.Checksum))
            throw StoreException.Other(PackedFiles.KeyOf(package.Id), sum, package.Checksum!);
        await to.WriteAsync(ManifestOf(package.Id), ticket, (stream, token) => stream.WriteAsync(manifest, token).AsTask(), null, ct);
    }

    /// <summary>Takes the manifest away first: without it nothing there is a whole tree any more.</summary>
    public static async Task DeleteAsync(Guid package, IStore store, CancellationToken ct)
    {
        await store.DeleteAsync(ManifestOf(package), ct);
        await store.DeleteAllAsync(FolderOf(package), ct);
    }
}
