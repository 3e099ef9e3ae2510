using OpsDb.Kernel;

namespace OpsDb.Events;

/// <summary>How much of what happens is kept and told.</summary>
/// <param name="Kept">Events of each entity in the site's streams.</param>
/// <param name="Connections">Connections of a process that are told as something happens.</param>
public sealed record EventOptions(int Kept, int Connections)
{
    public static EventOptions Read(Settings settings) => new(
        settings.Integer("EVENTS_KEPT", 10_000, 100, 1_000_000, "events of each entity that the site's Redis keeps for those who come back after a while"),
        settings.Integer("EVENTS_CONNECTIONS", 200, 1, 100_000,
            "connections of this process to which events are told as they happen; more are answered with 503"));
}
