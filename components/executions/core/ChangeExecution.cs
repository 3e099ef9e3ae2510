using OpsDb.Kernel;

namespace OpsDb.Executions;

/// <summary>Somebody corrects what is known of an execution: conditions, quality, comment. Must never be lost.</summary>
[Critical("executions.change", MayWait = true)]
public sealed record ChangeExecution(Guid Id, MergePatch<Execution> Patch) : ICommand<Execution>
{
    internal sealed class Handler(IExecutions executions) : ICommandHandler<ChangeExecution, Execution>
    {
        public async Task<Decision<Execution>> Decide(ChangeExecution command, CancellationToken ct)
        {
            var before = await executions.GetAsync(command.Id, ct);
            return Decision.Update(before, command.Patch.Apply(before));
        }
    }
}
