using OpsDb.Kernel;
using OpsDb.Observatories;

namespace OpsDb.ObsUnits;

/// <summary>A module that takes part in an obs unit, and how it is set up for it.</summary>
public sealed record ObsUnitModuleConfiguration : Row<int>, IRow<ObsUnitModuleConfiguration>
{
    public static Table<ObsUnitModuleConfiguration> Table { get; } = new("obs_unit_module_configuration")
    {
        SeenWith = [Field.With((ObsUnitModuleConfiguration c) => c.ObsUnitId, ObsUnit.Table)],
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
internal sealed class ObsUnitModuleConfigurationCheck : IRowCheck<ObsUnitModuleConfiguration>
{
    public async Task CheckAsync(
        IReadOnlyList<ObsUnitModuleConfiguration> rows, IRowsByKey others, Action<int, string, string> wrong, CancellationToken ct)
    {
        var of = await others.FindManyAsync<ObsUnit, int>([.. rows.Select(r => r.ObsUnitId).Distinct()], ct);
        var named = await others.FindManyAsync<InstrumentModuleConfiguration, int>([.. rows.Select(r => r.InstrumentModuleConfigurationId).Distinct()], ct);
        var parts = await others.FindManyAsync<InstrumentModule, int>([.. named.Values.Select(w => w.InstrumentModuleId).Distinct()], ct);
        foreach (var (n, row) in rows.Index())
        {
            var (unit, module) = (of[row.ObsUnitId], parts[named[row.InstrumentModuleConfigurationId].InstrumentModuleId]);
            if (module.InstrumentId != unit.InstrumentId)
                wrong(n, "instrument_module_configuration_id", "is of a module of another instrument than the unit");
        }
    }
}
