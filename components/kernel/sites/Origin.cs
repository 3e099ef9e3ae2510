using System.Net;
using System.Net.Sockets;

namespace OpsDb.Kernel;

/// <summary>Where requests come from, as those count them who limit what one place may do.</summary>
public static class Origin
{
    private const int NetworkBytes = 8;

    /// <summary>One text for all addresses of one caller: whoever has one of IPv6 has all that begin with the same 64 bits.</summary>
    /// <param name="address">Null where it is not known.</param>
    public static string Of(IPAddress? address) => address is { AddressFamily: AddressFamily.InterNetworkV6 }
        ? Convert.ToHexStringLower(address.GetAddressBytes().AsSpan(0, NetworkBytes))
        : $"{address}";
}
