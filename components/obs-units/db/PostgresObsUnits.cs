using OpsDb.Kernel;

namespace OpsDb.ObsUnits.Db;

internal sealed class PostgresObsUnits(IMergedReader reader) : IObsUnits
{
    private const string Select =
        """
        select id, name, observing_program_id, source_id, obs_mode_id, instrument_id, line_id, priority, requested_minutes,
               min_elevation_deg, max_elevation_deg, max_pwv_mm, available, comment,
               version, created_at, created_by, modified_at, modified_by, transaction_id
        from obs_unit
        """;

    public Task<ObsUnit?> FindAsync(int id, CancellationToken ct) => reader.FindAsync<ObsUnit>(Select, id, ct);

    public Task<Page<ObsUnit>> ListAsync(ListQuery<ObsUnit> query, CancellationToken ct) => reader.ListAsync(Select, query, ct);
}
