using OpsDb.Kernel;

namespace OpsDb.Catalogue;

/// <summary>The files of a catalogue and their columns; a row names the rows it refers to.</summary>
public static class CatalogueLayouts
{
    public static TextLayout Observatories { get; } = new("observatories.csv", ["name", "description"]);

    public static TextLayout Telescopes { get; } = new("telescopes.csv", ["observatory", "name", "longitude_deg", "latitude_deg", "altitude_m"]);

    public static TextLayout Instruments { get; } = new("instruments.csv", ["telescope", "name", "instrument_type", "available", "description"]);

    public static TextLayout InstrumentModules { get; } =
        new("instrument_modules.csv", ["instrument", "name", "pixels", "frequency_min_ghz", "frequency_max_ghz", "available"]);

    public static TextLayout Programs { get; } = new("programs.csv", ["short_name", "name", "kind", "lead", "allocated_hours", "description"]);

    public static TextLayout Sources { get; } =
        new("sources.csv", ["name", "type", "ra_deg", "dec_deg", "v_lsr_km_s", "naif_id", "catalogue", "comment"])
        {
            Optional = ["pm_ra_mas_yr", "pm_dec_mas_yr", "epoch_jyear", "v_helio_km_s", "body", "az_min_deg", "az_max_deg", "elevation_deg"],
        };

    public static TextLayout ObsModes { get; } = new("obs_modes.csv", ["name", "description"]);

    public static TextLayout ObsUnits { get; } = new("obs_units.csv",
    [
        "name", "program", "source", "obs_mode", "instrument", "line_id", "priority", "requested_minutes",
        "min_elevation_deg", "max_elevation_deg", "max_pwv_mm", "available", "comment",
    ]);

    /// <summary>All of them.</summary>
    public static IReadOnlyList<TextLayout> All { get; } = [Observatories, Telescopes, Instruments, InstrumentModules, Programs, Sources, ObsModes, ObsUnits];
}
