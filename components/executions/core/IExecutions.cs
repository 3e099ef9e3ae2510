using OpsDb.Kernel;

namespace OpsDb.Executions;

/// <summary>Reads executions as this site sees them, pending ones included.</summary>
public interface IExecutions
{
    Task<Execution?> FindAsync(Guid id, CancellationToken ct);

    Task<Page<Execution>> ListAsync(ListQuery<Execution> query, CancellationToken ct);
}

internal static class ExecutionsPort
{
    /// <exception cref="DomainException">not-found.</exception>
    public static async Task<Execution> GetAsync(this IExecutions executions, Guid id, CancellationToken ct) =>
        await executions.FindAsync(id, ct) ?? throw new DomainException(Problems.NotFound, $"There is no execution {id}.");
}
