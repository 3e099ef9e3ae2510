using OpsDb.Kernel;
using OpsDb.Observatories;
using OpsDb.ObsUnits;
using OpsDb.Programs;
using OpsDb.Sources;
using OpsDb.Users;

namespace OpsDb.Catalogue;

/// <summary>The files of a catalogue and their columns; a row names the rows it refers to.</summary>
public static class CatalogueLayouts
{
    private static readonly FileLink
        Instrument = new("instrument_id", Observatories.Instrument.Table, ["instrument"]),
        Program = new("observing_program_id", ObservingProgram.Table, ["program"]),
        Unit = new("obs_unit_id", ObsUnit.Table, ["obs_unit"]);

    internal static IReadOnlyList<CatalogueForm> Forms { get; } =
    [
        new CatalogueForm<Observatory>("observatories.csv", ["name"]),
        new CatalogueForm<Telescope>("telescopes.csv", ["name"], new FileLink("observatory_id", Observatory.Table, ["observatory"])),
        new CatalogueForm<Instrument>("instruments.csv", ["name"], new FileLink("telescope_id", Telescope.Table, ["telescope"])),
        new CatalogueForm<InstrumentModule>("instrument_modules.csv", ["instrument", "name"], Instrument),
        new CatalogueForm<ConfigSchema>("config_schemas.csv", ["kind", "type", "schema_version"]) { MayBeMissing = true, Unchanging = ["schema"] },
        new CatalogueForm<InstrumentModuleConfiguration>("module_configurations.csv", ["instrument", "module", "name"],
            new FileLink("instrument_module_id", InstrumentModule.Table, ["instrument", "module"]), Schema(ConfigKind.Module)) { MayBeMissing = true },
        new CatalogueForm<ObservingProgram>("programs.csv", ["short_name"]) { Unique = ["name"] },
        new CatalogueForm<SubObservingProgram>("sub_programs.csv", ["program", "short_name"], Program)
        {
            MayBeMissing = true, Unique = ["observing_program_id", "name"],
        },
        new CatalogueForm<UserGroup>("groups.csv", ["name"]) { MayBeMissing = true },
        new CatalogueForm<ProgramMember>("program_members.csv", ["program", "user_name", "group"],
            Program, new FileLink("user_group_id", UserGroup.Table, ["group"])) { MayBeMissing = true },
        new CatalogueForm<Source>("sources.csv", ["name"]) { Completed = WithBody },
        new CatalogueForm<ObsMode>("obs_modes.csv", ["name"]),
        new CatalogueForm<ObservationConfiguration>("observation_configurations.csv", ["name"], Schema(ConfigKind.Observation)) { MayBeMissing = true },
        new CatalogueForm<ObsUnit>("obs_units.csv", ["name"],
            Program,
            new FileLink("sub_observing_program_id", SubObservingProgram.Table, ["program", "sub_program"]),
            new FileLink("source_id", Source.Table, ["source"]),
            new FileLink("obs_mode_id", ObsMode.Table, ["obs_mode"]),
            Instrument,
            new FileLink("observation_configuration_id", ObservationConfiguration.Table, ["observation_configuration"])),
        new CatalogueForm<ObsUnitModuleConfiguration>("obs_unit_module_configurations.csv", ["obs_unit", "instrument", "module", "module_configuration"],
            Unit,
            new FileLink("instrument_module_configuration_id", InstrumentModuleConfiguration.Table, ["instrument", "module", "module_configuration"]))
        { MayBeMissing = true },
        new CatalogueForm<PreScheduledSlot>("pre_scheduled_slots.csv", ["telescope", "start_time"],
            Unit, new FileLink("telescope_id", Telescope.Table, ["telescope"])) { MayBeMissing = true },
    ];

    /// <summary>All of them, in the order in which they refer to each other.</summary>
    public static IReadOnlyList<TextLayout> All { get; } = [.. Forms.Select(f => f.Layout)];

    private static FileLink Schema(ConfigKind kind) => new("config_schema_id", ConfigSchema.Table, ["schema_type", "schema_version"], EnumText.Of(kind));

    /// <summary>A body is named by its name or by its number, and one of them tells the other.</summary>
    private static Source WithBody(Source row, Func<string, bool> says)
    {
        var body = says("body") ? row.Body : null;
        var number = says("naif_id") || body is null ? row.NaifId : null;
        return row with { NaifId = number ?? (int?)body, Body = body ?? SolarSystemBodies.Of(number) };
    }
}
