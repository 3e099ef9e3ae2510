using OpsDb.Kernel;

namespace OpsDb.ObsUnits.Db;

internal sealed class PostgresObsModes(IMergedReader reader) : IObsModes
{
    private const string Select =
        """
        select id, name, description,
               version, created_at, created_by, modified_at, modified_by, transaction_id
        from obs_mode
        """;

    public Task<ObsMode?> FindAsync(int id, CancellationToken ct) => reader.FindAsync<ObsMode>(Select, id, ct);

    public Task<Page<ObsMode>> ListAsync(ListQuery<ObsMode> query, CancellationToken ct) => reader.ListAsync(Select, query, ct);
}
