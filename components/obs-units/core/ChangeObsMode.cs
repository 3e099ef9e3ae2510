using OpsDb.Kernel;

namespace OpsDb.ObsUnits;

/// <summary>Changes what is known of an observing mode.</summary>
[Kind("obs_modes.change")]
public sealed record ChangeObsMode(int Id, MergePatch<ObsMode> Patch) : ICommand<ObsMode>
{
    internal sealed class Handler(IObsModes obsModes) : ICommandHandler<ChangeObsMode, ObsMode>
    {
        public Task<Decision<ObsMode>> Decide(ChangeObsMode command, CancellationToken ct) =>
            obsModes.PatchAsync(command.Id, command.Patch, ct);
    }
}
