namespace OpsDb.Sources;

/// <summary>The bodies whose places can be computed here. Each value is the NAIF integer code.</summary>
public enum SolarSystemBody
{
    Sun = 10,
    Moon = 301,
    Mercury = 199,
    Venus = 299,
    Mars = 499,
    Jupiter = 599,
    Saturn = 699,
    Uranus = 799,
    Neptune = 899,
}

/// <summary>Bodies by their NAIF codes.</summary>
public static class SolarSystemBodies
{
    /// <returns>Null for a code that is none of theirs: other bodies have one, too.</returns>
    public static SolarSystemBody? Of(int? naifId) => naifId is { } code && Enum.IsDefined((SolarSystemBody)code) ? (SolarSystemBody)code : null;
}
