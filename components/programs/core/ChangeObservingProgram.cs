using OpsDb.Kernel;

namespace OpsDb.Programs;

/// <summary>Changes what is known of an observing program.</summary>
[Kind("programs.change")]
public sealed record ChangeObservingProgram(int Id, MergePatch<ObservingProgram> Patch) : ICommand<ObservingProgram>
{
    internal sealed class Handler(IObservingPrograms observingPrograms) : ICommandHandler<ChangeObservingProgram, ObservingProgram>
    {
        public Task<Decision<ObservingProgram>> Decide(ChangeObservingProgram command, CancellationToken ct) =>
            observingPrograms.PatchAsync(command.Id, command.Patch, ct);
    }
}
