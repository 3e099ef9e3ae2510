using System.Text.Json.Serialization;
using FluentValidation;
using OpsDb.Kernel;

namespace OpsDb.Executions;

/// <summary>The execution came to its end. Must never be lost.</summary>
[Critical("executions.finish")]
public sealed record FinishExecution : ICommand<Execution>
{
    [JsonIgnore]
    public Guid Id { get; init; }

    /// <summary>completed, failed or aborted.</summary>
    public ExecutionStatus Status { get; init; } = ExecutionStatus.Completed;

    /// <summary>UTC; now when absent, or the start where the clock shows less.</summary>
    public DateTimeOffset? EndTime { get; init; }

    /// <summary>Mean precipitable water vapour, mm.</summary>
    public double? MeanPwvMm { get; init; }

    /// <summary>Mean elevation, degrees.</summary>
    public double? MeanElevationDeg { get; init; }

    public double? MeanHumidityPercent { get; init; }

    public double? MeanWindSpeedMPerS { get; init; }

    public double? MeanTemperatureC { get; init; }

    /// <summary>The observer's judgement.</summary>
    public Quality? Quality { get; init; }

    /// <summary>Why it was aborted, which has to be said, or has failed.</summary>
    public string? Reason { get; init; }

    /// <summary>Replaces the comment given at the start, if there is one here.</summary>
    public string? Comment { get; init; }

    internal sealed class Validator : AbstractValidator<FinishExecution>
    {
        public Validator() => RuleFor(c => c.Status).NotEqual(ExecutionStatus.Running).WithMessage("is completed, failed or aborted");
    }

    internal sealed class Handler(IReader<Execution, Guid> executions, TimeProvider time) : ICommandHandler<FinishExecution, Execution>
    {
        public async Task<Decision<Execution>> Decide(FinishExecution command, CancellationToken ct)
        {
            var running = await executions.GetAsync(command.Id, ct);
            return Decision.Update(running, running.End(command.Status, command.EndTime, time.GetUtcNow(), command.Reason) with
            {
                MeanPwvMm = command.MeanPwvMm ?? running.MeanPwvMm,
                MeanElevationDeg = command.MeanElevationDeg ?? running.MeanElevationDeg,
                MeanHumidityPercent = command.MeanHumidityPercent ?? running.MeanHumidityPercent,
                MeanWindSpeedMPerS = command.MeanWindSpeedMPerS ?? running.MeanWindSpeedMPerS,
                MeanTemperatureC = command.MeanTemperatureC ?? running.MeanTemperatureC,
                Quality = command.Quality ?? running.Quality,
                Comment = command.Comment ?? running.Comment,
            }, e => e.StartTime);
        }
    }
}
