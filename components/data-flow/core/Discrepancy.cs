namespace OpsDb.DataFlow;

/// <summary>In what the catalogue and a location do not agree.</summary>
public enum DiscrepancyKind
{
    /// <summary>The catalogue tells of a copy, and nothing is there.</summary>
    Missing,

    /// <summary>An archive has a packed file without the description that should stand beside it.</summary>
    NoDescription,

    /// <summary>The catalogue knows the object, and not that it is here.</summary>
    NotNoted,

    /// <summary>The catalogue tells that the copy was deleted, and it is there.</summary>
    NotDeleted,

    /// <summary>It has another size than was registered.</summary>
    OtherSize,

    /// <summary>Instruments have written it, and nobody has registered it.</summary>
    NotRegistered,

    /// <summary>A packed file or its like, of an object that the catalogue does not know.</summary>
    NotInCatalogue,

    /// <summary>Nothing of OpsDb's.</summary>
    Foreign,
}

/// <summary>One thing in which the catalogue and a location do not agree.</summary>
/// <param name="Kind">Which.</param>
/// <param name="Location">The name of the location.</param>
/// <param name="Key">The name of the file below it.</param>
/// <param name="Evidence">What each of the two says.</param>
/// <param name="Proposal">What would be right again, and by whom.</param>
public sealed record Discrepancy(DiscrepancyKind Kind, string Location, string Key, string Evidence, string Proposal)
{
    /// <summary>What a repair has done; null when nothing was repaired.</summary>
    public string? Repaired { get; init; }

    /// <summary>Records what is right; answers what was done. Null where only a person can tell.</summary>
    internal Func<CancellationToken, Task<string>>? Repair { get; init; }
}
