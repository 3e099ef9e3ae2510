using System.Text.Json;
using FluentValidation;
using OpsDb.Kernel;

namespace OpsDb.Observatories;

/// <summary>A way in which a module can be set up. Its name is unique within the module.</summary>
public sealed record InstrumentModuleConfiguration : Row<int>, IRow<InstrumentModuleConfiguration>, IConfigured
{
    public static Table<InstrumentModuleConfiguration> Table { get; } = new("instrument_module_configuration")
    {
        Noun = "module configuration",
        Resource = "module_configurations",
        Deletable = true,
        Filters =
        [
            Field.OneOf((InstrumentModuleConfiguration c) => c.InstrumentModuleId, "of these modules"),
            Field.OneOf((InstrumentModuleConfiguration c) => c.ConfigSchemaId, "with settings of these schemas"),
            Field.OneOf((InstrumentModuleConfiguration c) => c.Name, "with one of these names"),
        ],
        Sorts = [Field.Sort((InstrumentModuleConfiguration c) => c.Name), Field.Sort((InstrumentModuleConfiguration c) => c.InstrumentModuleId)],
        References =
        [
            Field.Refers<InstrumentModuleConfiguration, InstrumentModule, int>(c => c.InstrumentModuleId),
            Field.Refers<InstrumentModuleConfiguration, ConfigSchema, int>(c => c.ConfigSchemaId),
        ],
        Patchable = ["config_schema_id", "settings", "description"],
    };

    static ConfigKind IConfigured.Kind => ConfigKind.Module;

    /// <summary>The module that is set up so.</summary>
    /// <example>1</example>
    public required int InstrumentModuleId { get; init; }

    /// <example>CO 4-3</example>
    public required string Name { get; init; }

    /// <summary>Says the form of the settings; one for modules.</summary>
    /// <example>1</example>
    public required int ConfigSchemaId { get; init; }

    /// <summary>As the schema says.</summary>
    public required JsonElement Settings { get; init; }

    /// <summary>In words.</summary>
    public string? Description { get; init; }
}

internal sealed class InstrumentModuleConfigurationRules : AbstractValidator<InstrumentModuleConfiguration>
{
    public InstrumentModuleConfigurationRules()
    {
        RuleFor(c => c.Name).IsName();
        RuleFor(c => c.Settings).IsSettings();
        RuleFor(c => c.Description).IsText(10_000);
    }
}
