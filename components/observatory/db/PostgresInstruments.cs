using OpsDb.Kernel;

namespace OpsDb.Observatories.Db;

internal sealed class PostgresInstruments(IMergedReader reader) : IInstruments
{
    private const string Select =
        """
        select id, telescope_id, name, instrument_type, available, description,
               version, created_at, created_by, modified_at, modified_by, transaction_id
        from instrument
        """;

    public Task<Instrument?> FindAsync(int id, CancellationToken ct) => reader.FindAsync<Instrument>(Select, id, ct);

    public Task<Page<Instrument>> ListAsync(ListQuery<Instrument> query, CancellationToken ct) => reader.ListAsync(Select, query, ct);
}
