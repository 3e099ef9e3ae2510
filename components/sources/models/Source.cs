using FluentValidation;
using OpsDb.Kernel;

namespace OpsDb.Sources;

// Pointing at a constant elevation is not among them yet: what can be asked for is what can be observed, and one more value later breaks nobody.

/// <summary>What gives a source its position.</summary>
public enum SourceType
{
    /// <summary>A place on the sky.</summary>
    Fixed,

    /// <summary>A body whose place is computed from its NAIF code.</summary>
    SolarSystem,
}

/// <summary>Something to observe.</summary>
public sealed record Source : Row<int>, IRow<Source>
{
    public static Table<Source> Table { get; } = new("source")
    {
        Deletable = true,
        Filters =
        [
            Field.OneOf((Source s) => s.Name, "with one of these names"),
            Field.Prefix("name_prefix", (Source s) => s.Name, "whose name begins with this"),
            Field.OneOf((Source s) => s.Type, "of this type"),
            Field.OneOf((Source s) => s.NaifId, "with one of these NAIF codes"),
            Field.OneOf((Source s) => s.Catalogue, "whose position is from one of these publications"),
            Field.Cone("cone", (Source s) => s.RaDeg, (Source s) => s.DecDeg, "whose position is within a cone"),
        ],
        Sorts = [Field.Sort((Source s) => s.Name)],
        Patchable = ["ra_deg", "dec_deg", "v_lsr_km_s", "naif_id", "catalogue", "comment"],
    };

    /// <summary>Unique.</summary>
    /// <example>Orion KL</example>
    public required string Name { get; init; }

    /// <summary>What gives it its position.</summary>
    /// <example>fixed</example>
    public required SourceType Type { get; init; }

    /// <summary>ICRS right ascension, degrees; of a fixed source.</summary>
    /// <example>83.8104</example>
    public double? RaDeg { get; init; }

    /// <summary>ICRS declination, degrees; of a fixed source.</summary>
    /// <example>-5.3753</example>
    public double? DecDeg { get; init; }

    /// <summary>Radial velocity in the local standard of rest, km/s.</summary>
    /// <example>9</example>
    public double? VLsrKmS { get; init; }

    /// <summary>NAIF integer code; of a solar-system body.</summary>
    public int? NaifId { get; init; }

    /// <summary>Where the position was published.</summary>
    public string? Catalogue { get; init; }

    /// <summary>Remarks.</summary>
    public string? Comment { get; init; }
}

internal sealed class SourceRules : AbstractValidator<Source>
{
    public SourceRules()
    {
        RuleFor(s => s.Name).IsName();
        RuleFor(s => s.Type).IsInEnum();
        RuleFor(s => s.RaDeg).Must(ra => ra is null or (>= 0 and < 360)).WithMessage("is in degrees (ICRS), 0 to below 360");
        RuleFor(s => s.DecDeg).InclusiveBetween(-90, 90).WithMessage("is in degrees (ICRS), -90 to 90");
        When(s => s.Type == SourceType.Fixed, () =>
        {
            RuleFor(s => s.RaDeg).NotNull().WithMessage("is needed for a fixed source, in degrees (ICRS)");
            RuleFor(s => s.DecDeg).NotNull().WithMessage("is needed for a fixed source, in degrees (ICRS)");
            RuleFor(s => s.NaifId).Null().WithMessage("is for solar_system sources; the place of a fixed one is its ra_deg and dec_deg");
        });
        When(s => s.Type == SourceType.SolarSystem, () =>
        {
            RuleFor(s => s.NaifId).NotNull().WithMessage("is needed for a solar_system source");
            RuleFor(s => s.RaDeg).Null().WithMessage("is for fixed sources; a body's place is computed from its naif_id");
            RuleFor(s => s.DecDeg).Null().WithMessage("is for fixed sources; a body's place is computed from its naif_id");
            RuleFor(s => s.VLsrKmS).Null().WithMessage("is for fixed sources; a body has no constant velocity");
        });
        RuleFor(s => s.Catalogue).IsName();
        RuleFor(s => s.Comment).IsText(10_000);
    }
}
