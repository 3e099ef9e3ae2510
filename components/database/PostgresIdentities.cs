using OpsDb.Kernel;

namespace OpsDb.Database;

internal sealed class PostgresIdentities(Databases databases) : IIdentities
{
    public async Task<IReadOnlyList<int>> TakeAsync(Table table, int count, CancellationToken ct)
    {
        await using var main = await databases.MainAsync(ct);
        return await main.QueryAsync<int>(
            "select nextval(pg_get_serial_sequence(@table, 'id'))::int from generate_series(1, @count)", new { table = table.Name, count }, ct);
    }
}
