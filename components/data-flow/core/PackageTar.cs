using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text.Json;
using OpsDb.Jobs;
using OpsDb.Kernel;
using OpsDb.RawData;
using OpsDb.Stores;

namespace OpsDb.DataFlow;

/// <summary>
/// A package as a tar archive (POSIX.1-2001, pax): its manifest, then its files with their paths, so that unpacking gives the same tree again.
/// </summary>
internal static class PackageTar
{
    /// <summary>Writes the archive; each file is compared on the way with what was registered of it.</summary>
    /// <exception cref="WorkFailedException">A file is not there or is another one.</exception>
    public static async Task WriteAsync(Stream to, PackageManifest manifest, IStore source, CancellationToken ct)
    {
        await using var tar = new TarWriter(to, TarEntryFormat.Pax, leaveOpen: true);
        await using (var text = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(manifest, Json.Options)))
            await tar.WriteEntryAsync(Entry(PackageManifest.Name, manifest.Package.FinalizedAt ?? manifest.Package.CreatedAt, text), ct);
        foreach (var file in manifest.Files)
        {
            await using var content = await OpenAsync(source, file, ct);
            await using var checkedContent = new CheckedStream(content, file);
            await tar.WriteEntryAsync(Entry(file.RelativePath, file.RecordedAt, checkedContent), ct);
            checkedContent.RequireWhole();
        }
    }

    /// <summary>
    /// Reads an archive from its manifest to its last file. Each file is compared on the way with what the manifest tells of it, whatever is done with it.
    /// </summary>
    /// <param name="key">Its name, for messages.</param>
    /// <param name="each">Reads a file whole.</param>
    /// <returns>The text of the manifest.</returns>
    /// <exception cref="StoreException">It is no such archive, or a file is not there or is another one.</exception>
    public static async Task<byte[]> ReadAsync(Stream packed, string key, Func<RawDataFile, Stream, CancellationToken, Task> each, CancellationToken ct)
    {
        try
        {
            await using var tar = new TarReader(packed, leaveOpen: true);
            var text = await PackageManifest.ReadTextAsync(tar, ct);
            var files = PackageManifest.Of(text).Files.ToDictionary(f => f.RelativePath);
            while (await tar.GetNextEntryAsync(copyData: false, ct) is { } entry)
            {
                if (!files.Remove(entry.Name, out var file))
                    throw new StoreException($"{key} has {entry.Name}, of which its manifest does not tell");
                await using var content = new CheckedStream(entry.DataStream ?? Stream.Null, file);
                await each(file, content, ct);
                content.RequireWhole();
            }
            return files.Count == 0 ? text : throw new StoreException($"{key} lacks {files.Keys.Min(StringComparer.Ordinal)}");
        }
        catch (WorkFailedException e)
        {
            throw new StoreException($"{key}: {e.Message}", e);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or JsonException)
        {
            throw new StoreException($"{key} cannot be unpacked: {e.Message}", e);
        }
    }

    private static PaxTarEntry Entry(string name, DateTimeOffset time, Stream content) => new(TarEntryType.RegularFile, name)
    {
        DataStream = content,
        ModificationTime = time,
        Mode = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead,
    };

    private static async Task<Stream> OpenAsync(IStore source, RawDataFile file, CancellationToken ct)
    {
        try
        {
            return await source.ReadAsync(file.RelativePath, ct);
        }
        catch (StoreException e)
        {
            throw new WorkFailedException($"the file {file.RelativePath} cannot be read: {e.Message}", cause: e);
        }
    }

    /// <summary>The content of a file, whose size and checksum are looked at as it goes by.</summary>
    private sealed class CheckedStream(Stream content, RawDataFile file) : Stream
    {
        private readonly IncrementalHash hash = IncrementalHash.CreateHash(file.ChecksumAlgorithm switch
        {
            ChecksumAlgorithm.Sha256 => HashAlgorithmName.SHA256,
            ChecksumAlgorithm.Sha512 => HashAlgorithmName.SHA512,
            _ => HashAlgorithmName.MD5,
        });

        private long read;

        public override bool CanRead => true;

        // The archive writes the size before the content: what was registered, which has to be right.
        public override bool CanSeek => true;

        public override bool CanWrite => false;

        public override long Length => file.SizeBytes;

        public override long Position { get => read; set => throw new NotSupportedException(); }

        /// <exception cref="WorkFailedException">It is not what was registered.</exception>
        public void RequireWhole()
        {
            if (content.ReadByte() >= 0)
                throw Other($"has more than {file.SizeBytes} bytes");
            if (read != file.SizeBytes)
                throw Other($"has {read} bytes instead of {file.SizeBytes}");
            var sum = hash.GetHashAndReset();
            if (!sum.AsSpan().SequenceEqual(file.Checksum))
            {
                throw Other($"has the {EnumText.Of(file.ChecksumAlgorithm)} {Convert.ToHexStringLower(sum)} "
                    + $"instead of {Convert.ToHexStringLower(file.Checksum)}");
            }
        }

        public override int Read(Span<byte> buffer)
        {
            var count = content.Read(Bounded(buffer));
            return Note(buffer[..count]);
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var most = (int)Math.Min(buffer.Length, file.SizeBytes - read);
            var count = most == 0 ? 0 : await content.ReadAsync(buffer[..most], cancellationToken);
            return Note(buffer.Span[..count], most);
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                hash.Dispose();
            base.Dispose(disposing);
        }

        private Span<byte> Bounded(Span<byte> buffer) => buffer[..(int)Math.Min(buffer.Length, file.SizeBytes - read)];

        private int Note(ReadOnlySpan<byte> bytes, int asked = 1)
        {
            // An archive that is cut short in the middle of a file would be told much later, if at all.
            if (bytes.Length == 0 && asked > 0 && read < file.SizeBytes)
                throw Other($"has {read} bytes instead of {file.SizeBytes}");
            hash.AppendData(bytes);
            read += bytes.Length;
            return bytes.Length;
        }

        private WorkFailedException Other(string what) => new($"the file {file.RelativePath} {what}: it is not the one that was registered");
    }
}
