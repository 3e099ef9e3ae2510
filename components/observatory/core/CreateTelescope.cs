using OpsDb.Kernel;

namespace OpsDb.Observatories;

/// <summary>A telescope is made known.</summary>
[Kind("telescopes.create")]
public sealed record CreateTelescope(int ObservatoryId, string Name, double LongitudeDeg, double LatitudeDeg, double AltitudeM) : ICommand<Telescope>
{
    internal sealed class Handler(IObservatories observatories, IIdentities identities) : ICommandHandler<CreateTelescope, Telescope>
    {
        public async Task<Decision<Telescope>> Decide(CreateTelescope command, CancellationToken ct)
        {
            await observatories.RequireAsync(command.ObservatoryId, "observatory_id", ct);
            return Decision.Create(new Telescope
            {
                Id = await identities.TakeAsync(Telescope.Table, ct),
                ObservatoryId = command.ObservatoryId,
                Name = command.Name,
                LongitudeDeg = command.LongitudeDeg,
                LatitudeDeg = command.LatitudeDeg,
                AltitudeM = command.AltitudeM,
            });
        }
    }
}
