using FluentValidation;
using OpsDb.Kernel;

namespace OpsDb.Sources;

/// <summary>What a name resolver has answered last, for the time when none can be reached.</summary>
public sealed record SourceResolution : Row<Guid>, IRow<SourceResolution>
{
    // Any one will do that stays the same.
    private static readonly Guid Space = new("01ad2a3e-1c00-7000-8000-000000000000");

    public static Table<SourceResolution> Table { get; } = new("source_resolution") { Noun = "resolution of a name" };

    /// <summary>As it was asked for, with single blanks.</summary>
    /// <example>IRC+10216</example>
    public required string Name { get; init; }

    /// <summary>Which kind of resolver knew it.</summary>
    /// <example>simbad</example>
    public required string Resolver { get; init; }

    /// <summary>The name that the resolver prefers.</summary>
    /// <example>IRC +10216</example>
    public required string ObjectName { get; init; }

    /// <summary>ICRS right ascension, degrees.</summary>
    public required double RaDeg { get; init; }

    /// <summary>ICRS declination, degrees.</summary>
    public required double DecDeg { get; init; }

    /// <summary>Proper motion in right ascension times the cosine of the declination, mas a year.</summary>
    public double? PmRaMasYr { get; init; }

    /// <summary>Proper motion in declination, mas a year.</summary>
    public double? PmDecMasYr { get; init; }

    /// <summary>Radial velocity relative to the barycentre of the solar system, km/s.</summary>
    public double? VHelioKmS { get; init; }

    /// <summary>Other names of the same object.</summary>
    public required string[] OtherNames { get; init; }

    /// <summary>When the resolver answered, UTC.</summary>
    public required DateTimeOffset ResolvedAt { get; init; }

    /// <param name="name">As it is asked for, with single blanks.</param>
    public static Guid IdOf(string name) => DerivedId.Of(Space, name);
}

internal sealed class SourceResolutionRules : AbstractValidator<SourceResolution>
{
    public SourceResolutionRules()
    {
        RuleFor(r => r.Name).IsName();
        RuleFor(r => r.ObjectName).IsName();
    }
}
