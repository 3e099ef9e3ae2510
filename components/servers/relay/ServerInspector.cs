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

    private readonly ArrayBufferWriter<byte> _held = new();
    private readonly ArrayBufferWriter<byte> _withheld = new();
    private int _passing;
    private char _type;
    private bool _committed, _wrote, _failed;

    public async ValueTask InspectAsync(ReadOnlyMemory<byte> bytes, CancellationToken ct)
    {
        if (_held.WrittenCount > 0)
        {
            _held.Write(bytes.Span);
            bytes = _held.WrittenSpan.ToArray();
            _held.ResetWrittenCount();
        }

        var position = 0;
        while (position < bytes.Length)
        {
            var start = position;
            if (connection.IsOpaque)
            {
                position = bytes.Length;
            }
            else if (_passing > 0)
            {
                position += Math.Min(_passing, bytes.Length - position);
                _passing -= position - start;
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
                _passing = whole ? 0 : length - 5;
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
        _held.Write(bytes.Span[position..]);
    }

    public async ValueTask EndAsync(CancellationToken ct)
    {
        _withheld.Write(_held.WrittenSpan);
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
        _withheld.Write(bytes.Span);
        _type = type ?? _type;
        switch (type)
        {
            case 'C':
                Note(Encoding.ASCII.GetString(bytes.Span[5..^1]));
                break;
            case 'E':
                _failed = true;
                break;
            case 'Z':
                var idle = bytes.Span[5] == (byte)'I';
                if (idle && (_committed || (_wrote && !_failed)) && connection.IsArmed(CutMoment.AfterCommit) is { } cut && cut.TryTake())
                {
                    connection.Cut(cut);
                    ct.ThrowIfCancellationRequested();
                }

                _committed = _wrote = _failed = false;
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
                _committed = true;
                break;
            case "ROLLBACK":
                _failed = true;
                break;
            case "INSERT" or "UPDATE" or "DELETE" or "MERGE" or "COPY":
                _wrote = true;
                break;
        }
    }

    private async ValueTask ReleaseUnlessWithholdingAsync(CancellationToken ct)
    {
        // At a login and when copying begins it is the client's turn, and nobody waits for the end of what came unasked.
        var isClientsTurn = _type is 'R' or 'G' or 'H' or 'W' || connection.AwaitsMore || connection.FlightBytes == 0;
        if (isClientsTurn || connection.IsArmed(CutMoment.AfterCommit) is null || _withheld.WrittenCount > MostWithheld)
            await ReleaseAsync(ct);
    }

    private async ValueTask ReleaseAsync(CancellationToken ct)
    {
        if (_withheld.WrittenCount == 0)
            return;
        var bytes = _withheld.WrittenMemory;
        await connection.SendToSiteAsync(bytes, ct);
        _withheld.ResetWrittenCount();
    }
}
