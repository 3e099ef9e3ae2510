using System.Linq.Expressions;
using FluentValidation;
using OpsDb.Kernel;

namespace OpsDb.Sources;

/// <summary>What gives a source its position.</summary>
public enum SourceType
{
    /// <summary>A place on the sky.</summary>
    Fixed,

    /// <summary>A body whose place is computed from its NAIF code.</summary>
    SolarSystem,

    /// <summary>A range of azimuth at one elevation, through which the sky drifts.</summary>
    ConstantElevation,
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
        Patchable =
        [
            "ra_deg", "dec_deg", "v_lsr_km_s", "naif_id", "catalogue", "comment", "pm_ra_mas_yr", "pm_dec_mas_yr", "epoch_jyear", "v_helio_km_s", "body",
            "az_min_deg", "az_max_deg", "elevation_deg",
        ],
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

    /// <summary>Proper motion in right ascension times the cosine of the declination, mas a year; of a fixed source.</summary>
    public double? PmRaMasYr { get; init; }

    /// <summary>Proper motion in declination, mas a year; of a fixed source.</summary>
    public double? PmDecMasYr { get; init; }

    /// <summary>The Julian year at which a source with proper motion is at its position.</summary>
    public double? EpochJyear { get; init; }

    /// <summary>Radial velocity relative to the barycentre of the solar system, km/s, which catalogues call heliocentric.</summary>
    public double? VHelioKmS { get; init; }

    /// <summary>The body that the NAIF code names; null where it is none of these.</summary>
    public SolarSystemBody? Body { get; init; }

    /// <summary>Where the azimuth range begins, degrees from north through east; of constant elevation.</summary>
    public double? AzMinDeg { get; init; }

    /// <summary>Where it ends, going through east; across north when that is less than where it begins.</summary>
    public double? AzMaxDeg { get; init; }

    /// <summary>Degrees above the horizon; of constant elevation.</summary>
    public double? ElevationDeg { get; init; }
}

internal sealed class SourceRules : AbstractValidator<Source>
{
    private const double SpeedOfLightKmS = 299_792.458, MaxProperMotion = 100_000;

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
            None("is for solar_system sources; the place of a fixed one is its ra_deg and dec_deg", s => s.NaifId, s => s.Body);
            None("is for constant_elevation sources", s => s.AzMinDeg, s => s.AzMaxDeg, s => s.ElevationDeg);
            AddVelocity();
            AddProperMotion();
        });
        When(s => s.Type == SourceType.SolarSystem, () =>
        {
            RuleFor(s => s.NaifId).NotNull().WithMessage("is needed for a solar_system source");
            RuleFor(s => s.Body).Must((s, body) => body is null || s.NaifId is null || (int)body == s.NaifId)
                .WithMessage(s => $"is another body than the one with the naif_id {s.NaifId}: change both, or give one of them");
            None("is for fixed sources; a body's place is computed from its naif_id", s => s.RaDeg, s => s.DecDeg);
            None("is for fixed sources; a body has no constant velocity", s => s.VLsrKmS, s => s.VHelioKmS);
            None("is for fixed sources", s => s.PmRaMasYr, s => s.PmDecMasYr, s => s.EpochJyear);
            None("is for constant_elevation sources", s => s.AzMinDeg, s => s.AzMaxDeg, s => s.ElevationDeg);
        });
        When(s => s.Type == SourceType.ConstantElevation, () =>
        {
            None("is for fixed sources", s => s.RaDeg, s => s.DecDeg, s => s.VLsrKmS, s => s.VHelioKmS, s => s.PmRaMasYr, s => s.PmDecMasYr, s => s.EpochJyear);
            None("is for solar_system sources", s => s.NaifId, s => s.Body);
            AddElevation();
        });
        RuleFor(s => s.Catalogue).IsName();
        RuleFor(s => s.Comment).IsText(10_000);
    }

    private void None(string reason, params Expression<Func<Source, object?>>[] fields)
    {
        foreach (var field in fields)
            RuleFor(field).Null().WithMessage(reason);
    }

    private void AddVelocity()
    {
        RuleFor(s => s.VLsrKmS).Must(IsVelocity).WithMessage("is in km/s, slower than light");
        RuleFor(s => s.VHelioKmS).Must(IsVelocity).WithMessage("is in km/s, slower than light");
        RuleFor(s => s.VHelioKmS).Null().When(s => s.VLsrKmS is not null).WithMessage("is given instead of v_lsr_km_s, not beside it");
    }

    private void AddProperMotion()
    {
        RuleFor(s => s.PmRaMasYr).InclusiveBetween(-MaxProperMotion, MaxProperMotion).WithMessage("is in mas a year, -100000 to 100000");
        RuleFor(s => s.PmDecMasYr).InclusiveBetween(-MaxProperMotion, MaxProperMotion).WithMessage("is in mas a year, -100000 to 100000");
        RuleFor(s => s.PmRaMasYr).NotNull().When(s => s.PmDecMasYr is not null).WithMessage("is given together with pm_dec_mas_yr");
        RuleFor(s => s.PmDecMasYr).NotNull().When(s => s.PmRaMasYr is not null).WithMessage("is given together with pm_ra_mas_yr");
        RuleFor(s => s.EpochJyear).InclusiveBetween(1800, 2200).WithMessage("is a Julian year, 1800 to 2200");
        RuleFor(s => s.EpochJyear).NotNull().When(s => s.PmRaMasYr is not null).WithMessage("is needed with a proper motion: the Julian year of the position");
    }

    private void AddElevation()
    {
        RuleFor(s => s.AzMinDeg).NotNull().WithMessage("is needed for a constant_elevation source, in degrees from north through east");
        RuleFor(s => s.AzMaxDeg).NotNull().WithMessage("is needed for a constant_elevation source, in degrees from north through east");
        RuleFor(s => s.ElevationDeg).NotNull().WithMessage("is needed for a constant_elevation source, in degrees");
        RuleFor(s => s.AzMinDeg).Must(az => az is null or (>= 0 and < 360)).WithMessage("is in degrees from north through east, 0 to below 360");
        RuleFor(s => s.AzMaxDeg).InclusiveBetween(0, 360).WithMessage("is in degrees from north through east, 0 to 360");
        RuleFor(s => s.ElevationDeg).InclusiveBetween(0, 90).WithMessage("is in degrees, 0 to 90");
    }

    private static bool IsVelocity(double? kmS) => kmS is null || Math.Abs(kmS.Value) < SpeedOfLightKmS;
}
