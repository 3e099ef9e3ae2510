using OpsDb.Kernel;

namespace OpsDb.Programs.Db;

internal sealed class PostgresObservingPrograms(IMergedReader reader) : IObservingPrograms
{
    private const string Select =
        """
        select id, short_name, name, kind, lead, allocated_hours, description,
               version, created_at, created_by, modified_at, modified_by, transaction_id
        from observing_program
        """;

    public Task<ObservingProgram?> FindAsync(int id, CancellationToken ct) => reader.FindAsync<ObservingProgram>(Select, id, ct);

    public Task<Page<ObservingProgram>> ListAsync(ListQuery<ObservingProgram> query, CancellationToken ct) => reader.ListAsync(Select, query, ct);
}
