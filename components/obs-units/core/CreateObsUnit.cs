using OpsDb.Kernel;

namespace OpsDb.ObsUnits;

/// <summary>An observation is planned.</summary>
public sealed record CreateObsUnit(string Name, int ObservingProgramId, int SourceId, int ObsModeId, int InstrumentId, int Priority) : ICreate<ObsUnit>
{
    /// <summary>The spectral line; absent for continuum.</summary>
    public string? LineId { get; init; }

    public int? RequestedMinutes { get; init; }

    public double? MinElevationDeg { get; init; }

    public double? MaxElevationDeg { get; init; }

    /// <summary>Precipitable water vapour above which it should not be observed, mm.</summary>
    public double? MaxPwvMm { get; init; }

    /// <summary>Whether it may be scheduled.</summary>
    public bool Available { get; init; } = true;

    public string? Comment { get; init; }
}
