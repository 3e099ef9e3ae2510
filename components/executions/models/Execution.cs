using FluentValidation;
using OpsDb.Kernel;

namespace OpsDb.Executions;

/// <summary>Where an execution is.</summary>
public enum ExecutionStatus { Running, Completed, Aborted, Failed }

/// <summary>The observer's judgement of an execution.</summary>
public enum Quality { Good, Usable, Bad }

/// <summary>One execution of an obs unit: what was observed, when, and how it went.</summary>
public sealed record Execution : Row<Guid>, IRow<Execution>
{
    public static Table<Execution> Table { get; } = new("executed_obs_unit")
    {
        IsTold = true,
        SeenWith = [],
        Noun = "execution",
        Resource = "executions",
        IsLarge = true,
        Change = new CriticalAttribute("executions.change") { Deferrable = true },
        Filters =
        [
            Field.OneOf((Execution e) => e.ObsUnitId, "of these obs units"),
            Field.OneOf((Execution e) => e.Status, "in one of these states"),
            Field.OneOf((Execution e) => e.Quality, "of this quality"),
            Field.From("started_from", (Execution e) => e.StartTime, "started at or after"),
            Field.Before("started_before", (Execution e) => e.StartTime, "started before"),
            Field.From("ended_from", (Execution e) => e.EndTime, "ended at or after"),
            Field.Before("ended_before", (Execution e) => e.EndTime, "ended before"),
            Field.IsSet("ended", (Execution e) => e.EndTime, "that have ended, or with false those that have not"),
        ],
        Sorts =
        [
            Field.Sort((Execution e) => e.StartTime), Field.Sort((Execution e) => e.EndTime), Field.Sort((Execution e) => e.Status),
            Field.Sort((Execution e) => e.ObsUnitId), Field.Sort((Execution e) => e.ModifiedAt),
        ],
        DefaultSort = "-start_time",
        Facts = [Field.Fact((Execution e) => e.StartTime), Field.Fact((Execution e) => e.EndTime)],
        Patchable =
        [
            "mean_pwv_mm", "mean_elevation_deg", "mean_humidity_percent", "mean_wind_speed_m_per_s", "mean_temperature_c", "quality", "comment",
        ],
    };

    public static Transitions<ExecutionStatus> Transitions { get; } = new("execution", new Dictionary<ExecutionStatus, ExecutionStatus[]>
    {
        [ExecutionStatus.Running] = [ExecutionStatus.Completed, ExecutionStatus.Aborted, ExecutionStatus.Failed],
    });

    /// <summary>The obs unit that was executed.</summary>
    /// <example>17</example>
    public required int ObsUnitId { get; init; }

    /// <summary>Where it is between start and end.</summary>
    /// <example>completed</example>
    public ExecutionStatus Status { get; init; }

    /// <summary>When it began, UTC.</summary>
    /// <example>2026-03-01T02:15:00Z</example>
    public required DateTimeOffset StartTime { get; init; }

    /// <summary>Null while it runs.</summary>
    /// <example>2026-03-01T02:55:30.5Z</example>
    public DateTimeOffset? EndTime { get; init; }

    /// <summary>Mean precipitable water vapour, mm.</summary>
    /// <example>0.45</example>
    public double? MeanPwvMm { get; init; }

    /// <summary>Mean elevation, degrees.</summary>
    /// <example>52.5</example>
    public double? MeanElevationDeg { get; init; }

    /// <summary>Mean relative humidity, percent.</summary>
    /// <example>12</example>
    public double? MeanHumidityPercent { get; init; }

    /// <summary>Mean speed of the wind, m/s.</summary>
    /// <example>6.5</example>
    public double? MeanWindSpeedMPerS { get; init; }

    /// <summary>Mean temperature of the air, degrees Celsius.</summary>
    /// <example>-8.1</example>
    public double? MeanTemperatureC { get; init; }

    /// <summary>The observer's judgement.</summary>
    /// <example>good</example>
    public Quality? Quality { get; init; }

    /// <summary>Why it was aborted, which has to be said, or has failed.</summary>
    public string? Reason { get; init; }

    /// <summary>The observer's remarks.</summary>
    /// <example>steady, light wind from the west</example>
    public string? Comment { get; init; }

    /// <param name="at">When it ended, as the caller says; null for now.</param>
    /// <param name="now">By a clock that may be behind the one which the start was taken from: the end is not before the start.</param>
    /// <exception cref="RefusalException">state-conflict, when it is not running.</exception>
    public Execution End(ExecutionStatus status, DateTimeOffset? at, DateTimeOffset now, string? reason)
    {
        Transitions.Require(Status, status);
        return this with { Status = status, EndTime = at ?? (now < StartTime ? StartTime : now), Reason = reason };
    }
}

internal sealed class ExecutionRules : AbstractValidator<Execution>
{
    public ExecutionRules()
    {
        RuleFor(e => e.EndTime).GreaterThanOrEqualTo(e => e.StartTime)
            .WithMessage(e => $"must not be before the start, {Instant.Format(e.StartTime)}");
        RuleFor(e => e.MeanPwvMm).InclusiveBetween(0, 100).WithMessage("is in millimetres, 0 to 100");
        RuleFor(e => e.MeanElevationDeg).InclusiveBetween(0, 90).WithMessage("is in degrees, 0 to 90");
        RuleFor(e => e.MeanHumidityPercent).InclusiveBetween(0, 100).WithMessage("is in percent, 0 to 100");
        RuleFor(e => e.MeanWindSpeedMPerS).InclusiveBetween(0, 150).WithMessage("is in m/s, 0 to 150");
        RuleFor(e => e.MeanTemperatureC).InclusiveBetween(-100, 60).WithMessage("is in degrees Celsius, -100 to 60");
        RuleFor(e => e.Quality).IsInEnum();
        // Whichever command it was: who stops an execution knows why. A failed one may have no reason that anybody knows.
        RuleFor(e => e.Reason).NotEmpty().When(e => e.Status == ExecutionStatus.Aborted).WithMessage("says why it was stopped");
        RuleFor(e => e.Reason).Null().When(e => e.Status is ExecutionStatus.Running or ExecutionStatus.Completed)
            .WithMessage("is for an execution that was aborted or has failed");
        RuleFor(e => e.Reason).IsText(2000);
        RuleFor(e => e.Comment).IsText(10_000);
    }
}
