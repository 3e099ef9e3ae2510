using OpsDb.Jobs;
using OpsDb.Stores;

namespace OpsDb.DataFlow;

/// <summary>Copies from store to store.</summary>
internal static class StoreCopying
{
    private const int Buffer = 1024 * 1024;

    /// <summary>
    /// Copies something whose checksum is known; what is there already with that checksum stays. What arrives is hashed on the way, and gets its name
    /// only if it is right.
    /// </summary>
    /// <exception cref="StoreException">What arrives, or what is to be copied, is not what it should be.</exception>
    /// <param name="by">Through what the content goes on its way; null for nothing.</param>
    /// <returns>Whether it was not there.</returns>
    public static async Task<bool> CopyAsync(
        this IStore from, string key, IStore to, string ticket, byte[] sha256, CancellationToken ct, Func<Stream, Stream>? by = null)
    {
        if (await to.FindAsync(key, ct) is not null && (await to.ChecksumAsync(key, ct)).AsSpan().SequenceEqual(sha256))
            return false;
        await using var content = await from.ReadAsync(key, ct);
        await using var passing = by?.Invoke(content) ?? content;
        await to.WriteAsync(key, ticket, (stream, token) => passing.CopyToAsync(stream, Buffer, token), sha256, ct);
        return true;
    }

    /// <summary>The same for an item of work.</summary>
    /// <exception cref="WorkFailedException">What arrives, or what is to be copied, is not what it should be.</exception>
    public static async Task<bool> CopyAsync(
        this IStore from, string key, IStore to, WorkItem item, byte[] sha256, CancellationToken ct, Func<Stream, Stream>? by = null)
    {
        try
        {
            return await from.CopyAsync(key, to, item.Ticket(), sha256, ct, by);
        }
        catch (StoreException e)
        {
            throw new WorkFailedException(e.Message, cause: e);
        }
    }

    /// <summary>Reads what was written, as whoever reads it later will.</summary>
    /// <exception cref="WorkFailedException">It is not what it should be; what it is is not told as right to anybody.</exception>
    public static async Task RequireAsync(this IStore store, string key, byte[] sha256, CancellationToken ct)
    {
        try
        {
            var sum = await store.ChecksumAsync(key, ct);
            if (!sum.AsSpan().SequenceEqual(sha256))
                throw StoreException.Other(key, sum, sha256);
        }
        catch (StoreException e)
        {
            throw new WorkFailedException(e.Message, cause: e);
        }
    }

    /// <summary>The name of a worker's own unfinished pieces.</summary>
    public static string Ticket(this WorkItem item) => FormattableString.Invariant($"{item.Fence}");
}
