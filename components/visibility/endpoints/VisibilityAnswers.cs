using OpsDb.Observatories;

namespace OpsDb.Visibility.Endpoints;

/// <summary>From where something is seen.</summary>
/// <param name="ObservatoryId">The observatory.<example>1</example></param>
/// <param name="TelescopeId">The first of its telescopes, whose place it is.<example>1</example></param>
/// <param name="LatitudeDeg">Geodetic, degrees, north positive.<example>-23</example></param>
/// <param name="LongitudeDeg">Geodetic, degrees, east positive.<example>-67.7</example></param>
/// <param name="AltitudeM">Metres above mean sea level.<example>5600</example></param>
public sealed record SeenFrom(int ObservatoryId, int TelescopeId, double LatitudeDeg, double LongitudeDeg, double AltitudeM)
{
    internal static SeenFrom Of(Telescope telescope) =>
        new(telescope.ObservatoryId, telescope.Id, telescope.LatitudeDeg, telescope.LongitudeDeg, telescope.AltitudeM);
}

/// <summary>What somebody is told who wants visibility calculated ahead.</summary>
/// <param name="Status">Always <c>not_needed</c>.<example>not_needed</example></param>
/// <param name="Detail">Why.<example>Every answer is calculated when it is asked for.</example></param>
public sealed record NothingToPrecalculate(string Status, string Detail);

/// <summary>A night of a place: the Sun, the twilights and the Moon.</summary>
/// <param name="Place">From where it is seen.</param>
/// <param name="Night">The night.</param>
public sealed record NightAnswer(SeenFrom Place, Night Night);

/// <summary>A source through a night.</summary>
/// <param name="SourceId">The source.<example>7</example></param>
/// <param name="SourceName">Its name.<example>Orion KL</example></param>
/// <param name="Place">From where it is seen.</param>
/// <param name="Night">The night.</param>
/// <param name="Passage">The source's passage over the sky that is nearest to the middle of the night.</param>
/// <param name="Samples">Where it is, from noon to noon.</param>
public sealed record SourceNightAnswer(
    int SourceId, string SourceName, SeenFrom Place, Night Night, Passage Passage, IReadOnlyList<Sighting> Samples);

/// <summary>A source through a season.</summary>
/// <param name="SourceId">The source.<example>7</example></param>
/// <param name="SourceName">Its name.<example>Orion KL</example></param>
/// <param name="Place">From where it is seen.</param>
/// <param name="MinElevationDeg">How high the source has to be, degrees.<example>30</example></param>
/// <param name="MaxSunAltitudeDeg">How high the Sun may be, degrees.<example>-18</example></param>
/// <param name="HoursFromMidnight">Of each column, hours since the midnight of the mean Sun at the place, -12 to 12.</param>
/// <param name="Nights">Night after night.</param>
public sealed record HeatMapAnswer(int SourceId, string SourceName, SeenFrom Place, double MinElevationDeg, double MaxSunAltitudeDeg,
    IReadOnlyList<double> HoursFromMidnight, IReadOnlyList<HeatMapNight> Nights);
