using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace OpsDb.Web;

/// <summary>An address at which the API listens.</summary>
internal static class ListenAddress
{
    /// <summary>
    /// Whether the text is such an address. Names but localhost are none: the server would listen at every address of the machine.
    /// </summary>
    public static bool IsValid(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.PathAndQuery == "/" && uri.UserInfo.Length == 0
            && uri.Fragment.Length == 0
        && (IPAddress.TryParse(uri.DnsSafeHost, out _) || uri.Host == "localhost");

    public static void Listen(this KestrelServerOptions kestrel, Uri address, Action<ListenOptions> configure)
    {
        if (IPAddress.TryParse(address.DnsSafeHost, out var ip))
            kestrel.Listen(ip, address.Port, configure);
        else if (address.Port == 0)
            kestrel.Listen(IPAddress.Loopback, 0, configure);
        else
            kestrel.ListenLocalhost(address.Port, configure);
    }
}
