using OpsDb.Kernel;

namespace OpsDb.Observatories;

/// <summary>Changes what is known of an observatory.</summary>
[Kind("observatories.change")]
public sealed record ChangeObservatory(int Id, MergePatch<Observatory> Patch) : ICommand<Observatory>
{
    internal sealed class Handler(IObservatories observatories) : ICommandHandler<ChangeObservatory, Observatory>
    {
        public Task<Decision<Observatory>> Decide(ChangeObservatory command, CancellationToken ct) =>
            observatories.PatchAsync(command.Id, command.Patch, ct);
    }
}
