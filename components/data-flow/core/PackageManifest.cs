using System.Formats.Tar;
using System.Text.Json;
using OpsDb.Executions;
using OpsDb.Kernel;
using OpsDb.RawData;

namespace OpsDb.DataFlow;

/// <summary>What a packed file says of itself: enough to teach a site that has lost its database what is on the disk.</summary>
/// <param name="Form">Of this text.</param>
/// <param name="Package">As it was when it was packed.</param>
/// <param name="Execution">That it is from.</param>
/// <param name="Files">What is in it, in the order of the packed file.</param>
public sealed record PackageManifest(string Form, RawDataPackage Package, Execution Execution, IReadOnlyList<RawDataFile> Files)
{
    public const string PresentForm = "opsdb-package/1";

    /// <summary>Its name in the packed file, where it is the first.</summary>
    public const string Name = ".opsdb/manifest.json";

    private const int MaxBytes = 256 * 1024 * 1024;

    /// <summary>The text of the manifest, which is the first that there is to read.</summary>
    internal static async Task<byte[]> ReadTextAsync(TarReader tar, CancellationToken ct)
    {
        if (await tar.GetNextEntryAsync(copyData: false, ct) is not { Name: Name, DataStream: { Length: <= MaxBytes } first })
            throw new InvalidDataException($"it does not begin with {Name}");
        using var text = new MemoryStream();
        await first.CopyToAsync(text, ct);
        return text.ToArray();
    }

    internal static PackageManifest Of(byte[] text) => JsonSerializer.Deserialize<PackageManifest>(text, Json.Options) is { Form: PresentForm } manifest
        ? manifest
        : throw new InvalidDataException($"its manifest is not of the form {PresentForm}");
}

/// <summary>Where packed files are below a location: by the day of their execution.</summary>
public static class PackedFiles
{
    public const string Folder = "packages";

    public static string KeyOf(Guid package)
    {
        var day = TimeOf(package);
        return FormattableString.Invariant($"{Folder}/{day:yyyy}/{day:MM}/{day:dd}/{package}.tar");
    }

    /// <returns>Of which package it is the packed file; null when it is none.</returns>
    public static Guid? PackageOf(string key) =>
        key.EndsWith(".tar", StringComparison.Ordinal) && Guid.TryParseExact(key[(key.LastIndexOf('/') + 1)..^4], "D", out var id) && KeyOf(id) == key
            ? id
            : null;

    /// <summary>The time of a UUIDv7.</summary>
    private static DateTimeOffset TimeOf(Guid id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        return DateTimeOffset.FromUnixTimeMilliseconds(System.Buffers.Binary.BinaryPrimitives.ReadInt64BigEndian(bytes) >>> 16);
    }
}
