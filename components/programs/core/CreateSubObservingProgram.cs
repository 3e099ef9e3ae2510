using OpsDb.Kernel;

namespace OpsDb.Programs;

/// <summary>A part of a programme is made known.</summary>
/// <param name="ShortName">Unique within the programme.</param>
/// <param name="Name">Unique within the programme.</param>
public sealed record CreateSubObservingProgram(int ObservingProgramId, string ShortName, string Name) : ICreate<SubObservingProgram>
{
    /// <summary>Telescope time, hours.</summary>
    public double? AllocatedHours { get; init; }

    public string? Description { get; init; }
}
