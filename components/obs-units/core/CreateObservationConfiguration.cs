using System.Text.Json;
using OpsDb.Kernel;

namespace OpsDb.ObsUnits;

/// <summary>Settings with which something is observed are made known.</summary>
/// <param name="Settings">As the schema says; at most 64 KiB.</param>
public sealed record CreateObservationConfiguration(string Name, int ConfigSchemaId, JsonElement Settings) : ICreate<ObservationConfiguration>
{
    public string? Description { get; init; }
}
