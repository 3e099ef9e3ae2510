using System.IO.Compression;
using System.Text.Json;
using OpsDb.Kernel;

namespace OpsDb.Transactions;

/// <summary>
/// A transaction as the log stores it: whole in its entry or, when it is larger than that may be, compressed in parts
/// beside the stream, so that no single argument or reply keeps Redis from its other callers.
/// </summary>
/// <param name="Whole">What the entry carries; empty when there are parts.</param>
/// <param name="Parts">Keys of their own.</param>
internal sealed record Payload(byte[] Whole, IReadOnlyList<byte[]> Parts)
{
    /// <summary>Of an entry and of a part, bytes.</summary>
    public const int MaxWhole = 256 * 1024;

    public long Bytes { get; } = Whole.Length + Parts.Sum(p => (long)p.Length);

    /// <summary>Its size without its content: nothing to store.</summary>
    public Payload Measured => this with { Whole = [], Parts = [] };

    public static Payload Of(Transaction transaction)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(transaction, Json.Options);
        return json.Length <= MaxWhole ? new(json, []) : new([], [.. Compress(json).Chunk(MaxWhole)]);
    }

    /// <summary>What the parts were made of.</summary>
    public static byte[] Join(IEnumerable<byte[]> parts)
    {
        using var compressed = new MemoryStream([.. parts.SelectMany(p => p)]);
        using var whole = new MemoryStream();
        using (var brotli = new BrotliStream(compressed, CompressionMode.Decompress))
            brotli.CopyTo(whole);
        return whole.ToArray();
    }

    private static byte[] Compress(byte[] json)
    {
        using var compressed = new MemoryStream();
        using (var brotli = new BrotliStream(compressed, CompressionLevel.Fastest))
            brotli.Write(json);
        return compressed.ToArray();
    }
}
