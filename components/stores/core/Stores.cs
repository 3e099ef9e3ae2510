using Microsoft.Extensions.DependencyInjection;
using OpsDb.Kernel;
using OpsDb.Locations;

namespace OpsDb.Stores;

/// <summary>What is at a place.</summary>
/// <param name="Key">Its name below the location: parts with slashes between.</param>
/// <param name="SizeBytes">How large it is, bytes.</param>
/// <param name="WrittenAt">When, by the clock of the store.</param>
public sealed record StoredItem(string Key, long SizeBytes, DateTimeOffset WrittenAt);

/// <summary>What was written.</summary>
/// <param name="SizeBytes">How large it is, bytes.</param>
/// <param name="Sha256">Over the bytes as they were written.</param>
public sealed record WrittenItem(long SizeBytes, byte[] Sha256);

/// <summary>How full a location is, bytes.</summary>
public sealed record StoreSpace(long Free, long Total);

/// <summary>The bytes at one data location.</summary>
public interface IStore
{
    /// <summary>
    /// Writes something whole or not at all: until all of it is safe nobody sees it, and then it takes the place of what had its name. What a
    /// writer leaves that was interrupted the next one of the same key and ticket overwrites.
    /// </summary>
    /// <param name="ticket">Of this writer alone, so that two at once do not get in each other's way.</param>
    /// <param name="sha256">What the checksum has to be; null when nobody knows yet.</param>
    /// <exception cref="StoreException">It cannot be written, or has another checksum.</exception>
    /// <exception cref="StoreAwayException">The location is away or full; so of all others.</exception>
    Task<WrittenItem> WriteAsync(string key, string ticket, Func<Stream, CancellationToken, Task> write, byte[]? sha256, CancellationToken ct);

    /// <exception cref="StoreException">It cannot be read, or is not there.</exception>
    Task<Stream> ReadAsync(string key, CancellationToken ct);

    /// <returns>Null when it is not there.</returns>
    Task<StoredItem?> FindAsync(string key, CancellationToken ct);

    /// <summary>All that is there, in the order of its names' bytes.</summary>
    /// <param name="prefix">With which the names begin.</param>
    IAsyncEnumerable<StoredItem> ListAsync(string prefix, CancellationToken ct);

    /// <summary>Deletes it; what is gone already is no failure.</summary>
    Task DeleteAsync(string key, CancellationToken ct);

    /// <summary>Deletes all that is below a name, in no certain order.</summary>
    Task DeleteAllAsync(string folder, CancellationToken ct);

    /// <summary>Deletes what interrupted writers have left.</summary>
    /// <param name="age">What is younger may be somebody's who still writes.</param>
    /// <returns>How many pieces are gone.</returns>
    Task<int> TidyAsync(TimeSpan age, CancellationToken ct);

    /// <returns>Null where nobody can tell.</returns>
    Task<StoreSpace?> SpaceAsync(CancellationToken ct);
}

/// <summary>Opens data locations of one kind.</summary>
public interface IStoreKind
{
    StorageType Type { get; }

    IStore Open(DataLocation location);
}

/// <summary>Opens data locations.</summary>
public sealed class StoreKinds(IEnumerable<IStoreKind> kinds)
{
    /// <exception cref="StoreException">Nothing here knows its kind.</exception>
    public IStore Open(DataLocation location) => kinds.FirstOrDefault(k => k.Type == location.StorageType)?.Open(location)
        ?? throw new StoreException($"this program cannot reach locations of storage_type {EnumText.Of(location.StorageType)}");
}

/// <summary>Bytes that cannot be read or written.</summary>
public sealed class StoreException(string reason, Exception? cause = null) : Exception(reason, cause)
{
    /// <summary>Something is not what it should be.</summary>
    public static StoreException Other(string key, byte[] actual, byte[] wanted) =>
        new($"{key} has the SHA-256 {Convert.ToHexStringLower(actual)} instead of {Convert.ToHexStringLower(wanted)}");
}

/// <summary>The whole location is away, or full: it is worth trying again later.</summary>
public sealed class StoreAwayException(string reason, Exception? cause = null) : NoAnswerException(reason, cause);

public static class StoresRegistration
{
    public static IServiceCollection AddStores(this IServiceCollection services) => services.AddSingleton<StoreKinds>();
}

public static class StoreReading
{
    private const int Buffer = 1024 * 1024;

    /// <summary>The SHA-256 of what is there, read from its first byte to its last.</summary>
    /// <exception cref="StoreException">It cannot be read, or is not there.</exception>
    public static async Task<byte[]> ChecksumAsync(this IStore store, string key, CancellationToken ct)
    {
        await using var content = await store.ReadAsync(key, ct);
        using var hash = System.Security.Cryptography.IncrementalHash.CreateHash(System.Security.Cryptography.HashAlgorithmName.SHA256);
        var bytes = new byte[Buffer];
        while (await content.ReadAsync(bytes, ct) is > 0 and var count)
            hash.AppendData(bytes, 0, count);
        return hash.GetHashAndReset();
    }
}
