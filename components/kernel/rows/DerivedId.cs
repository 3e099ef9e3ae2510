using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace OpsDb.Kernel;

/// <summary>Ids that follow from what they name, and sort by the time of what it belongs to all the same.</summary>
public static class DerivedId
{
    /// <summary>
    /// A UUIDv7 (RFC 9562): the 48 bits of another one's time, and of the SHA-256 over that and the text as many bits as there is room for.
    /// </summary>
    public static Guid Of(Guid of, string text)
    {
        Span<byte> id = stackalloc byte[16];
        of.TryWriteBytes(id, bigEndian: true, out _);
        var digest = SHA256.HashData([.. id, .. Encoding.UTF8.GetBytes(text)]);
        digest.AsSpan(0, 10).CopyTo(id[6..]);
        id[6] = (byte)(id[6] & 0x0F | 0x70);
        id[8] = (byte)(id[8] & 0x3F | 0x80);
        return new(id, bigEndian: true);
    }

    /// <summary>The same with an instant, to the millisecond, as the time.</summary>
    public static Guid Of(DateTimeOffset at, string text)
    {
        Span<byte> id = stackalloc byte[16];
        id.Clear();
        BinaryPrimitives.WriteInt64BigEndian(id, at.ToUnixTimeMilliseconds() << 16);
        return Of(new Guid(id, bigEndian: true), text);
    }

    /// <summary>Between which ids all those lie that are derived from this one: from the first on, and before the last.</summary>
    public static (Guid First, Guid Last) Range(Guid of)
    {
        Span<byte> id = stackalloc byte[16];
        of.TryWriteBytes(id, bigEndian: true, out _);
        id[6..].Clear();
        var first = new Guid(id, bigEndian: true);
        id[6..].Fill(0xFF);
        return (first, new(id, bigEndian: true));
    }
}

/// <summary>Rows whose ids are derived from another's: they have its time, and are in one partition.</summary>
public static class DerivedRows<T> where T : Row<Guid>, IRow<T>
{
    private static readonly Filter<T> From = Field.From("", (T row) => row.Id, "");
    private static readonly Filter<T> Before = Field.Before("", (T row) => row.Id, "");

    /// <summary>Those that may be derived from this id; more is to be asked of them.</summary>
    public static ListQuery<T> Of(Guid id)
    {
        var (first, last) = DerivedId.Range(id);
        return ListQuery<T>.Everything.That(From, first).That(Before, last);
    }
}
