using OpsDb.Kernel;

namespace OpsDb.Observatories;

/// <summary>Changes what is known of an instrument module.</summary>
[Kind("instrument_modules.change")]
public sealed record ChangeInstrumentModule(int Id, MergePatch<InstrumentModule> Patch) : ICommand<InstrumentModule>
{
    internal sealed class Handler(IInstrumentModules instrumentModules) : ICommandHandler<ChangeInstrumentModule, InstrumentModule>
    {
        public Task<Decision<InstrumentModule>> Decide(ChangeInstrumentModule command, CancellationToken ct) =>
            instrumentModules.PatchAsync(command.Id, command.Patch, ct);
    }
}
