using System.Globalization;
using System.Net;
using System.Text;

namespace OpsDb.Servers;

/// <summary>
/// Controls a relay over HTTP on 127.0.0.1: <c>GET /status</c>, and <c>POST</c> to <c>/up</c>, <c>/down</c>, <c>/hang</c>,
/// <c>/one-way?direction=to-main|to-site</c>, <c>/delay?ms=</c> (round trip), <c>/bandwidth?kbps=</c> (kilobits per second),
/// <c>/flap?seconds=</c>, <c>/cut?at=message:N|before-commit|after-commit|in-send:BYTES|none</c> with <c>application=</c> and
/// <c>then=down</c> as options. Each answers with the status as JSON. An order bears the header <see cref="OrderHeader"/>, which a
/// page in a browser cannot send elsewhere without asking.
/// </summary>
public sealed class RelayControl : IAsyncDisposable
{
    /// <summary>Its value does not matter.</summary>
    public const string OrderHeader = "OpsDb-Relay";

    private readonly HttpListener listener = new();
    private readonly Relay relay;
    private readonly string[] hosts;
    private readonly Task serving;

    private RelayControl(Relay relay, int port)
    {
        this.relay = relay;
        hosts = [$"127.0.0.1:{port}", $"localhost:{port}"];
        listener.Prefixes.Add($"http://127.0.0.1:{port}/");
        listener.Start();
        serving = ServeAsync();
    }

    /// <exception cref="ServersException">The port is taken.</exception>
    public static RelayControl Start(Relay relay, int port)
    {
        try
        {
            return new(relay, port);
        }
        catch (HttpListenerException e)
        {
            throw new ServersException($"port {port} (relay control) is taken.", e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        listener.Close();
        await serving;
    }

    private async Task ServeAsync()
    {
        while (listener.IsListening)
        {
            try
            {
                await AnswerAsync(await listener.GetContextAsync());
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or IOException)
            {
                // The caller went away, or the listener was closed: then the loop ends.
            }
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        var request = context.Request;
        var response = context.Response;
        var body = relay.Status.ToJson();
        try
        {
            if (!hosts.Contains(request.UserHostName, StringComparer.OrdinalIgnoreCase) || request.Headers["Origin"] is not null)
            {
                response.StatusCode = (int)HttpStatusCode.Forbidden;
                body = "The relay is not controlled by pages in browsers.";
            }
            else if (request.HttpMethod == "POST" && request.Headers[OrderHeader] is null)
            {
                response.StatusCode = (int)HttpStatusCode.Forbidden;
                body = $"An order bears the header {OrderHeader}.";
            }
            else if ((request.HttpMethod, request.Url?.AbsolutePath) is ("POST", { } path))
            {
                Change(path, name => request.QueryString[name]);
                body = relay.Status.ToJson();
            }
            else if (request.Url?.AbsolutePath != "/status")
            {
                response.StatusCode = (int)HttpStatusCode.NotFound;
            }
        }
        catch (FormatException e)
        {
            response.StatusCode = (int)HttpStatusCode.BadRequest;
            body = e.Message;
        }

        response.ContentType = response.StatusCode == (int)HttpStatusCode.OK ? "application/json" : "text/plain";
        var bytes = Encoding.UTF8.GetBytes(body + "\n");
        response.ContentLength64 = bytes.Length;
        await response.OutputStream.WriteAsync(bytes);
        response.Close();
    }

    private void Change(string path, Func<string, string?> option)
    {
        switch (path)
        {
            case "/up":
                relay.Up();
                break;
            case "/down":
                relay.Down();
                break;
            case "/hang":
                relay.Hang();
                break;
            case "/one-way":
                relay.CutDirection(option("direction") switch
                {
                    "to-main" => LinkDirection.ToMain,
                    "to-site" => LinkDirection.ToSite,
                    _ => throw new FormatException("direction is to-main or to-site."),
                });
                break;
            case "/delay":
                relay.Delay(TimeSpan.FromMilliseconds(Number(option("ms"), "ms")));
                break;
            case "/bandwidth":
                relay.Bandwidth((int)Number(option("kbps"), "kbps"));
                break;
            case "/flap":
                relay.Flap(TimeSpan.FromSeconds(Math.Max(0.1, Number(option("seconds"), "seconds"))));
                break;
            case "/cut":
                Cut(option("at") ?? "", option("application"), option("then") == "down");
                break;
            default:
                throw new FormatException($"{path} is not known; up, down, hang, one-way, delay, bandwidth, flap and cut are.");
        }
    }

    private void Cut(string at, string? application, bool thenDown)
    {
        var parts = at.Split(':', 2);
        switch (parts[0])
        {
            case "message":
                relay.CutAt((int)Number(parts.ElementAtOrDefault(1), "message"), application, thenDown);
                break;
            case "in-send":
                relay.CutInSend((int)Number(parts.ElementAtOrDefault(1), "in-send"), application);
                break;
            case "before-commit":
                relay.CutBeforeCommit(application, thenDown);
                break;
            case "after-commit":
                relay.CutAfterCommit(application, thenDown);
                break;
            case "none":
                relay.Disarm();
                break;
            default:
                throw new FormatException("at is message:N, before-commit, after-commit, in-send:BYTES or none.");
        }
    }

    private static double Number(string? text, string name) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && value <= int.MaxValue
            ? value
            : throw new FormatException($"{name} is a number that is not negative.");
}
