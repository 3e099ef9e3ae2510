using OpsDb.Kernel;

namespace OpsDb.ObsUnits;

/// <summary>A way of observing is made known.</summary>
[Kind("obs_modes.create")]
public sealed record CreateObsMode(string Name) : ICommand<ObsMode>
{
    public string? Description { get; init; }

    internal sealed class Handler(IIdentities identities) : ICommandHandler<CreateObsMode, ObsMode>
    {
        public async Task<Decision<ObsMode>> Decide(CreateObsMode command, CancellationToken ct) =>
            Decision.Create(new ObsMode
            {
                Id = await identities.TakeAsync(ObsMode.Table, ct),
                Name = command.Name,
                Description = command.Description,
            });
    }
}
