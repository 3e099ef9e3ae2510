using OpsDb.Kernel;
using OpsDb.Observatories;

namespace OpsDb.ObsUnits;

/// <summary>A module that takes part in an obs unit, and how it is set up for it.</summary>
public sealed record ObsUnitModuleConfiguration : Row<int>, IRow<ObsUnitModuleConfiguration>
{
    public static Table<ObsUnitModuleConfiguration> Table { get; } = new("obs_unit_module_configuration")
    {
        Noun = "module configuration of an obs unit",
        Deletable = true,
        Filters =
        [
            Field.OneOf((ObsUnitModuleConfiguration c) => c.ObsUnitId, "of these obs units"),
            Field.OneOf((ObsUnitModuleConfiguration c) => c.InstrumentModuleConfigurationId, "with these module configurations"),
        ],
        Sorts = [Field.Sort((ObsUnitModuleConfiguration c) => c.ObsUnitId)],
        References =
        [
            Field.Refers<ObsUnitModuleConfiguration, ObsUnit, int>(c => c.ObsUnitId),
            Field.Refers<ObsUnitModuleConfiguration, InstrumentModuleConfiguration, int>(c => c.InstrumentModuleConfigurationId),
        ],
        Patchable = ["is_primary"],
    };

    /// <summary>The obs unit.</summary>
    /// <example>17</example>
    public required int ObsUnitId { get; init; }

    /// <summary>The module, of the unit's instrument, and how it is set up; once in each unit.</summary>
    /// <example>1</example>
    public required int InstrumentModuleConfigurationId { get; init; }

    /// <summary>The one that the observation is made for; at most one in each unit.</summary>
    /// <example>true</example>
    public bool IsPrimary { get; init; }
}

/// <summary>A unit is observed with modules of its own instrument.</summary>
internal sealed class ObsUnitModuleConfigurationCheck(
    IReader<ObsUnit, int> units, IReader<InstrumentModuleConfiguration, int> ways, IReader<InstrumentModule, int> modules)
    : IRowCheck<ObsUnitModuleConfiguration>
{
    public async Task CheckAsync(ObsUnitModuleConfiguration? before, ObsUnitModuleConfiguration after, FieldErrors errors, CancellationToken ct)
    {
        if (before is not null)
            return;
        var unit = await units.GetAsync(after.ObsUnitId, ct);
        var module = await modules.GetAsync((await ways.GetAsync(after.InstrumentModuleConfigurationId, ct)).InstrumentModuleId, ct);
        if (module.InstrumentId != unit.InstrumentId)
            errors.Add("instrument_module_configuration_id", $"is of the instrument {module.InstrumentId}, and the unit is of {unit.InstrumentId}");
    }
}
