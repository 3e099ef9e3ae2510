using System.Text.Json;
using OpsDb.Kernel;

namespace OpsDb.Observatories;

/// <summary>A form of settings is made known.</summary>
/// <param name="Schema">JSON Schema, draft 2020-12; at most 64 KiB.</param>
public sealed record CreateConfigSchema(ConfigKind Kind, string Type, int SchemaVersion, JsonElement Schema) : ICreate<ConfigSchema>
{
    public string? Description { get; init; }
}
