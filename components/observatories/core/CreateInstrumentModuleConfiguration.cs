using System.Text.Json;
using OpsDb.Kernel;

namespace OpsDb.Observatories;

/// <summary>A way in which a module can be set up is made known.</summary>
/// <param name="Name">Unique within the module.</param>
/// <param name="Settings">As the schema says; at most 64 KiB.</param>
public sealed record CreateInstrumentModuleConfiguration(int InstrumentModuleId, string Name, int ConfigSchemaId, JsonElement Settings)
    : ICreate<InstrumentModuleConfiguration>
{
    public string? Description { get; init; }
}
