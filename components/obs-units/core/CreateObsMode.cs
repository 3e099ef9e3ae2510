using OpsDb.Kernel;

namespace OpsDb.ObsUnits;

/// <summary>A way of observing is made known.</summary>
public sealed record CreateObsMode(string Name) : ICreate<ObsMode>
{
    public string? Description { get; init; }
}
