using OpsDb.Kernel;

namespace OpsDb.Programs;

/// <summary>A programme is made known.</summary>
[Kind("programs.create")]
public sealed record CreateObservingProgram(string ShortName, string Name, ProgramKind Kind) : ICommand<ObservingProgram>
{
    /// <summary>The person in charge.</summary>
    public string? Lead { get; init; }

    /// <summary>Telescope time, hours.</summary>
    public double? AllocatedHours { get; init; }

    public string? Description { get; init; }

    internal sealed class Handler(IIdentities identities) : ICommandHandler<CreateObservingProgram, ObservingProgram>
    {
        public async Task<Decision<ObservingProgram>> Decide(CreateObservingProgram command, CancellationToken ct) =>
            Decision.Create(new ObservingProgram
            {
                Id = await identities.TakeAsync(ObservingProgram.Table, ct),
                ShortName = command.ShortName,
                Name = command.Name,
                Kind = command.Kind,
                Lead = command.Lead,
                AllocatedHours = command.AllocatedHours,
                Description = command.Description,
            });
    }
}
