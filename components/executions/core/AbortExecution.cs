using System.Text.Json.Serialization;
using OpsDb.Kernel;

namespace OpsDb.Executions;

/// <summary>Somebody stopped the execution. Must never be lost.</summary>
/// <param name="Reason">Why.</param>
[Critical("executions.abort")]
public sealed record AbortExecution(string Reason) : ICommand<Execution>
{
    [JsonIgnore]
    public Guid Id { get; init; }

    /// <summary>UTC; now when absent, or the start where the clock shows less.</summary>
    public DateTimeOffset? EndTime { get; init; }

    internal sealed class Handler(IReader<Execution, Guid> executions, TimeProvider time) : ICommandHandler<AbortExecution, Execution>
    {
        public async Task<Decision<Execution>> Decide(AbortExecution command, CancellationToken ct)
        {
            var running = await executions.GetAsync(command.Id, ct);
            return Decision.Update(running, running.End(ExecutionStatus.Aborted, command.EndTime, time.GetUtcNow(), command.Reason), e => e.StartTime);
        }
    }
}
