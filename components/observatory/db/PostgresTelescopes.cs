using OpsDb.Kernel;

namespace OpsDb.Observatories.Db;

internal sealed class PostgresTelescopes(IMergedReader reader) : ITelescopes
{
    private const string Select =
        """
        select id, observatory_id, name, longitude_deg, latitude_deg, altitude_m,
               version, created_at, created_by, modified_at, modified_by, transaction_id
        from telescope
        """;

    public Task<Telescope?> FindAsync(int id, CancellationToken ct) => reader.FindAsync<Telescope>(Select, id, ct);

    public Task<Page<Telescope>> ListAsync(ListQuery<Telescope> query, CancellationToken ct) => reader.ListAsync(Select, query, ct);
}
