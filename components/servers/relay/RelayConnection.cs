using System.Net.Sockets;

namespace OpsDb.Servers;

/// <summary>One connection through the relay: the client's socket, the server's socket and a pump for each direction.</summary>
internal sealed class RelayConnection : IDisposable
{
    private readonly Relay _relay;
    private readonly Socket _client;
    private readonly Socket _server = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly Gate _gate = new();
    private readonly CancellationTokenSource _abort = new();
    private readonly ClientInspector _clientInspector;
    private readonly ServerInspector _serverInspector;
    private readonly Pump _toMain, _toSite;
    private int _sslAnswers, _closed;
    private long _flightBytes;
    private volatile char _lastClientMessage;
    private volatile bool _isOpaque;

    public RelayConnection(Relay relay, Socket client)
    {
        (_relay, _client) = (relay, client);
        (_clientInspector, _serverInspector) = (new(this), new(this));
        (_toMain, _toSite) = (new(client, _server, relay.ToMain, _gate), new(_server, client, relay.ToSite, _gate));
    }

    public bool IsClosed => Volatile.Read(ref _closed) == 1;

    public ArmedCut? Armed => _relay.Armed;

    public bool IsOpaque
    {
        get => _isOpaque || _clientInspector.IsOpaque;
        set => _isOpaque = value;
    }

    /// <summary>What the client has sent since the last complete answer.</summary>
    public long FlightBytes => Interlocked.Read(ref _flightBytes);

    /// <summary>The client asked for what is ready, or copies: the server's answer has no end yet.</summary>
    public bool AwaitsMore => _lastClientMessage is 'H' or 'd';

    public async Task RunAsync()
    {
        var ct = _abort.Token;
        try
        {
            // No handshake is completed over a link on which bytes do not travel both ways; one that works takes a round trip.
            while (!_relay.ToMain.Gate.IsOpen || !_relay.ToSite.Gate.IsOpen)
            {
                await _relay.ToMain.Gate.PassAsync(ct);
                await _relay.ToSite.Gate.PassAsync(ct);
            }

            await Task.Delay(_relay.ToMain.Latency + _relay.ToSite.Latency, ct);
            await _server.ConnectAsync(_relay.TargetHost, _relay.TargetPort, ct);
            await Task.WhenAll(_toMain.RunAsync(_clientInspector, Abort, ct), _toSite.RunAsync(_serverInspector, Abort, ct));
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            Abort();
        }
    }

    /// <summary>Closes both sides with a reset.</summary>
    public void Abort()
    {
        if (Interlocked.Exchange(ref _closed, 1) == 1)
            return;
        foreach (var socket in (Socket[])[_client, _server])
        {
            socket.LingerState = new(true, 0);
            socket.Dispose();
        }

        _abort.Cancel();
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _closed, 1) == 0)
        {
            _client.Dispose();
            _server.Dispose();
        }

        _abort.Dispose();
    }

    public ArmedCut? IsArmed(CutMoment moment) => Armed is { } cut && cut.Moment == moment && cut.Matches(_clientInspector.Start) ? cut : null;

    public void Cut(ArmedCut cut)
    {
        Abort();
        _relay.Fired(cut);
    }

    /// <summary>Lets no further byte through and closes nothing.</summary>
    public void Silence(ArmedCut cut)
    {
        _gate.Close();
        _relay.Fired(cut);
    }

    public void EndSilence() => _gate.Open();

    public void Sent(ClientMessage message)
    {
        _lastClientMessage = message.Type;
        if (message.ExpectsSslAnswer)
            Interlocked.Increment(ref _sslAnswers);
    }

    public bool TakeSslAnswer()
    {
        if (Volatile.Read(ref _sslAnswers) == 0)
            return false;
        Interlocked.Decrement(ref _sslAnswers);
        return true;
    }

    public void Answered() => Interlocked.Exchange(ref _flightBytes, 0);

    public async ValueTask SendToMainAsync(ReadOnlyMemory<byte> bytes, CancellationToken ct)
    {
        Interlocked.Add(ref _flightBytes, bytes.Length);
        await _toMain.SendAsync(bytes, ct);
    }

    public ValueTask SendToSiteAsync(ReadOnlyMemory<byte> bytes, CancellationToken ct) => _toSite.SendAsync(bytes, ct);
}
