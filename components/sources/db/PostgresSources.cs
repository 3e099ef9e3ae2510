using OpsDb.Kernel;

namespace OpsDb.Sources.Db;

internal sealed class PostgresSources(IMergedReader reader) : ISources
{
    private const string Select =
        """
        select id, name, replace(type, '_', '') as type, ra_deg, dec_deg, v_lsr_km_s, naif_id, catalogue, comment,
               version, created_at, created_by, modified_at, modified_by, transaction_id
        from source
        """;

    public Task<Source?> FindAsync(int id, CancellationToken ct) => reader.FindAsync<Source>(Select, id, ct);

    public Task<Page<Source>> ListAsync(ListQuery<Source> query, CancellationToken ct) => reader.ListAsync(Select, query, ct);
}
