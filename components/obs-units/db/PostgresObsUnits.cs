using Microsoft.Extensions.DependencyInjection;
using OpsDb.Kernel;

namespace OpsDb.ObsUnits.Db;

internal sealed class PostgresObsUnits(IMergedReader reader) : IObsUnits
{
    private const string Select = "select id, version, created_at, created_by, modified_at, modified_by, transaction_id from obs_unit";

    public Task<ObsUnit?> FindAsync(int id, CancellationToken ct) => reader.FindAsync<ObsUnit>(Select, id, ct);

    public Task<Page<ObsUnit>> ListAsync(ListQuery<ObsUnit> query, CancellationToken ct) => reader.ListAsync(Select, query, ct);
}

public static class ObsUnitsDbRegistration
{
    public static IServiceCollection AddObsUnitsDb(this IServiceCollection services) => services.AddScoped<IObsUnits, PostgresObsUnits>();
}
