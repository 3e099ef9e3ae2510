using System.Text.Json.Serialization;
using FluentValidation;
using Microsoft.Extensions.DependencyInjection;

namespace OpsDb.Kernel;

/// <summary>What can be taken out of service and put back: the scheduler plans nothing with what is not available.</summary>
public interface IAvailable<T>
{
    /// <summary>In service.</summary>
    bool Available { get; }

    /// <summary>Why it is not in service; null while it is.</summary>
    string? UnavailableReason { get; }

    /// <summary>Since when it is in service or is not, UTC; null for as long as it is known.</summary>
    DateTimeOffset? AvailabilitySince { get; }

    T WithAvailability(bool available, string? reason, DateTimeOffset? since);
}

/// <summary>Something is taken out of service, or put back. Must never be lost.</summary>
/// <param name="Available">Whether it is in service from now on.</param>
public sealed record SetAvailability<T>(bool Available) : ICommand<T>, IMarked where T : Row<int>, IRow<T>, IAvailable<T>
{
    [JsonIgnore]
    public int Id { get; init; }

    /// <summary>Why it is taken out of service, which has to be said.</summary>
    /// <example>cryostat is warming up</example>
    public string? Reason { get; init; }

    /// <summary>Since when, UTC; now when absent. With a change of the reason alone the former time stays.</summary>
    public DateTimeOffset? Since { get; init; }

    KindAttribute IMarked.Mark => new CriticalAttribute($"{T.Table.Resource}.set_availability") { Deferrable = true };
}

internal sealed class SetAvailabilityHandler<T>(IReader<T, int> rows, TimeProvider time) : ICommandHandler<SetAvailability<T>, T>
    where T : Row<int>, IRow<T>, IAvailable<T>
{
    public async Task<Decision<T>> Decide(SetAvailability<T> command, CancellationToken ct)
    {
        var row = await rows.GetAsync(command.Id, ct);
        var since = command.Since ?? (row.Available == command.Available ? row.AvailabilitySince : time.GetUtcNow());
        return Decision.Update(row, row.WithAvailability(command.Available, command.Reason, since));
    }
}

public static class Availability
{
    /// <summary>Registers the switch of an entity.</summary>
    public static IServiceCollection AddAvailability<T>(this IServiceCollection services) where T : Row<int>, IRow<T>, IAvailable<T> => services
        .AddScoped<MediatR.IRequestHandler<SetAvailability<T>, Decision<T>>, SetAvailabilityHandler<T>>()
        .AddSingleton<IValidator<SetAvailability<T>>, SetAvailabilityRules<T>>();

    /// <summary>What the columns of a switch are.</summary>
    public static void AreOfService<T>(this AbstractValidator<T> rules) where T : Row<int>, IRow<T>, IAvailable<T>
    {
        rules.RuleFor(r => r.UnavailableReason).Null().When(r => r.Available).WithMessage("is for what is not available");
        rules.RuleFor(r => r.UnavailableReason).IsText(2000);
    }

    // What was loaded out of service, from a catalogue, has no reason.
    private sealed class SetAvailabilityRules<T> : AbstractValidator<SetAvailability<T>> where T : Row<int>, IRow<T>, IAvailable<T>
    {
        public SetAvailabilityRules()
        {
            RuleFor(c => c.Reason).NotEmpty().When(c => !c.Available).WithMessage("says why it is taken out of service");
            RuleFor(c => c.Reason).Null().When(c => c.Available).WithMessage("is for what is taken out of service");
        }
    }
}
