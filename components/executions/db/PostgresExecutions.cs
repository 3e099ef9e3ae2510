using Microsoft.Extensions.DependencyInjection;
using OpsDb.Kernel;

namespace OpsDb.Executions.Db;

internal sealed class PostgresExecutions(IMergedReader reader) : IExecutions
{
    private const string Select =
        """
        select id, obs_unit_id, status, start_time, end_time, mean_pwv_mm, mean_elevation_deg, quality, reason, comment,
               version, created_at, created_by, modified_at, modified_by, transaction_id
        from executed_obs_unit
        """;

    public Task<Execution?> FindAsync(Guid id, CancellationToken ct) => reader.FindAsync<Execution>(Select, id, ct);

    public Task<Page<Execution>> ListAsync(ListQuery<Execution> query, CancellationToken ct) => reader.ListAsync(Select, query, ct);
}

public static class ExecutionsDbRegistration
{
    public static IServiceCollection AddExecutionsDb(this IServiceCollection services) => services.AddScoped<IExecutions, PostgresExecutions>();
}
