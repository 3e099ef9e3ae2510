namespace OpsDb.Sources;

/// <summary>Relative to what a radial velocity is.</summary>
public enum VelocityFrame
{
    /// <summary>The local standard of rest.</summary>
    Lsr,

    /// <summary>The barycentre of the solar system.</summary>
    Helio,
}

/// <summary>What a card shows of a source. Of position, velocity, body and range of azimuth it has those that its type has.</summary>
/// <param name="Id">Of the source.</param>
/// <param name="Name">Unique.<example>Orion KL</example></param>
/// <param name="Type">What gives it its position.</param>
/// <param name="RaDeg">ICRS right ascension, degrees.</param>
/// <param name="DecDeg">ICRS declination, degrees.</param>
/// <param name="Ra">The right ascension in hours, minutes and seconds.<example>05:35:14.496</example></param>
/// <param name="Dec">The declination in degrees, minutes and seconds.<example>-05:22:31.08</example></param>
/// <param name="VelocityKmS">Radial velocity, km/s.<example>9</example></param>
/// <param name="VelocityFrame">Relative to what.<example>lsr</example></param>
/// <param name="Body">Of the solar system.</param>
/// <param name="NaifId">NAIF integer code of a solar-system body.</param>
/// <param name="AzMinDeg">Where the azimuth range begins, degrees from north through east.</param>
/// <param name="AzMaxDeg">Where it ends.</param>
/// <param name="ElevationDeg">Degrees above the horizon.</param>
public sealed record SourceChip(
    int Id, string Name, SourceType Type, double? RaDeg, double? DecDeg, string? Ra, string? Dec, double? VelocityKmS, VelocityFrame? VelocityFrame,
    SolarSystemBody? Body, int? NaifId, double? AzMinDeg, double? AzMaxDeg, double? ElevationDeg)
{
    public static SourceChip Of(Source source) => new(source.Id, source.Name, source.Type, source.RaDeg, source.DecDeg,
        source.RaDeg is { } ra ? Sexagesimal.Hours(ra) : null, source.DecDeg is { } dec ? Sexagesimal.Degrees(dec) : null,
        source.VLsrKmS ?? source.VHelioKmS,
        source.VLsrKmS is not null ? Sources.VelocityFrame.Lsr : source.VHelioKmS is not null ? Sources.VelocityFrame.Helio : null,
        source.Body ?? SolarSystemBodies.Of(source.NaifId), source.NaifId, source.AzMinDeg, source.AzMaxDeg, source.ElevationDeg);
}
