namespace OpsDb.Chaos;

/// <summary>Rows that the clients of one site know of and write.</summary>
internal sealed class Known
{
    public KnownRows Executions { get; } = new();

    public KnownRows Files { get; } = new();

    public KnownRows Packages { get; } = new();

    public KnownRows SetUps { get; } = new();

    public KnownRows Tokens { get; } = new();

    public IReadOnlyDictionary<Entity, KnownRows> Catalogue { get; } = Entity.Catalogue.ToDictionary(e => e, _ => new KnownRows());
}

/// <summary>What all clients of a run share.</summary>
/// <param name="Site">The processes of the secondary site.</param>
/// <param name="Pace">How long a client rests between two steps, on average.</param>
internal sealed record ClientWorld(IReadOnlyList<Api> Site, Api Main, History History, RunClock Clock, Tally Tally, TimeSpan Pace)
{
    public Known OfSite { get; } = new();

    public Known OfMain { get; } = new();

    /// <summary>Where instruments write, as JSON.</summary>
    public string SourceLocation { get; set; } = "";

    /// <summary>Obs units whose instrument has the module that instruments write with, as JSON; only read once clients run.</summary>
    public HashSet<string> FitUnits { get; } = [];

    /// <summary>Executions that are written at both sites.</summary>
    public KnownRows Contested { get; } = new(most: 60);
}
