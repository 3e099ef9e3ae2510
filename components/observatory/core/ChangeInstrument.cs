using OpsDb.Kernel;

namespace OpsDb.Observatories;

/// <summary>Changes what is known of an instrument.</summary>
[Kind("instruments.change")]
public sealed record ChangeInstrument(int Id, MergePatch<Instrument> Patch) : ICommand<Instrument>
{
    internal sealed class Handler(IInstruments instruments) : ICommandHandler<ChangeInstrument, Instrument>
    {
        public Task<Decision<Instrument>> Decide(ChangeInstrument command, CancellationToken ct) =>
            instruments.PatchAsync(command.Id, command.Patch, ct);
    }
}
