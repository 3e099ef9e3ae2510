using OpsDb.Kernel;

namespace OpsDb.Programs;

/// <summary>A programme is made known.</summary>
public sealed record CreateObservingProgram(string ShortName, string Name, ProgramKind Kind) : ICreate<ObservingProgram>
{
    /// <summary>The person in charge.</summary>
    public string? Lead { get; init; }

    /// <summary>Telescope time, hours.</summary>
    public double? AllocatedHours { get; init; }

    /// <summary>How many days after its end an execution is the programme's own, 0 to 36500; null for always.</summary>
    public int? ProprietaryDays { get; init; }

    public string? Description { get; init; }
}
