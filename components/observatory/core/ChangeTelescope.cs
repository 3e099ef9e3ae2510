using OpsDb.Kernel;

namespace OpsDb.Observatories;

/// <summary>Changes what is known of a telescope.</summary>
[Kind("telescopes.change")]
public sealed record ChangeTelescope(int Id, MergePatch<Telescope> Patch) : ICommand<Telescope>
{
    internal sealed class Handler(ITelescopes telescopes) : ICommandHandler<ChangeTelescope, Telescope>
    {
        public Task<Decision<Telescope>> Decide(ChangeTelescope command, CancellationToken ct) =>
            telescopes.PatchAsync(command.Id, command.Patch, ct);
    }
}
