using System.Net.Sockets;

namespace OpsDb.Servers;

/// <summary>One connection through the relay: the client's socket, the server's socket and a pump for each direction.</summary>
internal sealed class RelayConnection : IDisposable
{
    private readonly Relay relay;
    private readonly Socket client;
    private readonly Socket server = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly Gate gate = new();
    private readonly CancellationTokenSource abort = new();
    private readonly ClientInspector clientInspector;
    private readonly ServerInspector serverInspector;
    private readonly Pump toMain, toSite;
    private int sslAnswers, closed;
    private long flightBytes;
    private volatile char lastClientMessage;
    private volatile bool isOpaque;

    public RelayConnection(Relay relay, Socket client)
    {
        (this.relay, this.client) = (relay, client);
        (clientInspector, serverInspector) = (new(this), new(this));
        (toMain, toSite) = (new(client, server, relay.ToMain, gate), new(server, client, relay.ToSite, gate));
    }

    public bool IsClosed => Volatile.Read(ref closed) == 1;

    public ArmedCut? Armed => relay.Armed;

    public bool IsOpaque
    {
        get => isOpaque || clientInspector.IsOpaque;
        set => isOpaque = value;
    }

    /// <summary>What the client has sent since the last complete answer.</summary>
    public long FlightBytes => Interlocked.Read(ref flightBytes);

    /// <summary>The client asked for what is ready, or copies: the server's answer has no end yet.</summary>
    public bool AwaitsMore => lastClientMessage is 'H' or 'd';

    public async Task RunAsync()
    {
        var ct = abort.Token;
        try
        {
            // No handshake is completed over a link on which bytes do not travel both ways; one that works takes a round trip.
            while (!relay.ToMain.Gate.IsOpen || !relay.ToSite.Gate.IsOpen)
            {
                await relay.ToMain.Gate.PassAsync(ct);
                await relay.ToSite.Gate.PassAsync(ct);
            }

            await Task.Delay(relay.ToMain.Latency + relay.ToSite.Latency, ct);
            await server.ConnectAsync(relay.TargetHost, relay.TargetPort, ct);
            await Task.WhenAll(toMain.RunAsync(clientInspector, Abort, ct), toSite.RunAsync(serverInspector, Abort, ct));
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            Abort();
        }
    }

    /// <summary>Closes both sides with a reset.</summary>
    public void Abort()
    {
        if (Interlocked.Exchange(ref closed, 1) == 1)
            return;
        foreach (var socket in (Socket[])[client, server])
        {
            socket.LingerState = new(true, 0);
            socket.Dispose();
        }

        abort.Cancel();
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref closed, 1) == 0)
        {
            client.Dispose();
            server.Dispose();
        }

        abort.Dispose();
    }

    public ArmedCut? IsArmed(CutMoment moment) => Armed is { } cut && cut.Moment == moment && cut.Matches(clientInspector.Start) ? cut : null;

    public void Cut(ArmedCut cut)
    {
        Abort();
        relay.Fired(cut);
    }

    /// <summary>Lets no further byte through and closes nothing.</summary>
    public void Silence(ArmedCut cut)
    {
        gate.Close();
        relay.Fired(cut);
    }

    public void EndSilence() => gate.Open();

    public void Sent(ClientMessage message)
    {
        lastClientMessage = message.Type;
        if (message.ExpectsSslAnswer)
            Interlocked.Increment(ref sslAnswers);
    }

    public bool TakeSslAnswer()
    {
        if (Volatile.Read(ref sslAnswers) == 0)
            return false;
        Interlocked.Decrement(ref sslAnswers);
        return true;
    }

    public void Answered() => Interlocked.Exchange(ref flightBytes, 0);

    public async ValueTask SendToMainAsync(ReadOnlyMemory<byte> bytes, CancellationToken ct)
    {
        Interlocked.Add(ref flightBytes, bytes.Length);
        await toMain.SendAsync(bytes, ct);
    }

    public ValueTask SendToSiteAsync(ReadOnlyMemory<byte> bytes, CancellationToken ct) => toSite.SendAsync(bytes, ct);
}
