using OpsDb.Kernel;

namespace OpsDb.Observatories;

/// <summary>An instrument of a telescope is made known.</summary>
public sealed record CreateInstrument(int TelescopeId, string Name) : ICreate<Instrument>
{
    /// <summary>For example <c>heterodyne_array</c>.</summary>
    public string? InstrumentType { get; init; }

    /// <summary>In service; read by the scheduler.</summary>
    public bool Available { get; init; } = true;

    public string? Description { get; init; }
}
