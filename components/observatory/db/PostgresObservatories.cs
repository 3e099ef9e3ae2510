using OpsDb.Kernel;

namespace OpsDb.Observatories.Db;

internal sealed class PostgresObservatories(IMergedReader reader) : IObservatories
{
    private const string Select =
        """
        select id, name, description,
               version, created_at, created_by, modified_at, modified_by, transaction_id
        from observatory
        """;

    public Task<Observatory?> FindAsync(int id, CancellationToken ct) => reader.FindAsync<Observatory>(Select, id, ct);

    public Task<Page<Observatory>> ListAsync(ListQuery<Observatory> query, CancellationToken ct) => reader.ListAsync(Select, query, ct);
}
