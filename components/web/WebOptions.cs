using OpsDb.Kernel;

namespace OpsDb.Web;

/// <summary>The HTTP side of a process.</summary>
/// <param name="Url">Where it listens.</param>
/// <param name="BodyLimit">The largest body, bytes.</param>
/// <param name="CorsOrigins">Origins of web pages that may call.</param>
/// <param name="ActorRequests">Requests that one user may have under way at once.</param>
/// <param name="ActorBytes">Bytes of bodies that one user may send in a second, over some seconds.</param>
public sealed record WebOptions(string Url, int BodyLimit, IReadOnlyList<string> CorsOrigins, int ActorRequests, int ActorBytes)
{
    private static readonly string[] Loopback = ["localhost", "127.0.0.1", "[::1]"];

    /// <summary>The names by which it may be called, as <see cref="Microsoft.AspNetCore.HostFiltering.HostFilteringOptions"/> takes them.</summary>
    public IReadOnlyList<string> AllowedHosts { get; init; } = Loopback;

    /// <summary>Whether it may also be called by any IP address: no web page elsewhere can make a name of its own lead here then.</summary>
    public bool AllowsAddresses { get; init; }

    public static WebOptions Read(Settings settings)
    {
        var url = settings.Text("HTTP_URL", "http://127.0.0.1:8000", "where the API listens",
            v => Uri.TryCreate(v, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
                ? null
                : $"is an address like http://127.0.0.1:8000, not '{v}'");
        var limit = settings.Integer("HTTP_BODY_LIMIT", 1_048_576, 1024, 1_073_741_824, "largest request body, bytes");
        var origins = Several(settings.Text("CORS_ORIGINS", "", "origins of web pages that may call the API, comma separated"));
        var hosts = Several(settings.Text("HTTP_ALLOWED_HOSTS", "",
            "names by which the API may be called (header `Host`), comma separated, without ports; `*.example.org` for all below it, `*` for any. When "
                + "empty: the loopback names and the host of HTTP_URL, or any IP address where that is 0.0.0.0 or [::]"));
        var host = Uri.TryCreate(url, UriKind.Absolute, out var listens) ? listens.Host : "localhost";
        var everywhere = host is "0.0.0.0" or "[::]";
        var requests = settings.Integer("HTTP_ACTOR_REQUESTS", 512, 1, 100_000, "requests that one user may have under way at once at this process; more are answered with 429");
        var bytes = settings.Integer("HTTP_ACTOR_BYTES", 4_194_304, 1024, 1_073_741_824,
            "bytes of request bodies that one user may send to this process in a second, with a burst of 16 times as much; more are answered with 429");
        return new(url, limit, origins, requests, bytes)
        {
            AllowedHosts = hosts.Length > 0 ? hosts : everywhere ? Loopback : [.. Loopback.Append(host).Distinct()],
            AllowsAddresses = hosts.Length == 0 && everywhere,
        };
    }

    private static string[] Several(string text) => text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
