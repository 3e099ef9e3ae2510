using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace OpsDb.Servers;

/// <summary>
/// Forwards a server's answers. While a cut after a commit is armed, an answer is withheld until it is complete: when it says
/// that a transaction was committed, the connection is cut and the client never sees any of it.
/// </summary>
internal sealed class ServerInspector(RelayConnection connection) : IInspector
{
    private const int MaxTag = 256, MostWithheld = 16 * 1024 * 1024;

    private readonly ArrayBufferWriter<byte> held = new();
    private readonly ArrayBufferWriter<byte> withheld = new();
    private int passing;
    private char lastType;
    private bool committed, wrote, failed;

    public async ValueTask InspectAsync(ReadOnlyMemory<byte> bytes, CancellationToken ct)
    {
        if (held.WrittenCount > 0)
        {
            held.Write(bytes.Span);
            bytes = held.WrittenSpan.ToArray();
            held.ResetWrittenCount();
        }

        var position = 0;
        while (position < bytes.Length)
        {
            var start = position;
            if (connection.IsOpaque)
            {
                position = bytes.Length;
            }
            else if (passing > 0)
            {
                position += Math.Min(passing, bytes.Length - position);
                passing -= position - start;
            }
            else if (connection.TakeSslAnswer())
            {
                position++;
                if (bytes.Span[start] != (byte)'N')
                    connection.IsOpaque = true;
            }
            else if (Read(bytes.Span[position..]) is var (type, whole, length))
            {
                // Tags and the end of an answer are looked at whole; the rest only by its frame.
                position += whole ? length : 5;
                passing = whole ? 0 : length - 5;
                await PassAsync(bytes[start..position], type, ct);
                continue;
            }
            else
            {
                break;
            }

            await PassAsync(bytes[start..position], null, ct);
        }

        await ReleaseUnlessWithholdingAsync(ct);
        held.Write(bytes.Span[position..]);
    }

    public async ValueTask EndAsync(CancellationToken ct)
    {
        withheld.Write(held.WrittenSpan);
        await ReleaseAsync(ct);
    }

    private static (char Type, bool Whole, int Length)? Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 5)
            return null;
        var type = (char)bytes[0];
        var length = 1 + BinaryPrimitives.ReadInt32BigEndian(bytes[1..]);
        var whole = type is 'C' or 'Z' && length <= MaxTag;
        return !whole || bytes.Length >= length ? (type, whole, length) : null;
    }

    private async ValueTask PassAsync(ReadOnlyMemory<byte> bytes, char? type, CancellationToken ct)
    {
        withheld.Write(bytes.Span);
        lastType = type ?? lastType;
        switch (type)
        {
            case 'C':
                Note(Encoding.ASCII.GetString(bytes.Span[5..^1]));
                break;
            case 'E':
                failed = true;
                break;
            case 'Z':
                var idle = bytes.Span[5] == (byte)'I';
                if (idle && (committed || (wrote && !failed)) && connection.IsArmed(CutMoment.AfterCommit) is { } cut && cut.TryTake())
                {
                    connection.Cut(cut);
                    ct.ThrowIfCancellationRequested();
                }

                committed = wrote = failed = false;
                // The client's next flight begins behind this byte.
                await ReleaseAsync(ct);
                connection.Answered();
                break;
        }
    }

    private void Note(string tag)
    {
        switch (tag.Split(' ')[0])
        {
            case "COMMIT":
                committed = true;
                break;
            case "ROLLBACK":
                failed = true;
                break;
            case "INSERT" or "UPDATE" or "DELETE" or "MERGE" or "COPY":
                wrote = true;
                break;
        }
    }

    private async ValueTask ReleaseUnlessWithholdingAsync(CancellationToken ct)
    {
        // At a login and when copying begins it is the client's turn, and nobody waits for the end of what came unasked.
        var isClientsTurn = lastType is 'R' or 'G' or 'H' or 'W' || connection.AwaitsMore || connection.FlightBytes == 0;
        if (isClientsTurn || connection.IsArmed(CutMoment.AfterCommit) is null || withheld.WrittenCount > MostWithheld)
            await ReleaseAsync(ct);
    }

    private async ValueTask ReleaseAsync(CancellationToken ct)
    {
        if (withheld.WrittenCount == 0)
            return;
        var bytes = withheld.WrittenMemory;
        await connection.SendToSiteAsync(bytes, ct);
        withheld.ResetWrittenCount();
    }
}
