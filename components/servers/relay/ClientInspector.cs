using System.Buffers;

namespace OpsDb.Servers;

/// <summary>Forwards a client's bytes, message by message, and cuts at the moments that lie in what the client sends.</summary>
internal sealed class ClientInspector(RelayConnection connection) : IInspector
{
    private readonly ClientMessages messages = new();
    private readonly ArrayBufferWriter<byte> held = new();
    private int passing;
    private ArmedCut? countedFor;
    private int count;

    public ClientStart? Start => messages.Start;

    public bool IsOpaque => messages.IsOpaque;

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
            if (messages.IsOpaque)
            {
                position = bytes.Length;
            }
            else if (passing > 0)
            {
                var take = Math.Min(passing, bytes.Length - position);
                passing -= take;
                position += take;
            }
            else if (messages.TryRead(bytes.Span[position..], out var message))
            {
                connection.Sent(message);
                if (IsCutBefore(message) is { } cut)
                {
                    await SendAsync(bytes[..position], ct);
                    connection.Cut(cut);
                    ct.ThrowIfCancellationRequested();
                }

                passing = message.Length;
            }
            else
            {
                // Too little to judge the message by; the server could not act on it either.
                break;
            }
        }

        await SendAsync(bytes[..position], ct);
        held.Write(bytes.Span[position..]);
    }

    public async ValueTask EndAsync(CancellationToken ct) => await SendAsync(held.WrittenMemory.ToArray(), ct);

    private ArmedCut? IsCutBefore(ClientMessage message)
    {
        if (connection.Armed is not { } cut || !cut.Matches(messages.Start))
            return null;
        if (countedFor != cut)
            (countedFor, count) = (cut, 0);
        count++;
        var isNow = cut.Moment switch
        {
            CutMoment.ClientMessage => count == cut.Count,
            CutMoment.BeforeCommit => message.IsCommit,
            _ => false,
        };
        return isNow && cut.TryTake() ? cut : null;
    }

    private async ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken ct)
    {
        var flight = connection.FlightBytes;
        if (connection.Armed is { Moment: CutMoment.InSend } cut && cut.Matches(messages.Start)
            && flight + bytes.Length > cut.Count && flight <= cut.Count && cut.TryTake())
        {
            await connection.SendToMainAsync(bytes[..(int)(cut.Count - flight)], ct);
            connection.Silence(cut);
            bytes = bytes[(int)(cut.Count - flight)..];
        }

        await connection.SendToMainAsync(bytes, ct);
    }
}
