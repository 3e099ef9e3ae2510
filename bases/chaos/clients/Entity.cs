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

    public static Entity Files { get; } = new("raw_data_files", "/api/v1/raw-data-files", "raw_data_file") { Bytes = ["checksum"] };

    public static Entity Packages { get; } = new("raw_data_packages", "/api/v1/raw-data-packages", "raw_data_package");

    public static IReadOnlyList<Entity> All { get; } = [Executions, Files, Packages, Sources, ObsUnits, Programs];

    /// <summary>Columns of bytes, which answers have as hexadecimal digits.</summary>
    public IReadOnlyList<string> Bytes { get; init; } = [];

    /// <summary>Those that are there before the run, and are written on main only.</summary>
    public static IReadOnlyList<Entity> Catalogue { get; } = [Sources, ObsUnits, Programs];
}
