using FluentValidation;
using OpsDb.Kernel;
using OpsDb.ObsUnits;

namespace OpsDb.Executions;

/// <summary>
/// The telescope began observing a planned unit. Must never be lost: neither the unit's availability nor another
/// execution that is still marked as running refuses it, because it records a fact.
/// </summary>
/// <param name="ObsUnitId">The planned unit.</param>
[Critical("executions.start")]
public sealed record StartExecution(int ObsUnitId) : ICommand<Execution>
{
    /// <summary>A UUIDv7 made by the client, so that it knows the id whatever happens to the answer; made here when absent.</summary>
    public Guid? Id { get; init; }

    /// <summary>UTC; now when absent.</summary>
    public DateTimeOffset? StartTime { get; init; }

    public string? Comment { get; init; }

    /// <summary>The modules that take part, and how they are set up: up to 100 module configurations of the unit's instrument.</summary>
    /// <example>[1]</example>
    public IReadOnlyList<int>? ModuleConfigurationIds { get; init; }

    internal sealed class Validator : AbstractValidator<StartExecution>
    {
        private const int MaxConfigurations = 100;

        public Validator()
        {
            RuleFor(c => c.Id).IsClientId();
            RuleFor(c => c.ModuleConfigurationIds).Must(i => i is null || i.Count <= MaxConfigurations && i.Distinct().Count() == i.Count)
                .WithMessage($"has up to {MaxConfigurations} module configurations, each of them once");
        }
    }

    internal sealed class Handler(
        IReader<ObsUnit, int> units, IReader<Execution, Guid> executions, UsedConfigurations configurations, TimeProvider time)
        : ICommandHandler<StartExecution, Execution>
    {
        public async Task<Decision<Execution>> Decide(StartExecution command, CancellationToken ct)
        {
            if (await units.FindAsync(command.ObsUnitId, ct) is not { } unit)
                throw new RefusalException(Problems.ReferenceUnknown, $"There is no obs unit {command.ObsUnitId}.");
            if (command.Id is { } id && await executions.FindAsync(id, ct) is not null)
                throw new RefusalException(Problems.AlreadyExists, $"There is an execution {id} already; a retry sends the same Idempotency-Key.");
            var used = command.ModuleConfigurationIds ?? [];
            await configurations.RequireAsync(used, unit.InstrumentId, "module_configuration_ids", ct);
            var started = new Execution
            {
                Id = command.Id ?? Guid.CreateVersion7(time.GetUtcNow()),
                ObsUnitId = command.ObsUnitId,
                StartTime = command.StartTime ?? time.GetUtcNow(),
                Comment = command.Comment,
            };
            var changes = new Changes().Create(started);
            foreach (var configuration in used)
                changes.Create(ExecutedModuleConfiguration.Of(started.Id, configuration));
            return new(changes, c => (Execution)c.Stamped(started));
        }
    }
}
