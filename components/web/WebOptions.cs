using System.Net;
using OpsDb.Kernel;

namespace OpsDb.Web;

/// <summary>The HTTP side of a process.</summary>
/// <param name="Url">Where it listens: one address, or several parted by commas.</param>
/// <param name="BodyLimit">The largest body, bytes.</param>
/// <param name="CorsOrigins">Origins of web pages that may call.</param>
/// <param name="ActorRequests">Requests that one user may have under way at once.</param>
/// <param name="ActorBytes">Bytes of bodies that one user may send in a second, over some seconds.</param>
public sealed record WebOptions(string Url, int BodyLimit, IReadOnlyList<string> CorsOrigins, int ActorRequests, int ActorBytes)
{
    private static readonly string[] LoopbackNames = ["localhost", "127.0.0.1", "[::1]"];

    /// <summary>The largest body of a request that brings many rows, bytes.</summary>
    public int BulkBodyLimit { get; init; } = 64 << 20;

    /// <summary>Requests that one token or session may make in a second, over some seconds; 0 for any number.</summary>
    public int ActorRate { get; init; }

    /// <summary>Requests of one address that are refused in a second, over some seconds, before no more are looked at; 0 for any number.</summary>
    public int AddressRefusals { get; init; }

    /// <summary>The proxies that are believed where a request comes from, and whether by TLS.</summary>
    public IReadOnlyList<IPNetwork> TrustedProxies { get; init; } = [];

    /// <summary>Connections that may be open at once; more are closed.</summary>
    public int MaxConnections { get; init; } = 10_000;

    /// <summary>Where the API is reached from outside, in addresses that it gives out; null for as a request names it.</summary>
    public Uri? PublicUrl { get; init; }

    /// <summary>The names by which it may be called, as <see cref="Microsoft.AspNetCore.HostFiltering.HostFilteringOptions"/> takes them.</summary>
    public IReadOnlyList<string> AllowedHosts { get; init; } = LoopbackNames;

    /// <summary>Whether it may also be called by any IP address: no web page elsewhere can make a name of its own lead here then.</summary>
    public bool AllowsAddresses { get; init; }

    /// <summary>The certificate for addresses that begin with https; null when there are none.</summary>
    public CertificateFiles? Certificate { get; init; }

    public IReadOnlyList<Uri> Addresses => [.. Parts(Url).Select(u => new Uri(u))];

    public static WebOptions Read(Settings settings)
    {
        var url = settings.Text("HTTP_URL", "http://127.0.0.1:8000",
            "where the API listens: http or https, an IP address of this machine (0.0.0.0 and [::] for all) "
            + "or localhost, and a port; several are parted by commas",
            v => Parts(v) is { Length: > 0 } parts && parts.All(ListenAddress.IsValid) ? null
                : $"is an address like http://127.0.0.1:8000, with an IP address or localhost and without a path, not '{v}'");
        var certificate = CertificateFiles.Read(settings);
        var allowPlain = settings.Flag("HTTP_ALLOW_PLAIN", false,
            "whether HTTP_URL may be plain http beyond this machine; only behind a proxy that ends TLS, on a network that nobody else is on");
        foreach (var address in Parts(url).Where(ListenAddress.IsValid).Select(u => new Uri(u)))
        {
            if (address.Scheme == Uri.UriSchemeHttps && certificate is null)
                settings.Mistake($"HTTP_URL is {address.OriginalString}, but there is no certificate for it: set HTTP_TLS_CERTIFICATE and HTTP_TLS_KEY");
            else if (address.Scheme == Uri.UriSchemeHttp && !Loopback.Is(address.DnsSafeHost) && !allowPlain)
            {
                settings.Mistake($"HTTP_URL is {address.OriginalString}, where tokens could be read on the way: "
                    + "use https, or set HTTP_ALLOW_PLAIN=true behind a proxy that ends TLS");
            }
        }
        var limit = settings.Integer("HTTP_BODY_LIMIT", 1_048_576, 1024, 1_073_741_824, "largest request body, bytes");
        var bulk = settings.Integer("HTTP_BULK_BODY_LIMIT", 64 << 20, 1024, 1_073_741_824, "largest body of a request that brings many rows, bytes");
        var origins = Parts(settings.Text("CORS_ORIGINS", "", "origins of web pages that may call the API, comma separated"));
        var hosts = Parts(settings.Text("HTTP_ALLOWED_HOSTS", "",
            "names by which the API may be called (header `Host`), comma separated, without ports; `*.example.org` for all below it, `*` for any. When "
                + "empty: the loopback names and the host of HTTP_URL, or any IP address where that is 0.0.0.0 or [::]"));
        var requests = settings.Integer("HTTP_ACTOR_REQUESTS", 512, 1, 100_000,
            "requests that one user may have under way at once at this process; more are answered with 429");
        var bytes = settings.Integer("HTTP_ACTOR_BYTES", 4_194_304, 1024, 1_073_741_824,
            "bytes of request bodies that one user may send to this process in a second, with a burst of 16 times as much; more are answered with 429");
        var rate = settings.Integer("HTTP_ACTOR_RATE", 1000, 0, 1_000_000,
            "requests that one token or session may make of this process in a second, with a burst of ten times as many; more are answered with 429. "
                + "0: any number");
        var refusals = settings.Integer("HTTP_ADDRESS_REFUSALS", 10, 0, 1_000_000,
            "requests of one address that are refused for their token or session in a second, with a burst of 30 times as many, before this process answers "
                + "the rest with 429 unseen, but for those that it has let in before. 0: any number");
        var publicUrl = settings.Text("HTTP_PUBLIC_URL", "", "where the API is reached from outside, behind a proxy, such as https://ops.example.org, for "
            + "addresses that it gives out; unset: as each request names it",
            v => v.Length == 0 || IsOrigin(v) ? null : $"is an http or https address without a path, not '{v}'");
        var proxies = Parts(settings.Text("HTTP_TRUSTED_PROXIES", "",
            "addresses or blocks (`192.0.2.0/24`) of the proxies in front, comma separated: their `X-Forwarded-For` and `X-Forwarded-Proto` are believed, "
                + "nobody else's",
            v => Parts(v).FirstOrDefault(p => NetworkOf(p) is null) is { } wrong ? $"has '{wrong}', which is neither an address nor a block of them" : null));
        var listens = Parts(url).Where(ListenAddress.IsValid).Select(u => new Uri(u).Host).ToList();
        var everywhere = listens.Exists(h => h is "0.0.0.0" or "[::]");
        return new(url, limit, origins, requests, bytes)
        {
            Certificate = certificate,
            BulkBodyLimit = Math.Max(limit, bulk),
            AllowedHosts = hosts.Length > 0 ? hosts : everywhere ? LoopbackNames : [.. LoopbackNames.Concat(listens).Distinct()],
            AllowsAddresses = hosts.Length == 0 && everywhere,
            ActorRate = rate,
            AddressRefusals = refusals,
            MaxConnections = settings.Integer("HTTP_MAX_CONNECTIONS", 10_000, 10, 1_000_000, "connections that are open at once; more are closed at once"),
            PublicUrl = IsOrigin(publicUrl) ? new Uri(publicUrl) : null,
            TrustedProxies = [.. proxies.Select(NetworkOf).OfType<IPNetwork>()],
        };
    }

    private static bool IsOrigin(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri is { Scheme: "http" or "https", PathAndQuery: "/", UserInfo: "", Fragment: "" }
            && !text.EndsWith('/');

    private static IPNetwork? NetworkOf(string text) =>
        IPNetwork.TryParse(text, out var network) ? network
        : IPAddress.TryParse(text, out var address) ? new(address, address.GetAddressBytes().Length * 8)
        : null;

    private static string[] Parts(string text) => text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
