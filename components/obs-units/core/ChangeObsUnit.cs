using OpsDb.Kernel;

namespace OpsDb.ObsUnits;

/// <summary>Changes what is known of an obs unit.</summary>
[Kind("obs_units.change")]
public sealed record ChangeObsUnit(int Id, MergePatch<ObsUnit> Patch) : ICommand<ObsUnit>
{
    internal sealed class Handler(IObsUnits obsUnits) : ICommandHandler<ChangeObsUnit, ObsUnit>
    {
        public Task<Decision<ObsUnit>> Decide(ChangeObsUnit command, CancellationToken ct) =>
            obsUnits.PatchAsync(command.Id, command.Patch, ct);
    }
}
