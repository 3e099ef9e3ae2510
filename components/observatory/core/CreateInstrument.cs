using OpsDb.Kernel;

namespace OpsDb.Observatories;

/// <summary>An instrument of a telescope is made known.</summary>
[Kind("instruments.create")]
public sealed record CreateInstrument(int TelescopeId, string Name) : ICommand<Instrument>
{
    /// <summary>For example <c>heterodyne_array</c>.</summary>
    public string? InstrumentType { get; init; }

    /// <summary>In service; read by the scheduler.</summary>
    public bool Available { get; init; } = true;

    public string? Description { get; init; }

    internal sealed class Handler(ITelescopes telescopes, IIdentities identities) : ICommandHandler<CreateInstrument, Instrument>
    {
        public async Task<Decision<Instrument>> Decide(CreateInstrument command, CancellationToken ct)
        {
            await telescopes.RequireAsync(command.TelescopeId, "telescope_id", ct);
            return Decision.Create(new Instrument
            {
                Id = await identities.TakeAsync(Instrument.Table, ct),
                TelescopeId = command.TelescopeId,
                Name = command.Name,
                InstrumentType = command.InstrumentType,
                Available = command.Available,
                Description = command.Description,
            });
        }
    }
}
