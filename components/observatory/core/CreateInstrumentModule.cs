using OpsDb.Kernel;

namespace OpsDb.Observatories;

/// <summary>A module of an instrument is made known.</summary>
/// <param name="Name">Unique within the instrument.</param>
[Kind("instrument_modules.create")]
public sealed record CreateInstrumentModule(int InstrumentId, string Name) : ICommand<InstrumentModule>
{
    public int? Pixels { get; init; }

    /// <summary>Lower edge of the band or of the tuning range, GHz.</summary>
    public double? FrequencyMinGhz { get; init; }

    /// <summary>Upper edge of the band or of the tuning range, GHz.</summary>
    public double? FrequencyMaxGhz { get; init; }

    /// <summary>In service; read by the scheduler.</summary>
    public bool Available { get; init; } = true;

    internal sealed class Handler(IInstruments instruments, IIdentities identities) : ICommandHandler<CreateInstrumentModule, InstrumentModule>
    {
        public async Task<Decision<InstrumentModule>> Decide(CreateInstrumentModule command, CancellationToken ct)
        {
            await instruments.RequireAsync(command.InstrumentId, "instrument_id", ct);
            return Decision.Create(new InstrumentModule
            {
                Id = await identities.TakeAsync(InstrumentModule.Table, ct),
                InstrumentId = command.InstrumentId,
                Name = command.Name,
                Pixels = command.Pixels,
                FrequencyMinGhz = command.FrequencyMinGhz,
                FrequencyMaxGhz = command.FrequencyMaxGhz,
                Available = command.Available,
            });
        }
    }
}
