using OpsDb.Kernel;

namespace OpsDb.Sources;

/// <summary>A source is made known.</summary>
public sealed record CreateSource(string Name, SourceType Type) : ICreate<Source>
{
    private readonly int? naifId;
    private readonly SolarSystemBody? body;

    /// <summary>ICRS right ascension, degrees; needed for a fixed source.</summary>
    public double? RaDeg { get; init; }

    /// <summary>ICRS declination, degrees; needed for a fixed source.</summary>
    public double? DecDeg { get; init; }

    /// <summary>Radial velocity in the local standard of rest, km/s.</summary>
    public double? VLsrKmS { get; init; }

    /// <summary>NAIF integer code; needed for a solar-system body, unless <c>body</c> names it.</summary>
    public int? NaifId { get => naifId ?? (int?)body; init => naifId = value; }

    /// <summary>Where the position was published.</summary>
    public string? Catalogue { get; init; }

    public string? Comment { get; init; }

    /// <summary>Proper motion in right ascension times the cosine of the declination, mas a year.</summary>
    public double? PmRaMasYr { get; init; }

    /// <summary>Proper motion in declination, mas a year.</summary>
    public double? PmDecMasYr { get; init; }

    /// <summary>The Julian year of the position; needed with a proper motion.</summary>
    public double? EpochJyear { get; init; }

    /// <summary>Radial velocity relative to the barycentre of the solar system, km/s; instead of the one in the local standard of rest.</summary>
    public double? VHelioKmS { get; init; }

    /// <summary>A solar-system body by its name; follows from <c>naif_id</c> when that is given alone.</summary>
    public SolarSystemBody? Body { get => body ?? SolarSystemBodies.Of(naifId); init => body = value; }

    /// <summary>Where the azimuth range begins, degrees from north through east; needed for constant elevation.</summary>
    public double? AzMinDeg { get; init; }

    /// <summary>Where it ends; needed for constant elevation.</summary>
    public double? AzMaxDeg { get; init; }

    /// <summary>Degrees above the horizon; needed for constant elevation.</summary>
    public double? ElevationDeg { get; init; }
}
