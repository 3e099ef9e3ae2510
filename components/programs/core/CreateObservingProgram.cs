using OpsDb.Kernel;

namespace OpsDb.Programs;

/// <summary>A programme is made known.</summary>
public sealed record CreateObservingProgram(string ShortName, string Name, ProgramKind Kind) : ICreate<ObservingProgram>
{
    /// <summary>The person in charge.</summary>
    public string? Lead { get; init; }

    /// <summary>Telescope time, hours.</summary>
    public double? AllocatedHours { get; init; }

    public string? Description { get; init; }
}
