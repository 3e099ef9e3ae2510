using System.Text.Json;
using System.Text.Json.Serialization;

namespace OpsDb.Servers;

/// <summary>What the link does at the moment.</summary>
public enum LinkState
{
    /// <summary>Bytes pass in both directions.</summary>
    Up,

    /// <summary>Every connection was reset and new ones are refused.</summary>
    Down,

    /// <summary>Connections stay open, also new ones, and no byte passes.</summary>
    Hanging,

    /// <summary>As hanging, but in one direction only.</summary>
    OneWay,
}

/// <summary>The directions of the link between a site and main.</summary>
public enum LinkDirection
{
    /// <summary>From the clients to the server: queries, and the replica's reports.</summary>
    ToMain,

    /// <summary>From the server to the clients: answers, and the WAL stream.</summary>
    ToSite,
}

/// <summary>The relay's state, settings and counters.</summary>
/// <param name="Flapping">Whether it goes down and up by itself.</param>
/// <param name="CutDirection">The silent direction of a link that is one-way.</param>
/// <param name="RoundTripMs">Added latency, half of it in each direction.</param>
/// <param name="KilobitsPerSecond">Limit of each direction, shared by all connections; 0 is unlimited.</param>
/// <param name="ArmedCut">The cut that waits for its moment, if any.</param>
/// <param name="Connections">Open now.</param>
/// <param name="Accepted">Since the relay was started.</param>
/// <param name="Target">Where connections are forwarded to.</param>
public sealed record RelayStatus(
    LinkState State,
    bool Flapping,
    LinkDirection? CutDirection,
    double RoundTripMs,
    int KilobitsPerSecond,
    string? ArmedCut,
    int Connections,
    long Accepted,
    long BytesToMain,
    long BytesToSite,
    string Target)
{
    internal static readonly JsonSerializerOptions Json =
        new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) } };

    public string ToJson() => JsonSerializer.Serialize(this, Json);

    public static RelayStatus FromJson(string json) =>
        JsonSerializer.Deserialize<RelayStatus>(json, Json) ?? throw new ServersException("The relay answered with an empty status.");
}
