using OpsDb.Kernel;

namespace OpsDb.Observatories;

/// <summary>An institution with telescopes is made known.</summary>
public sealed record CreateObservatory(string Name) : ICreate<Observatory>
{
    public string? Description { get; init; }
}
