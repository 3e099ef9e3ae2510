using System.Globalization;
using FluentValidation;
using OpsDb.Kernel;

namespace OpsDb.Weather;

/// <summary>What one instrument at a telescope said of the weather at one instant. Who says the same again says nothing new.</summary>
public sealed record EnvironmentReading : Row<Guid>, IRow<EnvironmentReading>
{
    public static Table<EnvironmentReading> Table { get; } = new("environment_reading")
    {
        Noun = "reading of the environment",
        Resource = "environment",
        IsLarge = true,
        Filters =
        [
            Field.OneOf((EnvironmentReading r) => r.TelescopeId, "at these telescopes"),
            Field.OneOf((EnvironmentReading r) => r.Sensor, "by these instruments"),
            Field.From("measured_from", (EnvironmentReading r) => r.MeasuredAt, "measured at or after"),
            Field.Before("measured_before", (EnvironmentReading r) => r.MeasuredAt, "measured before"),
        ],
        Sorts = [Field.Sort((EnvironmentReading r) => r.MeasuredAt)],
        DefaultSort = "-measured_at",
        Facts = [Field.Fact((EnvironmentReading r) => r.MeasuredAt)],
    };

    /// <summary>The telescope at which it was measured.</summary>
    /// <example>1</example>
    public required int TelescopeId { get; init; }

    /// <summary>What measured it.</summary>
    /// <example>weather_mast</example>
    public required string Sensor { get; init; }

    /// <summary>When, UTC, to the millisecond.</summary>
    /// <example>2026-03-01T02:15:00Z</example>
    public required DateTimeOffset MeasuredAt { get; init; }

    /// <summary>Precipitable water vapour towards the zenith, mm.</summary>
    /// <example>0.42</example>
    public double? PwvMm { get; init; }

    /// <summary>Relative humidity, percent.</summary>
    /// <example>12</example>
    public double? HumidityPercent { get; init; }

    /// <summary>Speed of the wind, mean over the time between two readings, m/s.</summary>
    /// <example>6.5</example>
    public double? WindSpeedMPerS { get; init; }

    /// <summary>Greatest speed of the wind since the reading before, m/s.</summary>
    public double? WindGustMPerS { get; init; }

    /// <summary>Where the wind comes from, degrees from north through east.</summary>
    /// <example>285</example>
    public double? WindDirectionDeg { get; init; }

    /// <summary>Of the air, degrees Celsius.</summary>
    /// <example>-8.1</example>
    public double? TemperatureC { get; init; }

    /// <summary>Of the air at the site, not reduced to the level of the sea, hPa.</summary>
    /// <example>530</example>
    public double? PressureHpa { get; init; }

    /// <summary>The id of a reading, which follows from where, by what and when it was measured.</summary>
    public static Guid IdOf(int telescope, string sensor, DateTimeOffset at) =>
        DerivedId.Of(at, string.Create(CultureInfo.InvariantCulture, $"environment\n{telescope}\n{sensor}"));

    /// <summary>Whether another reading says the same.</summary>
    public bool IsSame(EnvironmentReading other) => this == (EnvironmentReading)other.InPlaceOf(this);
}

internal sealed class EnvironmentReadingRules : AbstractValidator<EnvironmentReading>
{
    public EnvironmentReadingRules()
    {
        RuleFor(r => r.Sensor).IsName();
        RuleFor(r => r.PwvMm).InclusiveBetween(0, 100).WithMessage("is in millimetres, 0 to 100");
        RuleFor(r => r.HumidityPercent).InclusiveBetween(0, 100).WithMessage("is in percent, 0 to 100");
        RuleFor(r => r.WindSpeedMPerS).InclusiveBetween(0, 150).WithMessage("is in m/s, 0 to 150");
        RuleFor(r => r.WindGustMPerS).InclusiveBetween(0, 150).WithMessage("is in m/s, 0 to 150");
        RuleFor(r => r.WindDirectionDeg).InclusiveBetween(0, 360).WithMessage("is in degrees, 0 to 360");
        RuleFor(r => r.TemperatureC).InclusiveBetween(-100, 60).WithMessage("is in degrees Celsius, -100 to 60");
        RuleFor(r => r.PressureHpa).InclusiveBetween(300, 1100).WithMessage("is in hPa, 300 to 1100");
        RuleFor(r => r.MeasuredAt)
            .Must((r, _) => ((double?[])[r.PwvMm, r.HumidityPercent, r.WindSpeedMPerS, r.WindGustMPerS, r.WindDirectionDeg, r.TemperatureC, r.PressureHpa])
                .Any(v => v is not null))
            .WithMessage("comes with at least one value that was measured");
    }
}
