namespace OpsDb.Visibility;

/// <summary>What a target does at the horizon between the lower transits before and after an upper one.</summary>
public enum Passing
{
    /// <summary>It rises and sets.</summary>
    RisesAndSets,

    /// <summary>It stays above the horizon.</summary>
    AlwaysUp,

    /// <summary>It stays below the horizon.</summary>
    NeverUp,

    /// <summary>It rises and stays up, as the Sun does at the beginning of a polar day.</summary>
    Rises,

    /// <summary>It was up and sets, as the Sun does at the end of a polar day.</summary>
    Sets,
}

/// <summary>
/// One passage over the sky: the upper transit that is nearest to the middle of the night, the rise before and the set after it, which may be outside
/// the night. The horizon is at 0°, and the height of the place changes nothing of it. The Sun and the Moon rise when their centre is at -50′, which is
/// a refraction of 34′ and a radius of 16′; everything else at -34′; what keeps its direction, never.
/// </summary>
public sealed record Passage
{
    /// <summary>What it does at the horizon; times that it has not are null.</summary>
    /// <example>rises_and_sets</example>
    public required Passing Passing { get; init; }

    /// <summary>When it rises.</summary>
    /// <example>2026-11-27T20:14:12Z</example>
    public DateTimeOffset? Rise { get; init; }

    /// <summary>When it is on the meridian above the pole; null for what keeps its direction.</summary>
    /// <example>2026-11-28T03:51:40Z</example>
    public DateTimeOffset? Transit { get; init; }

    /// <summary>When it sets.</summary>
    /// <example>2026-11-28T11:29:08Z</example>
    public DateTimeOffset? Set { get; init; }

    /// <summary>Its altitude at the transit, degrees, without refraction.</summary>
    /// <example>72.4</example>
    public required double TransitAltitudeDeg { get; init; }
}

/// <summary>How much of a night is dark.</summary>
public enum DarkExtent
{
    /// <summary>A part of it.</summary>
    PartOfTheNight,

    /// <summary>All of it.</summary>
    AllNight,

    /// <summary>Nothing.</summary>
    Never,
}

/// <summary>When the Sun's centre is below an altitude.</summary>
public sealed record DarkTime
{
    /// <summary>How much of the night it is below.</summary>
    /// <example>part_of_the_night</example>
    public required DarkExtent Extent { get; init; }

    /// <summary>When it comes below; null when it does not, or is below already at noon.</summary>
    /// <example>2026-11-28T00:41:03Z</example>
    public DateTimeOffset? Begin { get; init; }

    /// <summary>When it comes above; null when it does not, or is below still at the next noon.</summary>
    /// <example>2026-11-28T08:07:31Z</example>
    public DateTimeOffset? End { get; init; }
}
