namespace OpsDb.Visibility;

/// <summary>A night and its darkness: from one noon to the next, of the mean Sun at the place.</summary>
public sealed record Night
{
    /// <summary>The local date of its evening.</summary>
    /// <example>2026-11-27</example>
    public required DateOnly Date { get; init; }

    /// <summary>Its first noon.</summary>
    /// <example>2026-11-27T16:30:58Z</example>
    public required DateTimeOffset Begin { get; init; }

    /// <summary>Its second noon.</summary>
    /// <example>2026-11-28T16:30:58Z</example>
    public required DateTimeOffset End { get; init; }

    /// <summary>From sunset to sunrise: the Sun's centre is below -50′.</summary>
    public required DarkTime Sun { get; init; }

    /// <summary>From the end to the beginning of civil twilight: the Sun's centre is below -6°, without refraction.</summary>
    public required DarkTime Civil { get; init; }

    /// <summary>From the end to the beginning of nautical twilight: the Sun's centre is below -12°.</summary>
    public required DarkTime Nautical { get; init; }

    /// <summary>From the end to the beginning of astronomical twilight: the Sun's centre is below -18°.</summary>
    public required DarkTime Astronomical { get; init; }

    /// <summary>The Moon's passage nearest to the middle of the night.</summary>
    public required Passage Moon { get; init; }

    /// <summary>The share of the Moon's disc that is lit in the middle of the night.</summary>
    /// <example>0.83</example>
    public required double MoonIlluminatedFraction { get; init; }
}

/// <summary>A target through a night.</summary>
public sealed record TargetNight
{
    public required Passage Passage { get; init; }

    /// <summary>Where it is, from noon to noon.</summary>
    public required IReadOnlyList<Sighting> Samples { get; init; }
}
