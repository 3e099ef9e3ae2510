namespace OpsDb.Visibility;

/// <summary>A body of the solar system whose place can be computed.</summary>
public enum Body
{
    Sun,
    Moon,
    Mercury,
    Venus,

    /// <summary>Where the others are seen from; not a target.</summary>
    Earth,
    Mars,
    Jupiter,
    Saturn,
    Uranus,
    Neptune,
}

/// <summary>NAIF's integer codes.</summary>
public static class NaifCodes
{
    private static readonly Dictionary<int, Body> Bodies = new()
    {
        [10] = Body.Sun,
        [301] = Body.Moon,
        [1] = Body.Mercury,
        [199] = Body.Mercury,
        [2] = Body.Venus,
        [299] = Body.Venus,
        [4] = Body.Mars,
        [499] = Body.Mars,
        [5] = Body.Jupiter,
        [599] = Body.Jupiter,
        [6] = Body.Saturn,
        [699] = Body.Saturn,
        [7] = Body.Uranus,
        [799] = Body.Uranus,
        [8] = Body.Neptune,
        [899] = Body.Neptune,
    };

    /// <summary>The body of a code, of a planet or of the centre of mass with its moons; nothing for those that cannot be computed.</summary>
    public static Body? BodyOf(int naifId) => Bodies.TryGetValue(naifId, out var body) ? body : null;
}
