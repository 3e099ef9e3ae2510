using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace OpsDb.Servers;

/// <summary>
/// The link between an observatory and main, as bytes over real sockets: it listens on one address and forwards each connection
/// to the target. It can be put down, hang, go silent in one direction, get latency and a bandwidth, and cut a connection at a
/// chosen moment. Latency and bandwidth stay as they are when the state changes. May be used from several threads.
/// </summary>
public sealed class Relay : IAsyncDisposable
{
    private readonly Lock _sync = new();
    private readonly ConcurrentDictionary<RelayConnection, Task> _connections = new();
    private Socket? _listener;
    private CancellationTokenSource? _flapping;
    private LinkState _state = LinkState.Up;
    private LinkDirection? _cutDirection;
    private long _accepted;
    private volatile int _targetPort;
    private volatile ArmedCut? _armed;
    private bool _isDisposed;

    private Relay(IPAddress address, int port, string targetHost, int targetPort) =>
        (Address, Port, TargetHost, _targetPort) = (address, port, targetHost, targetPort);

    /// <summary>The address on which it listens.</summary>
    public IPAddress Address { get; }

    public int Port { get; }

    public string TargetHost { get; }

    public int TargetPort => _targetPort;

    internal Lane ToMain { get; } = new();

    internal Lane ToSite { get; } = new();

    internal ArmedCut? Armed => _armed;

    public RelayStatus Status
    {
        get
        {
            lock (_sync)
            {
                return new(
                    _state,
                    _flapping is not null,
                    _cutDirection,
                    (ToMain.Latency + ToSite.Latency).TotalMilliseconds,
                    ToMain.KilobitsPerSecond,
                    _armed?.ToString(),
                    _connections.Keys.Count(c => !c.IsClosed),
                    Interlocked.Read(ref _accepted),
                    ToMain.Bytes,
                    ToSite.Bytes,
                    $"{TargetHost}:{TargetPort}");
            }
        }
    }

    /// <summary>Starts a relay that is up.</summary>
    /// <param name="address">The address on which it listens; 127.0.0.1 when null.</param>
    /// <exception cref="ServersException">The port is taken.</exception>
    public static Relay Start(int port, string targetHost, int targetPort, IPAddress? address = null)
    {
        var relay = new Relay(address ?? IPAddress.Loopback, port, targetHost, targetPort);
        relay.Listen();
        return relay;
    }

    /// <summary>Bytes pass again; what waited goes on. Ends flapping and a silence, not latency and bandwidth.</summary>
    public void Up() => Change(LinkState.Up);

    /// <summary>Resets every connection and refuses new ones.</summary>
    public void Down() => Change(LinkState.Down);

    /// <summary>Connections stay open, also new ones, but no byte passes.</summary>
    public void Hang() => Change(LinkState.Hanging);

    /// <summary>Bytes in this direction no longer pass, silently; those of the other do.</summary>
    public void CutDirection(LinkDirection direction) => Change(LinkState.OneWay, direction);

    /// <summary>New connections go to this port of the target; those that are open stay where they are.</summary>
    public void Redirect(int port) => _targetPort = port;

    /// <summary>Adds latency: half of the round trip in each direction, throughput unchanged. Zero removes it.</summary>
    public void Delay(TimeSpan roundTrip) => ToMain.Latency = ToSite.Latency = roundTrip / 2;

    /// <summary>Limits each direction, shared by all connections. Zero removes the limit.</summary>
    public void Bandwidth(int kilobitsPerSecond) => ToMain.KilobitsPerSecond = ToSite.KilobitsPerSecond = kilobitsPerSecond;

    /// <summary>Down for this long, then up for this long, and so on until another state is set.</summary>
    public void Flap(TimeSpan interval)
    {
        CancellationTokenSource flapping;
        lock (_sync)
        {
            StopFlapping();
            _flapping = flapping = new();
        }

        _ = FlapAsync(interval, flapping.Token);
    }

    /// <inheritdoc cref="CutMoment.ClientMessage"/>
    public ArmedCut CutAt(int clientMessage, string? application = null, bool thenDown = false) =>
        Arm(new(CutMoment.ClientMessage, clientMessage, application, thenDown));

    /// <inheritdoc cref="CutMoment.BeforeCommit"/>
    public ArmedCut CutBeforeCommit(string? application = null, bool thenDown = false) =>
        Arm(new(CutMoment.BeforeCommit, 0, application, thenDown));

    /// <inheritdoc cref="CutMoment.AfterCommit"/>
    public ArmedCut CutAfterCommit(string? application = null, bool thenDown = false) =>
        Arm(new(CutMoment.AfterCommit, 0, application, thenDown));

    /// <inheritdoc cref="CutMoment.InSend"/>
    public ArmedCut CutInSend(int bytes, string? application = null) => Arm(new(CutMoment.InSend, bytes, application, false));

    /// <summary>Makes this the one cut that waits for its moment; null for none.</summary>
    public void Disarm() => _armed = null;

    public async ValueTask DisposeAsync()
    {
        lock (_sync)
            _isDisposed = true;
        Down();
        await Task.WhenAll(_connections.Values);
    }

    internal void Fired(ArmedCut cut)
    {
        Interlocked.CompareExchange(ref _armed, null, cut);
        if (cut.ThenDown)
            Down();
        cut.Done();
    }

    private ArmedCut Arm(ArmedCut cut) => _armed = cut;

    private void Change(LinkState state, LinkDirection? direction = null, CancellationToken flapping = default)
    {
        lock (_sync)
        {
            // A step of a flapping that has ended meanwhile.
            if (flapping.IsCancellationRequested || (_isDisposed && state != LinkState.Down))
                return;
            if (!flapping.CanBeCanceled)
                StopFlapping();
            (_state, _cutDirection) = (state, direction);
            Set(ToMain.Gate, state is LinkState.Hanging || direction is LinkDirection.ToMain);
            Set(ToSite.Gate, state is LinkState.Hanging || direction is LinkDirection.ToSite);
            if (state == LinkState.Down)
                Close();
            else
                Listen();
            if (state == LinkState.Up)
            {
                foreach (var connection in _connections.Keys)
                    connection.EndSilence();
            }
        }
    }

    private static void Set(Gate gate, bool isClosed)
    {
        if (isClosed)
            gate.Close();
        else
            gate.Open();
    }

    private void StopFlapping()
    {
        _flapping?.Cancel();
        _flapping?.Dispose();
        _flapping = null;
    }

    private async Task FlapAsync(TimeSpan interval, CancellationToken ct)
    {
        for (var state = LinkState.Down; !ct.IsCancellationRequested; state = state == LinkState.Down ? LinkState.Up : LinkState.Down)
        {
            Change(state, flapping: ct);
            await Task.Delay(interval, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Close()
    {
        _listener?.Dispose();
        _listener = null;
        foreach (var connection in _connections.Keys)
            connection.Abort();
    }

    private void Listen()
    {
        if (_listener is not null)
            return;
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            listener.Bind(new IPEndPoint(Address, Port));
            listener.Listen();
        }
        catch (SocketException e)
        {
            listener.Dispose();
            throw new ServersException($"port {Port} (relay) is taken.", e);
        }

        _listener = listener;
        _ = AcceptAsync(listener);
    }

    private async Task AcceptAsync(Socket listener)
    {
        while (true)
        {
            Socket client;
            try
            {
                client = await listener.AcceptAsync();
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                if (_listener == listener && e is SocketException)
                    continue;
                return;
            }

            client.NoDelay = true;
            Interlocked.Increment(ref _accepted);
            var connection = new RelayConnection(this, client);
            lock (_sync)
            {
                _connections[connection] = Task.CompletedTask;
                if (_listener != listener)
                    connection.Abort();
                _connections[connection] = RunAsync(connection);
            }
        }
    }

    private async Task RunAsync(RelayConnection connection)
    {
        await Task.Yield();
        await connection.RunAsync();
        // Later than the entry is made: it is made under this lock.
        lock (_sync)
            _connections.TryRemove(connection, out _);
        connection.Dispose();
    }
}
