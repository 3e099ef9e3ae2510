using OpsDb.Kernel;

namespace OpsDb.Sources;

/// <summary>Where the object of a name is.</summary>
/// <param name="Name">As it was asked for, with single blanks.</param>
/// <param name="Resolver">Which kind of resolver knows it.<example>simbad</example></param>
/// <param name="ObjectName">The name that the resolver prefers.<example>IRC +10216</example></param>
/// <param name="RaDeg">ICRS right ascension, degrees.</param>
/// <param name="DecDeg">ICRS declination, degrees.</param>
/// <param name="Ra">The right ascension in hours, minutes and seconds.<example>09:47:57.406</example></param>
/// <param name="Dec">The declination in degrees, minutes and seconds.<example>+13:16:43.56</example></param>
/// <param name="PmRaMasYr">Proper motion in right ascension times the cosine of the declination, mas a year, of the position at J2000.</param>
/// <param name="PmDecMasYr">Proper motion in declination, mas a year.</param>
/// <param name="VHelioKmS">Radial velocity relative to the barycentre of the solar system, km/s.</param>
/// <param name="OtherNames">Other names of the same object.</param>
/// <param name="ResolvedAt">When the resolver answered, UTC.</param>
/// <param name="FromCache">Whether no resolver was asked, or none has answered: it is what one had answered before.</param>
public sealed record ResolvedName(
    string Name, string Resolver, string ObjectName, double RaDeg, double DecDeg, string Ra, string Dec, double? PmRaMasYr, double? PmDecMasYr,
    double? VHelioKmS, IReadOnlyList<string> OtherNames, DateTimeOffset ResolvedAt, bool FromCache)
{
    internal static ResolvedName Of(SourceResolution row, bool fromCache) => new(
        row.Name, row.Resolver, row.ObjectName, row.RaDeg, row.DecDeg, Sexagesimal.Hours(row.RaDeg), Sexagesimal.Degrees(row.DecDeg), row.PmRaMasYr,
        row.PmDecMasYr, row.VHelioKmS, row.OtherNames, row.ResolvedAt, fromCache);
}

/// <summary>Finds objects by their names: asks the resolvers of the site, and keeps what they answer for the time when none can be reached.</summary>
public sealed class NameResolution(
    INameResolvers resolvers, IReader<SourceResolution, Guid> known, ICommands commands, ResolverOptions options, TimeProvider time)
{
    /// <param name="name">As it is asked for.</param>
    /// <exception cref="ProblemException">malformed-parameter, name-unknown, name-resolver-missing, name-resolvers-unreachable.</exception>
    public async Task<ResolvedName> ResolveAsync(string? name, Actor actor, CancellationToken ct)
    {
        var asked = Asked(name);
        var before = await known.FindAsync(SourceResolution.IdOf(asked), ct);
        var now = Instant.Round(time.GetUtcNow());
        if (before is not null && now - before.ResolvedAt < options.KeptFor)
            return ResolvedName.Of(before, fromCache: true);
        var faults = new List<string>();
        foreach (var resolver in resolvers.All)
        {
            try
            {
                if (await resolver.FindAsync(asked, ct) is { } found)
                    return await KeepAsync(new(asked, resolver.Kind, found, now), actor, ct);
            }
            catch (ResolverFaultException e)
            {
                faults.Add($"{resolver.Kind} {e.Message}");
            }
        }
        if (before is not null)
            return ResolvedName.Of(before, fromCache: true);
        if (resolvers.All.Count == 0)
        {
            throw new OutageException(SourceProblems.ResolverMissing,
                "This site has no name resolver, and has not got this name from another one. Whoever runs it names resolvers in the setting SOURCE_RESOLVERS.");
        }
        if (faults.Count > 0)
        {
            throw new OutageException(SourceProblems.ResolversUnreachable, $"Nobody has told where '{Excerpt.Of(asked)}' is: {string.Join("; ", faults)}. "
                + "It is not kept from before; repeat the request later, or give the coordinates.");
        }
        throw new RefusalException(SourceProblems.NameUnknown,
            $"Nobody knows '{Excerpt.Of(asked)}': {string.Join(", ", resolvers.All.Select(r => r.Kind))} were asked. Capital letters and blanks may matter.");
    }

    /// <summary>Only blanks are made equal: b Per and B Per are two stars.</summary>
    private static string Asked(string? name)
    {
        var asked = string.Join(' ', (name ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries));
        return TextRules.NameFault(asked) is { } fault
            ? throw RefusalException.Fields(Problems.MalformedParameter, new Dictionary<string, string[]> { ["name"] = [fault] })
            : asked;
    }

    /// <summary>Who asks is answered all the same when it cannot be kept, or another process keeps it.</summary>
    private async Task<ResolvedName> KeepAsync(KeepResolution kept, Actor actor, CancellationToken ct)
    {
        try
        {
            await commands.SubmitAsync(kept, new(actor), ct);
        }
        catch (ProblemException)
        {
            // Main is away, or the same name is being kept by somebody else.
        }
        return ResolvedName.Of(kept.Row, fromCache: false);
    }
}
