using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Extensions.DependencyInjection;
using OpsDb.Locations;

namespace OpsDb.Stores.Disk;

/// <summary>A directory of this machine.</summary>
internal sealed class DiskStore(string root, TimeProvider time) : IStore
{
    /// <summary>Where what is being written is; nothing there is anything yet.</summary>
    internal const string Unfinished = ".opsdb-unfinished";

    private const int Buffer = 1024 * 1024;

    /// <summary>ENOSPC.</summary>
    private const int NoSpace = 28;

    private readonly string root = Path.TrimEndingDirectorySeparator(root);

    public Task<WrittenItem> WriteAsync(
        string key, string ticket, Func<Stream, CancellationToken, Task> write, byte[]? sha256, CancellationToken ct) => GuardAsync(async () =>
    {
        var (path, unfinished) = (PathOf(key), Path.Combine(root, Unfinished, $"{Convert.ToHexStringLower(Hash(key))}.{ticket}"));
        RequireThere();
        Directory.CreateDirectory(Path.GetDirectoryName(unfinished)!);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        RequireNoLinks(Path.GetDirectoryName(path)!);
        WrittenItem written;
        try
        {
            await using (var file = new FileStream(unfinished, new FileStreamOptions
            {
                Mode = FileMode.Create,
                Access = FileAccess.Write,
                Share = FileShare.None,
                BufferSize = 0,
                Options = FileOptions.Asynchronous,
            }))
            {
                await using var buffered = new BufferedStream(file, Buffer);
                await using var hashing = new HashingStream(buffered);
                await write(hashing, ct);
                await buffered.FlushAsync(ct);
                RandomAccess.FlushToDisk(file.SafeFileHandle);
                written = new(hashing.Passed, hashing.Finish());
            }
            if (sha256 is not null && !written.Sha256.AsSpan().SequenceEqual(sha256))
                throw StoreException.Other(key, written.Sha256, sha256);
            File.Move(unfinished, path, overwrite: true);
        }
        catch
        {
            File.Delete(unfinished);
            throw;
        }
        // Without it the name may be gone after a power failure, though the bytes are there.
        DirectorySync.Sync(Path.GetDirectoryName(path)!);
        return written;
    });

    public Task<Stream> ReadAsync(string key, CancellationToken ct) => GuardAsync(() =>
    {
        var path = PathOf(key);
        RequireNoLinks(path);
        return Task.FromResult<Stream>(new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.Open,
            Access = FileAccess.Read,
            Share = FileShare.Read,
            BufferSize = 0,
            Options = FileOptions.Asynchronous | FileOptions.SequentialScan,
        }));
    });

    public Task<StoredItem?> FindAsync(string key, CancellationToken ct) => GuardAsync(() =>
    {
        RequireThere();
        var file = new FileInfo(PathOf(key));
        return Task.FromResult(file.Exists ? new StoredItem(key, file.Length, file.LastWriteTimeUtc) : null);
    });

    public async IAsyncEnumerable<StoredItem> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken ct)
    {
        RequireThere();
        await Task.Yield();
        // Where all that begins so can be.
        var folder = prefix[..(prefix.LastIndexOf('/') + 1)];
        var directory = folder.Length == 0 ? root : PathOf(folder[..^1]);
        if (!Directory.Exists(directory))
            yield break;
        RequireNoLinks(directory);
        foreach (var item in Walk(directory, folder))
        {
            ct.ThrowIfCancellationRequested();
            if (item.Key.StartsWith(prefix, StringComparison.Ordinal))
                yield return item;
        }
    }

    public Task DeleteAsync(string key, CancellationToken ct) => GuardAsync(() =>
    {
        RequireThere();
        var path = PathOf(key);
        if (!Directory.Exists(Path.GetDirectoryName(path)))
            return Task.FromResult(true);
        RequireNoLinks(Path.GetDirectoryName(path)!);
        File.Delete(path);
        DirectorySync.Sync(Path.GetDirectoryName(path)!);
        return Task.FromResult(true);
    });

    public Task DeleteAllAsync(string folder, CancellationToken ct) => GuardAsync(() =>
    {
        RequireThere();
        var path = PathOf(folder);
        if (!Directory.Exists(path))
            return Task.FromResult(true);
        RequireNoLinks(path);
        Directory.Delete(path, recursive: true);
        DirectorySync.Sync(Path.GetDirectoryName(path)!);
        return Task.FromResult(true);
    });

    public Task<int> TidyAsync(TimeSpan age, CancellationToken ct) => GuardAsync(() =>
    {
        RequireThere();
        var folder = new DirectoryInfo(Path.Combine(root, Unfinished));
        var before = time.GetUtcNow() - age;
        var old = folder.Exists ? folder.EnumerateFiles().Where(f => f.LastWriteTimeUtc < before).ToList() : [];
        old.ForEach(f => f.Delete());
        return Task.FromResult(old.Count);
    });

    public Task<StoreSpace?> SpaceAsync(CancellationToken ct) => GuardAsync(() =>
    {
        RequireThere();
        var drive = new DriveInfo(root);
        return Task.FromResult<StoreSpace?>(new(drive.AvailableFreeSpace, drive.TotalSize));
    });

    private static byte[] Hash(string key) => System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(key));

    /// <summary>A directory that is not there, such as a disk that is not mounted, is not an empty one.</summary>
    private void RequireThere()
    {
        if (!Directory.Exists(root))
            throw new StoreAwayException($"the directory {root} is not there");
    }

    private string PathOf(string key)
    {
        var parts = key.Split('/');
        return key.Length > 0 && !parts.Contains("..") && !parts.Contains(".") && !parts.Contains("") && !key.Contains('\0', StringComparison.Ordinal)
            && parts[0] != Unfinished
            ? Path.Combine(root, key)
            : throw new StoreException($"'{key}' is no name of a file below the location");
    }

    /// <summary>A link could lead anywhere: whoever may write below the location would read, through OpsDb, what they may not.</summary>
    private void RequireNoLinks(string path)
    {
        for (var at = path; at is not null && at.Length > root.Length; at = Path.GetDirectoryName(at))
        {
            if (new FileInfo(at).LinkTarget is not null)
                throw new StoreException($"{at[(root.Length + 1)..]} is a link; links are not followed");
        }
    }

    /// <summary>In the order of the names' bytes: a directory's content is where its name with a slash would be.</summary>
    private static IEnumerable<StoredItem> Walk(string directory, string prefix)
    {
        var entries = new DirectoryInfo(directory).EnumerateFileSystemInfos().Where(e => e.LinkTarget is null && !(prefix.Length == 0 && e.Name == Unfinished))
            .Select(e => (Entry: e, Key: prefix + e.Name + (e is DirectoryInfo ? "/" : ""))).OrderBy(e => e.Key, StringComparer.Ordinal);
        foreach (var (entry, key) in entries)
        {
            if (entry is FileInfo file)
            {
                yield return new(key, file.Length, file.LastWriteTimeUtc);
                continue;
            }
            foreach (var item in Walk(entry.FullName, key))
                yield return item;
        }
    }

    private async Task<T> GuardAsync<T>(Func<Task<T>> use)
    {
        try
        {
            return await use();
        }
        catch (IOException e) when (e.HResult == NoSpace)
        {
            throw new StoreAwayException($"the disk of {root} is full", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            RequireThere();
            throw new StoreException(e.Message, e);
        }
    }
}

/// <summary>Makes sure that names in a directory are on the disk, which the framework cannot.</summary>
internal static class DirectorySync
{
    private const int ReadOnly = 0;

    /// <exception cref="IOException">They may not be.</exception>
    public static void Sync(string directory)
    {
        var descriptor = open(directory, ReadOnly);
        if (descriptor < 0)
            throw new IOException($"The directory {directory} cannot be opened: {Marshal.GetLastPInvokeErrorMessage()}");
        try
        {
            if (fsync(descriptor) != 0)
                throw new IOException($"The directory {directory} cannot be synchronised: {Marshal.GetLastPInvokeErrorMessage()}");
        }
        finally
        {
            _ = close(descriptor);
        }
    }

    [DllImport("libc", SetLastError = true)]
    private static extern int open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", SetLastError = true)]
    private static extern int fsync(int descriptor);

    [DllImport("libc")]
    private static extern int close(int descriptor);
}

internal sealed class DiskStores(TimeProvider time) : IStoreKind
{
    public StorageType Type => StorageType.Disk;

    public IStore Open(DataLocation location) => new DiskStore(location.Path!, time);
}

public static class DiskRegistration
{
    public static IServiceCollection AddDiskStores(this IServiceCollection services) => services.AddSingleton<IStoreKind, DiskStores>();
}
