using OpsDb.Kernel;

namespace OpsDb.Sources;

/// <summary>A source is made known.</summary>
public sealed record CreateSource(string Name, SourceType Type) : ICreate<Source>
{
    /// <summary>ICRS right ascension, degrees; needed for a fixed source.</summary>
    public double? RaDeg { get; init; }

    /// <summary>ICRS declination, degrees; needed for a fixed source.</summary>
    public double? DecDeg { get; init; }

    /// <summary>Radial velocity in the local standard of rest, km/s.</summary>
    public double? VLsrKmS { get; init; }

    /// <summary>NAIF integer code; needed for a solar-system body.</summary>
    public int? NaifId { get; init; }

    /// <summary>Where the position was published.</summary>
    public string? Catalogue { get; init; }

    public string? Comment { get; init; }
}
