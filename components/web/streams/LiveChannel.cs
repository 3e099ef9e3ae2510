using System.Buffers;
using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Net.Http.Headers;
using OpsDb.Kernel;

namespace OpsDb.Web;

/// <summary>A connection over which a client is told of something as it happens: by server-sent events, or by messages of a WebSocket (RFC 6455).</summary>
public abstract class LiveChannel
{
    /// <summary>The media type of server-sent events.</summary>
    public const string EventStream = "text/event-stream";

    /// <summary>How long it may be silent.</summary>
    public static readonly TimeSpan Beat = TimeSpan.FromSeconds(15);

    /// <summary>How long it lasts: a client connects again, and shows again who it is.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromMinutes(5);

    /// <summary>How long one message may take.</summary>
    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Whether a request asks for such a connection.</summary>
    public static bool IsWantedBy(HttpContext context) => Sockets.IsUpgrade(context)
        || !HeadRequests.IsBodyUnread(context) && MediaTypeHeaderValue.TryParseList(context.Request.Headers.Accept, out var accepted)
        && accepted.Any(a => a.MediaType.Equals(EventStream, StringComparison.OrdinalIgnoreCase) && a.Quality is not 0);

    /// <summary>Opens it, runs what tells over it, and closes it. What goes wrong before anything was told is answered as to any request.</summary>
    /// <param name="tell">Is told to end when the client has gone, or its time is over.</param>
    public static async Task RunAsync(HttpContext context, Func<LiveChannel, CancellationToken, Task> tell)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(
            context.RequestAborted, context.RequestServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping);
        end.CancelAfter(Life);
        if (Sockets.IsUpgrade(context))
            await RunSocketAsync(context, tell, end);
        else
            await RunEventsAsync(context, tell, end.Token);
    }

    /// <summary>Tells something.</summary>
    /// <param name="type">What it is.</param>
    /// <param name="id">With which a client that comes back can go on behind it; null for none.</param>
    /// <param name="json">One line.</param>
    public abstract Task TellAsync(string type, string? id, ReadOnlyMemory<byte> json, CancellationToken ct);

    /// <summary>Tells that it is still there.</summary>
    public abstract Task BeatAsync(CancellationToken ct);

    private static async Task RunEventsAsync(HttpContext context, Func<LiveChannel, CancellationToken, Task> tell, CancellationToken end)
    {
        // A client that is told little for a long time is no slow one.
        if (context.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate)
            rate.MinDataRate = null;
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        context.Response.ContentType = EventStream;
        context.Response.Headers["X-Accel-Buffering"] = "no";
        try
        {
            await tell(new Events(context.Response), end);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // The client connects again by itself.
        }
        catch (OutageException) when (context.Response.HasStarted)
        {
            // So it does then, and hears what is the matter.
        }
    }

    private static async Task RunSocketAsync(HttpContext context, Func<LiveChannel, CancellationToken, Task> tell, CancellationTokenSource end)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync(new WebSocketAcceptContext { KeepAliveInterval = Beat, KeepAliveTimeout = Patience });
        // Whoever ends a reading ends the connection: it goes on until the client has closed its side too.
        using var closing = new CancellationTokenSource();
        var listening = ListenAsync(socket, end, closing.Token);
        var reason = "connect again";
        try
        {
            await tell(new Messages(socket), end.Token);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // Its time is over, or the client has gone.
        }
        catch (OutageException e)
        {
            reason = e.Problem.Code;
        }
        catch (WebSocketException)
        {
            // The client has gone.
        }
        closing.CancelAfter(Patience);
        try
        {
            if (socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
                await socket.CloseOutputAsync(WebSocketCloseStatus.EndpointUnavailable, reason, closing.Token);
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException)
        {
            // Nobody is there to hear it.
        }
        await listening;
    }

    /// <summary>A client has nothing to say; what it says is not kept, and much of it ends the connection.</summary>
    private static async Task ListenAsync(WebSocket socket, CancellationTokenSource end, CancellationToken closing)
    {
        var buffer = new byte[1024];
        var room = 64 * 1024;
        try
        {
            while (room > 0)
            {
                var received = await socket.ReceiveAsync(buffer, closing);
                if (received.MessageType == WebSocketMessageType.Close)
                    break;
                room -= received.Count + 64;
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException)
        {
            // It has ended.
        }
        await end.CancelAsync();
    }

    private sealed class Events(HttpResponse response) : LiveChannel
    {
        public override async Task TellAsync(string type, string? id, ReadOnlyMemory<byte> json, CancellationToken ct)
        {
            var body = response.BodyWriter;
            body.Write(Encoding.UTF8.GetBytes($"event: {type}\n{(id is null ? "" : $"id: {id}\n")}data: "));
            body.Write(json.Span);
            body.Write("\n\n"u8);
            await FlushAsync(ct);
        }

        public override async Task BeatAsync(CancellationToken ct)
        {
            response.BodyWriter.Write(":\n\n"u8);
            await FlushAsync(ct);
        }

        private async Task FlushAsync(CancellationToken ct)
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
            patience.CancelAfter(Patience);
            await response.BodyWriter.FlushAsync(patience.Token);
        }
    }

    private sealed class Messages(WebSocket socket) : LiveChannel
    {
        public override async Task TellAsync(string type, string? id, ReadOnlyMemory<byte> json, CancellationToken ct)
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
            patience.CancelAfter(Patience);
            await socket.SendAsync(json, WebSocketMessageType.Text, endOfMessage: true, patience.Token);
        }

        // The server pings by itself.
        public override Task BeatAsync(CancellationToken ct) => Task.CompletedTask;
    }
}
