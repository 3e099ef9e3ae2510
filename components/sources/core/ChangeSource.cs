using OpsDb.Kernel;

namespace OpsDb.Sources;

/// <summary>Changes what is known of a source.</summary>
[Kind("sources.change")]
public sealed record ChangeSource(int Id, MergePatch<Source> Patch) : ICommand<Source>
{
    internal sealed class Handler(ISources sources) : ICommandHandler<ChangeSource, Source>
    {
        public Task<Decision<Source>> Decide(ChangeSource command, CancellationToken ct) =>
            sources.PatchAsync(command.Id, command.Patch, ct);
    }
}
