using System.Buffers.Text;

namespace OpsDb.Chaos;

/// <summary>history.jsonl: one call per line, in the order of <c>complete</c>. For several threads.</summary>
internal sealed class History(string path, RunClock clock) : IDisposable
{
    private const int BufferSize = 1 << 20;

    private readonly FileStream file = new(path, new FileStreamOptions
    {
        Mode = FileMode.CreateNew,
        Access = FileAccess.Write,
        Share = FileShare.Read,
        BufferSize = BufferSize,
    });
    private readonly Lock turn = new();
    private readonly byte[] head = new byte[64];
    private long number;

    public long Count => Interlocked.Read(ref number);

    /// <summary>Writes a call and returns when it was complete, which is taken here so that lines and times have one order.</summary>
    /// <param name="call">A JSON object without <c>n</c> and <c>complete</c>.</param>
    public long Write(ReadOnlySpan<byte> call)
    {
        lock (turn)
        {
            var complete = clock.Now;
            var length = Head(complete);
            file.Write(head.AsSpan(0, length));
            file.Write(call[1..]);
            file.WriteByte((byte)'\n');
            return complete;
        }
    }

    public void Dispose() => file.Dispose();

    private int Head(long complete)
    {
        var length = Append(0, "{\"n\":"u8);
        Utf8Formatter.TryFormat(++number, head.AsSpan(length), out var written);
        length = Append(length + written, ",\"complete\":"u8);
        Utf8Formatter.TryFormat(complete, head.AsSpan(length), out written);
        return Append(length + written, ","u8);
    }

    private int Append(int at, ReadOnlySpan<byte> text)
    {
        text.CopyTo(head.AsSpan(at));
        return at + text.Length;
    }
}
