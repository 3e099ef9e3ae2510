using OpsDb.Kernel;

namespace OpsDb.Observatories.Db;

internal sealed class PostgresInstrumentModules(IMergedReader reader) : IInstrumentModules
{
    private const string Select =
        """
        select id, instrument_id, name, pixels, frequency_min_ghz, frequency_max_ghz, available,
               version, created_at, created_by, modified_at, modified_by, transaction_id
        from instrument_module
        """;

    public Task<InstrumentModule?> FindAsync(int id, CancellationToken ct) => reader.FindAsync<InstrumentModule>(Select, id, ct);

    public Task<Page<InstrumentModule>> ListAsync(ListQuery<InstrumentModule> query, CancellationToken ct) => reader.ListAsync(Select, query, ct);
}
