namespace OpsDb.Chaos;

/// <summary>A kind of rows that clients write.</summary>
/// <param name="Name">In the history.</param>
/// <param name="Path">In the API.</param>
/// <param name="Table">In the databases.</param>
internal sealed record Entity(string Name, string Path, string Table)
{
    public static Entity Executions { get; } = new("executions", "/api/v1/executions", "executed_obs_unit");

    public static Entity Sources { get; } = new("sources", "/api/v1/sources", "source");

    public static Entity ObsUnits { get; } = new("obs_units", "/api/v1/obs-units", "obs_unit");

    public static Entity Programs { get; } = new("programs", "/api/v1/programs", "observing_program");

    public static Entity Files { get; } = new("raw_data_files", "/api/v1/raw-data-files", "raw_data_file")
    {
        Bytes = ["checksum"],
        By = ["executed_obs_unit_id", "source_location_id", "relative_path"],
    };

    public static Entity Packages { get; } = new("raw_data_packages", "/api/v1/raw-data-packages", "raw_data_package")
    {
        Bytes = ["checksum"],
        By = ["executed_obs_unit_id", "instrument_module_id", "part_number"],
    };

    /// <summary>There before the run; a site says of them whether they are in service.</summary>
    public static Entity Instruments { get; } = new("instruments", "/api/v1/instruments", "instrument");

    public static Entity SetUps { get; } = new("instrument_configurations", "/api/v1/instrument-configurations", "instrument_configuration");

    public static Entity Readings { get; } = new("environment", "/api/v1/environment", "environment_reading")
    {
        By = ["telescope_id", "sensor", "measured_at"],
    };

    /// <summary>Made at main, revoked at the site.</summary>
    public static Entity Tokens { get; } = new("tokens", "/api/v1/tokens", "api_token");

    public static IReadOnlyList<Entity> All { get; } =
        [Executions, Files, Packages, Sources, ObsUnits, Programs, Instruments, SetUps, Readings, Tokens];

    /// <summary>Columns of bytes, which answers have as hexadecimal digits.</summary>
    public IReadOnlyList<string> Bytes { get; init; } = [];

    /// <summary>Fields that name a row: whoever creates it again means the same one.</summary>
    public IReadOnlyList<string> By { get; init; } = [];

    /// <summary>The same as part of a write in the history; empty where there are none.</summary>
    public string Naming => By.Count == 0 ? "" : $",\"by\":[{string.Join(',', By.Select(Fields.Text))}]";

    /// <summary>Those that calls write many rows of, whose answers do not tell each version.</summary>
    public static IReadOnlyList<Entity> WrittenByMany { get; } = [Files, Packages, Readings];

    /// <summary>Those that planners write, on main only.</summary>
    public static IReadOnlyList<Entity> Catalogue { get; } = [Sources, ObsUnits, Programs];

    /// <summary>Those that are there before the run.</summary>
    public static IReadOnlyList<Entity> Preexisting { get; } = [.. Catalogue, Instruments, Tokens];
}
