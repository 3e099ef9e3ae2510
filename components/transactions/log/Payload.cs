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
        // Others are written whole before it is known whether they are too large.
        if (transaction.HasManyRows)
            return InParts(compress => JsonSerializer.Serialize(compress, transaction, Json.Options));
        var json = JsonSerializer.SerializeToUtf8Bytes(transaction, Json.Options);
        return json.Length <= MaxWhole ? new(json, []) : InParts(compress => compress.Write(json));
    }

    /// <summary>What the parts were made of.</summary>
    public static ReadOnlyMemory<byte> Join(IEnumerable<byte[]> parts)
    {
        using var compressed = new MemoryStream();
        foreach (var part in parts)
            compressed.Write(part);
        compressed.Position = 0;
        using var whole = new MemoryStream();
        using (var brotli = new BrotliStream(compressed, CompressionMode.Decompress))
            brotli.CopyTo(whole);
        return whole.GetBuffer().AsMemory(0, (int)whole.Length);
    }

    private static Payload InParts(Action<Stream> write)
    {
        using var compressed = new MemoryStream();
        using (var brotli = new BrotliStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
            write(brotli);
        return new([], [.. compressed.ToArray().Chunk(MaxWhole)]);
    }
}
