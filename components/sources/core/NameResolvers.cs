namespace OpsDb.Sources;

/// <summary>What a resolver knows of an object.</summary>
/// <param name="Name">The one that it prefers.</param>
/// <param name="RaDeg">ICRS right ascension, degrees.</param>
/// <param name="DecDeg">ICRS declination, degrees.</param>
/// <param name="PmRaMasYr">Proper motion in right ascension times the cosine of the declination, mas a year.</param>
/// <param name="PmDecMasYr">Proper motion in declination, mas a year.</param>
/// <param name="VHelioKmS">Radial velocity relative to the barycentre of the solar system, km/s.</param>
/// <param name="OtherNames">Names of the same object.</param>
public sealed record KnownObject(
    string Name, double RaDeg, double DecDeg, double? PmRaMasYr, double? PmDecMasYr, double? VHelioKmS, IReadOnlyList<string> OtherNames);

/// <summary>Somebody who knows where an object of a name is.</summary>
public interface INameResolver
{
    /// <summary>Which kind it is.</summary>
    string Kind { get; }

    /// <returns>Null when it knows nobody of that name.</returns>
    /// <exception cref="ResolverFaultException">It cannot be asked, or has not answered as it should.</exception>
    Task<KnownObject?> FindAsync(string name, CancellationToken ct);
}

/// <summary>The resolvers of this site.</summary>
public interface INameResolvers
{
    /// <summary>In the order in which they are asked.</summary>
    IReadOnlyList<INameResolver> All { get; }
}

/// <summary>A resolver has not answered as it should.</summary>
/// <param name="reason">What follows its name: <c>did not answer within 5 s</c>. Goes to the caller.</param>
public sealed class ResolverFaultException(string reason, Exception? cause = null) : Exception(reason, cause);
