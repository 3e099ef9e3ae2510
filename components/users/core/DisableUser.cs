using System.Text.Json.Serialization;
using FluentValidation;
using OpsDb.Kernel;

namespace OpsDb.Users;

/// <summary>A user may do nothing from now on, at the site where it is said at once. Must never be lost.</summary>
/// <param name="Reason">Why.<example>left the observatory</example></param>
[Critical("users.disable", PassesGates = true)]
public sealed record DisableUser(string Reason) : ICommand<User>
{
    [JsonIgnore]
    public int Id { get; init; }

    internal sealed class Rules : AbstractValidator<DisableUser>
    {
        public Rules() => RuleFor(c => c.Reason).NotEmpty().WithMessage("says why").IsText(2000);
    }

    internal sealed class Handler(IReader<User, int> users, TimeProvider time) : ICommandHandler<DisableUser, User>
    {
        public async Task<Decision<User>> Decide(DisableUser command, CancellationToken ct)
        {
            var user = await users.GetAsync(command.Id, ct);
            return Decision.Update(user, user with { DisabledAt = user.DisabledAt ?? time.GetUtcNow(), DisabledReason = command.Reason });
        }
    }
}

/// <summary>A user who was disabled may do again what their roles permit.</summary>
[Kind("users.enable")]
public sealed record EnableUser(int Id) : ICommand<User>
{
    internal sealed class Handler(IReader<User, int> users) : ICommandHandler<EnableUser, User>
    {
        public async Task<Decision<User>> Decide(EnableUser command, CancellationToken ct)
        {
            var user = await users.GetAsync(command.Id, ct);
            return Decision.Update(user, user with { DisabledAt = null, DisabledReason = null });
        }
    }
}
