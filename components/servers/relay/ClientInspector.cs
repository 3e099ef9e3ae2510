using System.Buffers;

namespace OpsDb.Servers;

/// <summary>Forwards a client's bytes, message by message, and cuts at the moments that lie in what the client sends.</summary>
internal sealed class ClientInspector(RelayConnection connection) : IInspector
{
    private readonly ClientMessages _messages = new();
    private readonly ArrayBufferWriter<byte> _held = new();
    private int _passing;
    private ArmedCut? _countedFor;
    private int _count;

    public ClientStart? Start => _messages.Start;

    public bool IsOpaque => _messages.IsOpaque;

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
            if (_messages.IsOpaque)
            {
                position = bytes.Length;
            }
            else if (_passing > 0)
            {
                var take = Math.Min(_passing, bytes.Length - position);
                _passing -= take;
                position += take;
            }
            else if (_messages.TryRead(bytes.Span[position..], out var message))
            {
                connection.Sent(message);
                if (IsCutBefore(message) is { } cut)
                {
                    await SendAsync(bytes[..position], ct);
                    connection.Cut(cut);
                    ct.ThrowIfCancellationRequested();
                }

                _passing = message.Length;
            }
            else
            {
                // Too little to judge the message by; the server could not act on it either.
                break;
            }
        }

        await SendAsync(bytes[..position], ct);
        _held.Write(bytes.Span[position..]);
    }

    public async ValueTask EndAsync(CancellationToken ct) => await SendAsync(_held.WrittenMemory.ToArray(), ct);

    private ArmedCut? IsCutBefore(ClientMessage message)
    {
        if (connection.Armed is not { } cut || !cut.Matches(_messages.Start))
            return null;
        if (_countedFor != cut)
            (_countedFor, _count) = (cut, 0);
        _count++;
        var isNow = cut.Moment switch
        {
            CutMoment.ClientMessage => _count == cut.Count,
            CutMoment.BeforeCommit => message.IsCommit,
            _ => false,
        };
        return isNow && cut.TryTake() ? cut : null;
    }

    private async ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken ct)
    {
        var flight = connection.FlightBytes;
        if (connection.Armed is { Moment: CutMoment.InSend } cut && cut.Matches(_messages.Start)
            && flight + bytes.Length > cut.Count && flight <= cut.Count && cut.TryTake())
        {
            await connection.SendToMainAsync(bytes[..(int)(cut.Count - flight)], ct);
            connection.Silence(cut);
            bytes = bytes[(int)(cut.Count - flight)..];
        }

        await connection.SendToMainAsync(bytes, ct);
    }
}
