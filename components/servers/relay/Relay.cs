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
    private readonly Lock sync = new();
    private readonly ConcurrentDictionary<RelayConnection, Task> connections = new();
    private Socket? listener;
    private CancellationTokenSource? flapping;
    private LinkState state = LinkState.Up;
    private LinkDirection? cutDirection;
    private long accepted;
    private volatile int targetPort;
    private volatile ArmedCut? armed;
    private bool isDisposed;

    private Relay(IPAddress address, int port, string targetHost, int targetPort) =>
        (Address, Port, TargetHost, this.targetPort) = (address, port, targetHost, targetPort);

    /// <summary>The address on which it listens.</summary>
    public IPAddress Address { get; }

    public int Port { get; }

    public string TargetHost { get; }

    public int TargetPort => targetPort;

    internal Lane ToMain { get; } = new();

    internal Lane ToSite { get; } = new();

    internal ArmedCut? Armed => armed;

    public RelayStatus Status
    {
        get
        {
            lock (sync)
            {
                return new(
                    state,
                    flapping is not null,
                    cutDirection,
                    (ToMain.Latency + ToSite.Latency).TotalMilliseconds,
                    ToMain.KilobitsPerSecond,
                    armed?.ToString(),
                    connections.Keys.Count(c => !c.IsClosed),
                    Interlocked.Read(ref accepted),
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
    public void Redirect(int port) => targetPort = port;

    /// <summary>Adds latency: half of the round trip in each direction, throughput unchanged. Zero removes it.</summary>
    public void Delay(TimeSpan roundTrip) => ToMain.Latency = ToSite.Latency = roundTrip / 2;

    /// <summary>Limits each direction, shared by all connections. Zero removes the limit.</summary>
    public void Bandwidth(int kilobitsPerSecond) => ToMain.KilobitsPerSecond = ToSite.KilobitsPerSecond = kilobitsPerSecond;

    /// <summary>Down for this long, then up for this long, and so on until another state is set.</summary>
    public void Flap(TimeSpan interval)
    {
        CancellationToken ct;
        lock (sync)
        {
            StopFlapping();
            flapping = new();
            ct = flapping.Token;
        }

        _ = FlapAsync(interval, ct);
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
    public void Disarm() => armed = null;

    public async ValueTask DisposeAsync()
    {
        lock (sync)
            isDisposed = true;
        Down();
        await Task.WhenAll(connections.Values);
    }

    internal void Fired(ArmedCut cut)
    {
        Interlocked.CompareExchange(ref armed, null, cut);
        if (cut.ThenDown)
            Down();
        cut.Done();
    }

    private ArmedCut Arm(ArmedCut cut) => armed = cut;

    private void Change(LinkState newState, LinkDirection? direction = null, CancellationToken flap = default)
    {
        lock (sync)
        {
            // A step of a flapping that has ended meanwhile.
            if (flap.IsCancellationRequested || (isDisposed && newState != LinkState.Down))
                return;
            if (!flap.CanBeCanceled)
                StopFlapping();
            (state, cutDirection) = (newState, direction);
            Set(ToMain.Gate, state is LinkState.Hanging || direction is LinkDirection.ToMain);
            Set(ToSite.Gate, state is LinkState.Hanging || direction is LinkDirection.ToSite);
            if (state == LinkState.Down)
                Close();
            else
                Listen();
            if (state == LinkState.Up)
            {
                foreach (var connection in connections.Keys)
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
        flapping?.Cancel();
        flapping?.Dispose();
        flapping = null;
    }

    private async Task FlapAsync(TimeSpan interval, CancellationToken ct)
    {
        for (var next = LinkState.Down; !ct.IsCancellationRequested; next = next == LinkState.Down ? LinkState.Up : LinkState.Down)
        {
            Change(next, flap: ct);
            await Task.Delay(interval, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Close()
    {
        listener?.Dispose();
        listener = null;
        foreach (var connection in connections.Keys)
            connection.Abort();
    }

    private void Listen()
    {
        if (listener is not null)
            return;
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(Address, Port));
            socket.Listen();
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new ServersException($"port {Port} (relay) is taken.", e);
        }

        listener = socket;
        _ = AcceptAsync(socket);
    }

    private async Task AcceptAsync(Socket socket)
    {
        while (true)
        {
            Socket client;
            try
            {
                client = await socket.AcceptAsync();
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                if (listener == socket && e is SocketException)
                    continue;
                return;
            }

            client.NoDelay = true;
            Interlocked.Increment(ref accepted);
            var connection = new RelayConnection(this, client);
            lock (sync)
            {
                connections[connection] = Task.CompletedTask;
                if (listener != socket)
                    connection.Abort();
                connections[connection] = RunAsync(connection);
            }
        }
    }

    private async Task RunAsync(RelayConnection connection)
    {
        await Task.Yield();
        await connection.RunAsync();
        // Later than the entry is made: it is made under this lock.
        lock (sync)
            connections.TryRemove(connection, out _);
        connection.Dispose();
    }
}
