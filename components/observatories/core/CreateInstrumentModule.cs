using OpsDb.Kernel;

namespace OpsDb.Observatories;

/// <summary>A module of an instrument is made known.</summary>
/// <param name="Name">Unique within the instrument.</param>
public sealed record CreateInstrumentModule(int InstrumentId, string Name) : ICreate<InstrumentModule>
{
    public int? Pixels { get; init; }

    /// <summary>Lower edge of the band or of the tuning range, GHz.</summary>
    public double? FrequencyMinGhz { get; init; }

    /// <summary>Upper edge of the band or of the tuning range, GHz.</summary>
    public double? FrequencyMaxGhz { get; init; }

    /// <summary>In service; read by the scheduler.</summary>
    public bool Available { get; init; } = true;
}
