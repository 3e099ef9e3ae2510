using OpsDb.Kernel;

namespace OpsDb.Observatories;

/// <summary>An institution with telescopes is made known.</summary>
[Kind("observatories.create")]
public sealed record CreateObservatory(string Name) : ICommand<Observatory>
{
    public string? Description { get; init; }

    internal sealed class Handler(IIdentities identities) : ICommandHandler<CreateObservatory, Observatory>
    {
        public async Task<Decision<Observatory>> Decide(CreateObservatory command, CancellationToken ct) =>
            Decision.Create(new Observatory
            {
                Id = await identities.TakeAsync(Observatory.Table, ct),
                Name = command.Name,
                Description = command.Description,
            });
    }
}
