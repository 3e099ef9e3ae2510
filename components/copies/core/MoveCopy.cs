using System.Text.Json.Serialization;
using FluentValidation;
using OpsDb.Kernel;

namespace OpsDb.Copies;

/// <summary>A copy has come into another state. Whether one may be deleted the main database decides, in the statement that would schedule it.</summary>
[Kind("physical_copies.move")]
public sealed record MoveCopy(CopyStatus Status) : WorkMove, ICommand<PhysicalCopy>
{
    [JsonIgnore]
    public Guid Id { get; init; }

    internal sealed class Validator : AbstractValidator<MoveCopy>
    {
        public Validator() => RuleFor(c => c.Reason).NotEmpty().When(c => c.Status == CopyStatus.DeletionFailed).WithMessage("says why it has failed");
    }

    internal sealed class Handler(IReader<PhysicalCopy, Guid> copies, TimeProvider time) : ICommandHandler<MoveCopy, PhysicalCopy>
    {
        public async Task<Decision<PhysicalCopy>> Decide(MoveCopy command, CancellationToken ct)
        {
            var copy = await copies.GetAsync(command.Id, ct);
            PhysicalCopy.Transitions.Require(copy.Status, command.Status);
            var moved = copy.Moved(time.GetUtcNow(), command) with
            {
                Status = command.Status,
                Attempt = command.Status == CopyStatus.DeletionInProgress ? copy.Attempt + 1 : copy.Attempt,
            };
            return Decision.Update(copy, command.Status == CopyStatus.Deleted ? moved.Unverified() : moved);
        }
    }
}
