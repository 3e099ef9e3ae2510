using System.Text.Json;
using FluentValidation;
using OpsDb.Kernel;
using OpsDb.Observatories;

namespace OpsDb.ObsUnits;

/// <summary>Settings with which something is observed: of an instrument's own type, such as the tiles of a map.</summary>
public sealed record ObservationConfiguration : Row<int>, IRow<ObservationConfiguration>, IConfigured
{
    public static Table<ObservationConfiguration> Table { get; } = new("observation_configuration")
    {
        Deletable = true,
        Filters =
        [
            Field.OneOf((ObservationConfiguration c) => c.Name, "with one of these names"),
            Field.Prefix("name_prefix", (ObservationConfiguration c) => c.Name, "whose name begins with this"),
            Field.OneOf((ObservationConfiguration c) => c.ConfigSchemaId, "with settings of these schemas"),
        ],
        Sorts = [Field.Sort((ObservationConfiguration c) => c.Name)],
        References = [Field.Refers<ObservationConfiguration, ConfigSchema, int>(c => c.ConfigSchemaId)],
        Patchable = ["config_schema_id", "settings", "description"],
    };

    static ConfigKind IConfigured.Kind => ConfigKind.Observation;

    /// <summary>Unique.</summary>
    /// <example>orion map, 9 tiles</example>
    public required string Name { get; init; }

    /// <summary>Says the form of the settings; one for observations.</summary>
    /// <example>2</example>
    public required int ConfigSchemaId { get; init; }

    /// <summary>As the schema says.</summary>
    public required JsonElement Settings { get; init; }

    /// <summary>In words.</summary>
    public string? Description { get; init; }
}

internal sealed class ObservationConfigurationRules : AbstractValidator<ObservationConfiguration>
{
    public ObservationConfigurationRules()
    {
        RuleFor(c => c.Name).IsName();
        RuleFor(c => c.Settings).IsSettings();
        RuleFor(c => c.Description).IsText(10_000);
    }
}
