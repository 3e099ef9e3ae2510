using FluentValidation;
using OpsDb.Kernel;

namespace OpsDb.Observatories;

/// <summary>A telescope and where it stands.</summary>
public sealed record Telescope : Row<int>, IRow<Telescope>, IAvailable<Telescope>
{
    public static Table<Telescope> Table { get; } = new("telescope")
    {
        Filters =
        [
            Field.OneOf((Telescope t) => t.ObservatoryId, "of these observatories"),
            Field.OneOf((Telescope t) => t.Name, "with one of these names"),
            Field.OneOf((Telescope t) => t.Available, "in service or not"),
        ],
        Sorts = [Field.Sort((Telescope t) => t.Name)],
        References = [Field.Refers<Telescope, Observatory, int>(r => r.ObservatoryId)],
        Facts = [Field.Fact((Telescope t) => t.AvailabilitySince)],
        Patchable = ["longitude_deg", "latitude_deg", "altitude_m"],
    };

    /// <summary>The observatory that it belongs to.</summary>
    /// <example>1</example>
    public required int ObservatoryId { get; init; }

    /// <summary>Unique.</summary>
    /// <example>T6</example>
    public required string Name { get; init; }

    /// <summary>Geodetic, WGS 84, degrees, east positive.</summary>
    /// <example>-67.7</example>
    public required double LongitudeDeg { get; init; }

    /// <summary>Geodetic, WGS 84, degrees, north positive.</summary>
    /// <example>-23</example>
    public required double LatitudeDeg { get; init; }

    /// <summary>Metres above mean sea level.</summary>
    /// <example>5600</example>
    public required double AltitudeM { get; init; }

    /// <summary>In service; read by the scheduler.</summary>
    public bool Available { get; init; } = true;

    /// <summary>Why it is not in service; null while it is.</summary>
    /// <example>cryostat is warming up</example>
    public string? UnavailableReason { get; init; }

    /// <summary>Since when it is in service or is not, UTC; null for as long as it is known.</summary>
    public DateTimeOffset? AvailabilitySince { get; init; }

    Telescope IAvailable<Telescope>.WithAvailability(bool available, string? reason, DateTimeOffset? since) =>
        this with { Available = available, UnavailableReason = reason, AvailabilitySince = since };
}

internal sealed class TelescopeRules : AbstractValidator<Telescope>
{
    public TelescopeRules()
    {
        RuleFor(t => t.Name).IsName();
        this.AreOfService();
        RuleFor(t => t.LongitudeDeg).InclusiveBetween(-180, 180).WithMessage("is in degrees, -180 to 180, east positive");
        RuleFor(t => t.LatitudeDeg).InclusiveBetween(-90, 90).WithMessage("is in degrees, -90 to 90, north positive");
        RuleFor(t => t.AltitudeM).InclusiveBetween(-500, 10_000).WithMessage("is in metres above mean sea level, -500 to 10000");
    }
}
